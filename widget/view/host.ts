import type { UploadItem } from '../core/item.ts';

/** The element as its views see it. */
export interface UploaderHost extends HTMLElement {
  readonly files: readonly UploadItem[];
  readonly layout?: string;
  readonly noPreviews: boolean;
  readonly minImageSize?: string;
  readonly maxImageSize?: string;
  requestUpdate(): void;
  upload(id?: string): void;
  pause(id?: string): void;
  resume(id?: string): void;
  retry(id?: string): void;
  cancel(id?: string): void;
  removeFile(id: string): void;
}
