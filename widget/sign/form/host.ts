import type { UploadItem } from '../../core/item.ts';

/** The tag around the form: what the form wants is set on it, where it does not say so itself. */
export interface FormHost extends HTMLElement {
  accept?: string | undefined;
  multiple: boolean;
  required: boolean;
  maxFileSize?: string | number | undefined;
  minFileSize?: string | number | undefined;
  noAuto: boolean;
  readonly allowedHosts?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly files: readonly Pick<UploadItem, 'status'>[];
  open(): void;
  upload(): void;
}
