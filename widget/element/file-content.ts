import type { Load } from '../core/lazy.ts';
import type { PreparationOptions } from '../core/preparation.ts';
import type { PictureClient } from '../media/picture-client.ts';
import type { MakeThumbnail } from '../media/thumbnail.ts';
import type { PictureOptions } from '../media/transform.ts';
import type { Checks } from './content-checks.ts';

/**
 * Checks the content of an element's files, transforms pictures and makes thumbnails. The code is loaded with the first file
 * that needs it. All pictures of an element share one worker.
 */
export class FileContent {
  readonly #source: Checks & PictureOptions;
  readonly #load: Load;
  #pictures?: PictureClient;

  constructor(source: Checks & PictureOptions, load: Load) {
    this.#source = source;
    this.#load = load;
  }

  /** How the queue prepares files, by the element's attributes as they are now. */
  get options(): Pick<PreparationOptions, 'check' | 'prepare'> {
    const source = this.#source;
    const { sniff, validate, minImageSize, maxImageSize, resize, imageType, stripMetadata } = source;
    return {
      check:
        sniff || validate || minImageSize || maxImageSize
          ? async (file, signal) =>
              (await this.#load(() => import('./content-checks.ts'), signal)).check(source, file, signal)
          : undefined,
      prepare:
        resize || imageType || stripMetadata
          ? async (file, signal) => (await this.#load(() => this.#openPictures(), signal)).transform(file, source)
          : undefined,
    };
  }

  /**
   * While its code cannot be loaded, the file keeps its icon. A few pictures start no worker: a page with Trusted Types may not
   * allow it, and its code would have to be loaded first.
   */
  readonly thumbnail: MakeThumbnail = async (file, side, isOneOfMany) => {
    const { thumbnail } =
      isOneOfMany || this.#pictures || this.options.prepare
        ? await this.#load(() => this.#openPictures(), undefined, true)
        : await this.#load(() => import('../media/thumbnail.ts'), undefined, true);
    return thumbnail(file, side);
  };

  async #openPictures(): Promise<PictureClient> {
    const { PictureClient } = await import('../media/picture-client.ts');
    return (this.#pictures ??= new PictureClient(this.#load));
  }
}
