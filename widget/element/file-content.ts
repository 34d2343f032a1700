import { type Load, loadOnce } from '../core/lazy.ts';
import type { PreparationOptions } from '../core/preparation.ts';
import type { PictureClient } from '../media/picture-client.ts';
import type { MakeThumbnail } from '../media/thumbnail.ts';
import type { PictureOptions } from '../media/transform.ts';
import type { Checks } from './content-checks.ts';

/**
 * What an element does with the content of its files: it checks them, transforms pictures and makes thumbnails. The code is
 * imported with the first file that needs it. All pictures of an element share one worker.
 */
export class FileContent {
  readonly #element: Checks & PictureOptions;
  readonly #load: Load;
  #pictures?: PictureClient;

  constructor(element: Checks & PictureOptions, load: Load) {
    this.#element = element;
    this.#load = load;
  }

  /** How the queue prepares files, by the element's attributes as they are now. */
  get options(): PreparationOptions {
    const element = this.#element;
    const isChecked = element.sniff || element.validate || element.minImageSize || element.maxImageSize;
    const isTransformed = element.resize || element.imageType || element.stripMetadata;
    return {
      check: isChecked
        ? async (...file) => (await this.#load(() => import('./content-checks.ts'))).check(element, ...file)
        : undefined,
      prepare: isTransformed
        ? async (file) => (await this.#openPictures(this.#load)).transform(file, element)
        : undefined,
    };
  }

  /** Rejects if its code cannot be imported: then the file keeps its icon. */
  readonly thumbnail: MakeThumbnail = async (...picture) => (await this.#openPictures(loadOnce)).thumbnail(...picture);

  async #openPictures(load: Load): Promise<PictureClient> {
    const { PictureClient } = await load(() => import('../media/picture-client.ts'));
    return (this.#pictures ??= new PictureClient(this.#load));
  }
}
