import { UploadError, type UploadErrorCode } from '../core/errors.ts';
import { type Load, once } from '../core/lazy.ts';
import { Helper } from '../browser/worker-client.ts';
import type { Preparation } from './transform.ts';
import type { MakeThumbnail } from './thumbnail.ts';

/** What the worker is to do with a file. */
export type PictureJob =
  { work: 'thumbnail'; file: File; side: number } | { work: 'prepare'; file: File; wanted: Preparation };

const helper = new Helper(
  new URL('./picture-worker.js', import.meta.url),
  ({ message, code = 'unknown' }) => new UploadError(code as UploadErrorCode, message, { phase: 'validate' }),
);

/** A small picture of a file, if it is one. @see view/thumbnail.ts */
export const thumbnail: MakeThumbnail = async (file, side, isOneOfMany) => {
  const here: () => ReturnType<MakeThumbnail> = async () =>
    (await import('./thumbnail.ts')).thumbnail(file, side, isOneOfMany);
  // for a few pictures no worker is started: a page with Trusted Types may not know of it
  if (!isOneOfMany && !helper.isRunning) return here();
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
  { resize, imageType, stripMetadata }: Preparation,
  load: Load = once,
): Promise<File> {
  const wanted: Preparation = { resize, imageType, stripMetadata };
  const job: PictureJob = { work: 'prepare', file, wanted };
  const made = await helper.run(job, async () => {
    const { prepare } = await load(() => import('./transform.ts'));
    return prepare(file, wanted);
  });
  return made ?? file;
}
