import type { UploadItem } from '../../core/item.ts';

/** The element around a form, as the form uses it: its settings, and the methods for the form's own button. */
export interface FormHost extends Pick<HTMLElement, 'children'> {
  /** The attribute `allowed-hosts`. Default: any host, over https. */
  readonly allowedHosts?: string;
  /** Sent as `x-amz-meta-*` with every file. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The files in the list of the element. */
  readonly files: readonly Pick<UploadItem, 'status'>[];
  /** Adds files as if they were picked in the element. */
  add(files: Iterable<File>): Promise<unknown>;
  /** Opens the file picker. */
  open(): void;
  /** Starts the files that are `ready`. */
  upload(): void;
}
