import { WorkerClient } from '../browser/worker-client.ts';
import { UploadError, type UploadErrorCode } from '../core/errors.ts';
import { type Load, loadOnce } from '../core/lazy.ts';
import type { MakeThumbnail } from './thumbnail.ts';
import type { PictureOptions } from './transform.ts';

/** A job of the picture worker. */
export type PictureJob =
  { work: 'thumbnail'; file: File; side: number } | { work: 'transform'; file: File; options: PictureOptions };

/** Makes thumbnails and transforms pictures in a worker, which the first picture starts; or on the main thread if the page does not allow the worker. */
export class PictureClient {
  readonly #load: Load;
  readonly #worker = new WorkerClient(
    new URL('./picture-worker.js', import.meta.url),
    ({ message, code = 'unknown' }) => new UploadError(code as UploadErrorCode, message, { phase: 'validate' }),
  );

  /** @param load imports the code that transforms on the main thread */
  constructor(load: Load = loadOnce) {
    this.#load = load;
  }

  /** See {@link MakeThumbnail}. */
  readonly thumbnail: MakeThumbnail = async (file, side) => {
    const job: PictureJob = { work: 'thumbnail', file, side };
    return this.#worker.run(job, async () => (await import('./thumbnail.ts')).thumbnail(file, side));
  };

  /**
   * See `transform`.
   *
   * @throws {UploadError} if the file may not be sent
   */
  async transform(file: File, { resize, imageType, stripMetadata }: PictureOptions): Promise<File> {
    // the options may be an element, whose other members cannot be sent to a worker
    const options: PictureOptions = { resize, imageType, stripMetadata };
    const job: PictureJob = { work: 'transform', file, options };
    const made = await this.#worker.run(job, async () => {
      const { transform } = await this.#load(() => import('./transform.ts'));
      return transform(file, options);
    });
    return made ?? file;
  }
}
