import type { UploadError } from './errors.ts';
import type { FileInfo, UploadResult } from './item.ts';

/** The members that the details of all events of a file have. */
export type FileDetail = Pick<FileInfo, 'id' | 'name' | 'size' | 'type' | 'path'>;

/** The members that the details of all events of an error have. */
export interface ErrorDetail {
  /** What went wrong, for programs. */
  code: UploadError['code'];
  /** S3's own error code, such as `AccessDenied`. Undefined if S3 sent none. */
  s3Code: string | undefined;
  /** HTTP status. Undefined if there was no response. */
  status: number | undefined;
  /** S3's id of the request, for the operator of the storage. Undefined if S3 sent none. */
  requestId: string | undefined;
  /** The phase in which the file failed. */
  phase: UploadError['phase'];
  /** Whether a retry by the visitor can help. */
  retryable: boolean;
  /** The limit that was exceeded, in bytes, files or pixels. Undefined for other errors. */
  limit: number | undefined;
  /** Description for developers, in English. */
  message: string;
}

/** The events of an `Uploader` and their details. All are `CustomEvent`s, except `update`. */
export interface UploaderEvents {
  /** The file is about to be added. If the event is canceled, the file is not added. */
  'file-add': FileDetail & { file: File };
  /** The file was added as `rejected`. */
  'file-reject': FileDetail & ErrorDetail;
  /** The file was removed from the list. `key` is the stored object's, undefined if the file was not stored. */
  'file-remove': FileDetail & { key: string | undefined };
  /** A removed file is back in the list, at its place. `key` is the stored object's. */
  'file-restore': FileDetail & { key: string };
  /** The file is about to be signed. If the event is canceled, the file is paused. */
  'upload-start': FileDetail;
  /** More bytes were sent. `loaded` and `total` are in bytes of the file. */
  'upload-progress': FileDetail & { loaded: number; total: number };
  /** An attempt failed and will be repeated. `attempt` counts from 1; `delay` is in milliseconds. */
  'upload-retry': FileDetail & ErrorDetail & { attempt: number; delay: number };
  /** The file is stored. */
  'upload-success': FileDetail & UploadResult;
  /** The file could not be stored. */
  'upload-error': FileDetail & ErrorDetail;
  /** The file was canceled. */
  'upload-abort': FileDetail;
  /** The queue has no pending files left. The ids are of files that were stored or failed since the last such event. */
  'upload-complete': { done: readonly string[]; failed: readonly string[] };
  /** A removed file is still stored: the signer allows its deletion, which failed. */
  'delete-error': FileDetail & ErrorDetail & { key: string };
  /** The signer requires a login. All files are paused until `resume()`. `status` is the status of its HTTP response. */
  'auth-required': { status: number | undefined };
  /** Items have changed. A plain `Event`, dispatched in a microtask, once for all changes before it. */
  update: undefined;
}

/** The names of the queue's events that an element dispatches in its place: all except `update`. */
export type RelayedEvent = Exclude<keyof UploaderEvents, 'update'>;

/**
 * Dispatches an event.
 *
 * @param cancelable default false
 * @returns false when a listener canceled it
 */
export type Emit = <K extends RelayedEvent>(type: K, detail: UploaderEvents[K], cancelable?: boolean) => boolean;

/** Errors of the file or of its object, which every retry would meet again. */
const FINAL: readonly UploadError['code'][] = [
  'file-too-large',
  'file-too-small',
  'file-type',
  'file-changed',
  'file-missing',
  'file-refused',
  'object-differs',
];

/** Whether a retry by the visitor can help. */
export const isRetryable = ({ code, phase }: UploadError): boolean => phase !== 'validate' && !FINAL.includes(code);

/** The detail of an event of a file. */
export const detailOf = ({ id, name, size, type, path }: FileInfo): FileDetail => ({ id, name, size, type, path });

/** The detail of an error in an event. */
export const errorDetail = (error: UploadError): ErrorDetail => {
  const { code, s3Code, status, requestId, phase, limit, message } = error;
  return { code, s3Code, status, requestId, phase, limit, message, retryable: isRetryable(error) };
};
