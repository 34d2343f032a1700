import type { UploadItem } from '../../core/item.ts';

/** What a form reads of the element around it, and calls when its own button is pressed. */
export interface FormHost extends Pick<HTMLElement, 'children'> {
  /** The attribute `allowed-hosts`. */
  readonly allowedHosts?: string;
  /** Sent as `x-amz-meta-*` with every file. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly files: readonly Pick<UploadItem, 'status'>[];
  /** Opens the file picker. */
  open(): void;
  /** Starts the files that are `ready`. */
  upload(): void;
}
