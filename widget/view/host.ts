import type { UploadItem } from '../core/item.ts';

/** The members of the element that its views use. */
export interface UploaderHost extends HTMLElement {
  /** The files in the order they were added. */
  readonly files: readonly UploadItem[];
  /** The attribute `layout`. Default `list`. */
  readonly layout?: string;
  /** Whether rows show no previews. */
  readonly noPreviews: boolean;
  /** Minimum dimensions of an image in pixels, as `600x400`. Default: no limit. */
  readonly minImageSize?: string;
  /** Maximum dimensions of an image in pixels, as `8000x8000`. Default: no limit. */
  readonly maxImageSize?: string;
  /** Renders the element again. */
  requestUpdate(): void;
  /** Starts a `ready` file, or all of them. */
  upload(id?: string): void;
  /** Pauses a file, or all. */
  pause(id?: string): void;
  /** Resumes a paused file, or all. */
  resume(id?: string): void;
  /** Retries a failed or canceled file, or all failed ones. Files that wait for their next attempt are tried now. */
  retry(id?: string): void;
  /** Cancels a file that is not stored yet, or all. */
  cancel(id?: string): void;
}
