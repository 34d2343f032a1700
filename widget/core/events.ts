import type { UploadError } from './errors.ts';
import type { FileInfo, UploadResult } from './item.ts';

/** What the detail of every event of a file has. */
export type FileDetail = Pick<FileInfo, 'id' | 'name' | 'size' | 'type' | 'path'>;

export interface ErrorDetail {
  code: UploadError['code'];
  /** Of the storage, such as `AccessDenied`. */
  s3Code: string | undefined;
  status: number | undefined;
  requestId: string | undefined;
  phase: UploadError['phase'];
  /** Whether trying again by hand can help. */
  retryable: boolean;
  limit: number | undefined;
  /** For developers, in English. */
  message: string;
}

/** The events of an `Uploader`, by name, and their details. */
export interface UploaderEvents {
  /** Cancelable: about to be added. */
  'file-add': FileDetail & { file: File };
  'file-reject': FileDetail & ErrorDetail;
  'file-remove': FileDetail & { key: string | undefined };
  /** Cancelable: about to be signed; canceled, it is paused. */
  'upload-start': FileDetail;
  'upload-progress': FileDetail & { loaded: number; total: number };
  /** `delay` in milliseconds. */
  'upload-retry': FileDetail & ErrorDetail & { attempt: number; delay: number };
  'upload-success': FileDetail & UploadResult;
  'upload-error': FileDetail & ErrorDetail;
  'upload-abort': FileDetail;
  /** The queue has come to rest: the ids of what was stored and what was not, since it last did. */
  'upload-complete': { done: readonly string[]; failed: readonly string[] };
  /** A file that was removed is stored still: it could not be deleted, though the signer allows it. */
  'delete-error': FileDetail & ErrorDetail & { key: string };
  /** The signer wants the visitor to sign in; everything is paused until `resume()`. */
  'auth-required': { status: number | undefined };
  /** Something about the items has changed; at most one in a turn. */
  update: undefined;
}

/** Errors that stay however often one tries: the file itself must be another one. */
const FINAL: readonly UploadError['code'][] = [
  'file-too-large',
  'file-too-small',
  'file-type',
  'file-changed',
  'file-missing',
];

/** Whether trying again by hand can help. */
export const isRetryable = ({ code, phase }: UploadError): boolean => phase !== 'validate' && !FINAL.includes(code);

export const detailOf = ({ id, name, size, type, path }: FileInfo): FileDetail => ({ id, name, size, type, path });

export const errorDetail = (error: UploadError): ErrorDetail => {
  const { code, s3Code, status, requestId, phase, limit, message } = error;
  return { code, s3Code, status, requestId, phase, limit, message, retryable: isRetryable(error) };
};
