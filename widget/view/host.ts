import type { UploadItem } from '../core/item.ts';
import type { Sign } from '../core/sign.ts';

/** The tag as its views see it. */
export interface UploaderHost extends HTMLElement {
  readonly files: readonly UploadItem[];
  /** Whether files were picked that are not in the list yet. */
  readonly isTaking: boolean;
  readonly value: readonly string[];
  readonly endpoint?: string;
  readonly sign?: Sign;
  readonly name?: string;
  readonly valueFormat?: 'key' | 'json' | 'receipt';
  /** Whether the page's form, or a form in the element, needs a file. */
  readonly isRequired: boolean;
  readonly multiple: boolean;
  readonly directory: boolean;
  readonly holdSubmit: boolean;
  noAuto: boolean;
  readonly noPreviews: boolean;
  readonly noResume: boolean;
  readonly noWakeLock: boolean;
  readonly layout?: string;
  readonly maxFiles?: number;
  readonly minFiles?: number;
  /** The first file that waits for its fields to be filled in. */
  readonly held?: { readonly message: string; readonly control: HTMLElement | undefined } | undefined;
  readonly maxConcurrentUploads?: number;
  readonly timeout?: number;
  readonly maxFileSize?: string | number;
  readonly minFileSize?: string | number;
  readonly maxTotalSize?: string | number;
  readonly dropTarget?: string;
  requestUpdate(): void;
  upload(id?: string): void;
  pause(id?: string): void;
  resume(id?: string): void;
  retry(id?: string): void;
  cancel(id?: string): void;
  remove(id: string): void;
  remove(): void;
}
