import { UploadError, type UploadErrorCode } from '../core/errors.ts';
import { type Load, loadOnce } from '../core/lazy.ts';
import { WorkerClient } from '../browser/worker-client.ts';
import type { PictureOptions } from './transform.ts';
import type { MakeThumbnail } from './thumbnail.ts';

/** What the worker is to do with a file. */
export type PictureJob =
  { work: 'thumbnail'; file: File; side: number } | { work: 'prepare'; file: File; wanted: PictureOptions };

const helper = new WorkerClient(
  new URL('./picture-worker.js', import.meta.url),
  ({ message, code = 'unknown' }) => new UploadError(code as UploadErrorCode, message, { phase: 'validate' }),
);

/** A small picture of a file, if it is one. @see view/thumbnail.ts */
export const thumbnail: MakeThumbnail = async (file, side, isOneOfMany) => {
  const here: () => ReturnType<MakeThumbnail> = async () =>
    (await import('./thumbnail.ts')).thumbnail(file, side, isOneOfMany);
  // for a few pictures no worker is started: a page with Trusted Types may not know of it
  if (!isOneOfMany && !helper.isStarted) return here();
  const job: PictureJob = { work: 'thumbnail', file, side };
  return helper.run(job, here);
};

/**
 * A file as a page wants it sent, made in a worker or, where none may be, on the main thread. @see view/prepare.ts
 *
 * @param load loads what the main thread needs for that
 * @throws {UploadError} why the file may not be sent
 */
export async function prepare(
  file: File,
  { resize, imageType, stripMetadata }: PictureOptions,
  load: Load = loadOnce,
): Promise<File> {
  const wanted: PictureOptions = { resize, imageType, stripMetadata };
  const job: PictureJob = { work: 'prepare', file, wanted };
  const made = await helper.run(job, async () => {
    const { transform: prepare } = await load(() => import('./transform.ts'));
    return prepare(file, wanted);
  });
  return made ?? file;
}
