import { UploadError, type UploadErrorCode } from './core/errors.ts';
import { type Load, once } from './core/load.ts';
import { startWorker } from './transport/start-worker.ts';
import type { Preparation } from './view/prepare.ts';
import type { Thumbnail } from './view/thumbnail.ts';

/** What the worker is to do with a file. */
export type PictureJob =
  { work: 'thumbnail'; file: File; side: number } | { work: 'prepare'; file: File; wanted: Preparation };

export type PictureAnswer = { value: unknown } | { code: UploadErrorCode; message: string };

/** Null where a page, or its policy, lets none be, and once it has died. */
let worker: Worker | null | undefined;

/** The worker would not start, or has died. */
const NO_WORKER = new Error('no worker');

/** A small picture of a file, if it is one, made in a worker or, where none may be, on the main thread. @see view/thumbnail.ts */
export const thumbnail = (file: File, side: number): Promise<Thumbnail> =>
  run({ work: 'thumbnail', file, side }, async () => (await import('./view/thumbnail.ts')).thumbnail(file, side));

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
  const made = await run({ work: 'prepare', file, wanted }, async () => {
    const { prepare } = await load(() => import('./view/prepare.ts'));
    return prepare(file, wanted);
  });
  return made ?? file;
}

async function run<T>(job: PictureJob, here: () => Promise<T>): Promise<T> {
  if (worker === undefined) worker = startWorker(new URL('./picture-worker.js', import.meta.url));
  if (!worker) return here();
  try {
    return (await ask(worker, job)) as T;
  } catch (error) {
    if (error !== NO_WORKER) throw error;
    worker = null;
    return here();
  }
}

function ask(worker: Worker, job: PictureJob): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  const answered = new AbortController();
  return new Promise((resolve, reject) => {
    worker.addEventListener('error', () => reject(NO_WORKER), { signal: answered.signal });
    port1.onmessage = ({ data }: MessageEvent<PictureAnswer>) => {
      if ('value' in data) resolve(data.value);
      else reject(new UploadError(data.code, data.message, { phase: 'validate' }));
    };
    worker.postMessage(job, [port2]);
  }).finally(() => {
    answered.abort();
    port1.close();
  });
}
