import type { UploadItem } from '../core/item.ts';
import type { Load } from '../core/lazy.ts';
import type { MakeThumbnail } from '../media/thumbnail.ts';
import type { UploaderHost } from './host.ts';
import type { Previews } from './preview.ts';
import type { TypeIcon } from './type-icons.ts';

/** The dependencies of {@link RowPictures}. */
export interface RowPicturesOptions {
  readonly host: UploaderHost;
  /** Makes the previews of pictures. */
  readonly thumbnail: MakeThumbnail;
  readonly load: Load;
  /** Redraws all rows, with the icons of their files. */
  readonly redraw: () => void;
}

/** The pictures of rows: previews of pictures and videos, and icons of all other files. Both are lazy chunks. */
export class RowPictures {
  /** Draws the icons of files, once a row without a picture has loaded their chunk. */
  typeIcon?: TypeIcon;
  readonly #options: RowPicturesOptions;
  #previews?: Previews;
  #typeIconsLoaded?: Promise<void>;

  constructor(options: RowPicturesOptions) {
    this.#options = options;
  }

  /** Shows the picture of a file in its row. */
  show({ file, type, picture }: UploadItem, li: HTMLElement): void {
    const { host, thumbnail, load } = this.#options;
    const slot = li.querySelector('.thumbnail')!;
    const shown = host.noPreviews || !file || !mayHavePreview(file, type) ? undefined : file;
    if (!picture && !shown) {
      void this.#loadTypeIcons();
      return;
    }
    void load(() => import('./preview.ts'), undefined, true).then(
      ({ Previews }) => {
        const root = host.shadowRoot!;
        this.#previews ??= new Previews({ root, thumbnail, onMissing: () => void this.#loadTypeIcons() });
        if (picture) this.#previews.showPicture(picture, slot);
        if (shown) this.#previews.show(shown, slot);
      },
      () => this.#loadTypeIcons(),
    );
  }

  /** Loads the icons of files, once, and redraws all rows with them. Without their chunk, rows keep their letters. */
  #loadTypeIcons(): Promise<void> {
    const { host, load, redraw } = this.#options;
    return (this.#typeIconsLoaded ??= load(() => import('./type-icons.ts'), undefined, true).then(
      ({ typeIcons }) => {
        this.typeIcon = typeIcons(host.shadowRoot!);
        redraw();
      },
      () => {},
    ));
  }
}

/** Names of pictures and videos that browsers can show, and names without an extension. */
const PICTURE_NAME =
  /^[^.]*$|\.(3gp|avi|avif|bmp|gif|hei[cf]|ico|jfif|jpe?g|jxl|m4v|mkv|mov|mp4|mpe?g|ogv|a?png|svg|tiff?|web[mp])$/i;

/** Whether a file is a picture or a video, or may be one whose type is not known. */
const mayHavePreview = ({ name }: File, type: string): boolean =>
  /^(image|video)/.test(type) || (type.includes('octet') && PICTURE_NAME.test(name));
