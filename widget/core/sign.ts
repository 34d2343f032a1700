import type { Checksum, ChecksumAlgorithm, StoredFile } from './protocol.ts';
import type { UploadError } from './errors.ts';
import type { Transport } from './http.ts';
import type { FileInfo } from './item.ts';
import type { ResumeRecord } from './resume-record.ts';

/**
 * Who grants an upload. One function type; the endpoint, a policy form on the page, Cognito and a function of your own
 * are all of it. Called with up to 100 files at a time, ahead of need, and again for a file whose signature has expired.
 *
 * @returns one grant per file, matched by `id`.
 * @throws {UploadError} with phase `sign`; its `retry` says whether asking again can help. Any other error is taken as
 *   `signer-unreachable` and is not asked again.
 */
export interface Sign {
  (files: readonly FileToSign[], options: SignOptions): Promise<readonly Grant[]>;
  /** The most files it is asked for at a time, and ahead of need; default 100. Fewer where each file costs a request. */
  readonly batchSize?: number | undefined;
  /** A multipart upload that an earlier page has begun, by its ticket. Absent: nothing is resumed after a reload. */
  readonly reopen?: ((id: string, record: ResumeRecord) => MultipartGrant) | undefined;
  /** Deletes what an earlier page has stored, by its ticket; also what is gone already. Absent: it stays. */
  readonly deleteFile?: ((ticket: string, signal: AbortSignal) => Promise<void>) | undefined;
}

export interface FileToSign extends FileInfo {
  /** The algorithm that the page wants; with its value where that is known before the file is signed. */
  readonly checksum?: Checksum | Pick<Checksum, 'algorithm'> | undefined;
}

export interface SignOptions {
  /** Ends the request. */
  signal: AbortSignal;
  /** Set when the storage has answered POST with 501 or 405: the signer is asked for PUT. */
  method?: 'PUT';
}

/** What a signer answers for one file: how it may be sent, or why it may not. */
export type Grant = PostGrant | PutGrant | MultipartGrant | Refusal;

interface GrantBase {
  readonly id: string;
  /** The object's key, raw. */
  readonly key: string;
  /** Milliseconds for which the signature holds, from the moment the answer came; default 900,000. */
  readonly lifetime?: number;
  /**
   * A checksum that must be computed: of each part, before it is signed; of a whole file, before it is signed `again`
   * with it.
   */
  readonly checksum?: ChecksumAlgorithm | undefined;
  /** Opaque word by which the upload can be reopened after a reload. */
  readonly ticket?: string;
  /** The same file and key, signed anew. Absent: the file is signed from the start. */
  readonly renew?: (signal: AbortSignal, options: RenewOptions) => Promise<Grant>;
  /** Asks whether the object is stored; null when it is not. */
  readonly confirm?: (signal: AbortSignal) => Promise<StoredFile | null>;
  /** Whether `confirm` is to be called after every upload, not only to settle a lost answer. */
  readonly mustConfirm?: boolean;
  /** Deletes the stored object, also one that is gone already. Absent: what is stored stays. */
  readonly deleteFile?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

export interface RenewOptions {
  /** The storage's answer, when it was the storage that would not have the signature any more. */
  cause?: UploadError | undefined;
  /** What the grant asked for, now that it is computed. */
  checksum?: Checksum;
}

/** Browser-based POST: the fields go verbatim and in order, the file last. */
export interface PostGrant extends GrantBase {
  readonly method: 'POST';
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Stands before the queue's own transport, or in its place, where XMLHttpRequest would not see the answer. */
  readonly wrapTransport?: (transport: Transport) => Transport;
}

/** One presigned PUT with the headers that were signed. */
export interface PutGrant extends GrantBase {
  readonly method: 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Parts, signed in batches just before they are sent. */
export interface MultipartGrant extends GrantBase {
  readonly method: 'MULTIPART';
  /** Bytes of every part but the last. */
  readonly partSize: number;
  readonly signParts: (parts: readonly PartToSign[], signal: AbortSignal) => Promise<SignedParts>;
  /** Told of each part the storage has taken, and its ETag where CORS shows it: for signers that keep no list. */
  readonly onPartStored?: (part: { number: number; size: number; etag: string | undefined }) => void;
  /** What the storage holds already. */
  readonly listParts: (signal: AbortSignal) => Promise<readonly { number: number; size: number }[]>;
  readonly complete: (signal: AbortSignal) => Promise<StoredFile>;
  /** Frees what is stored of it; resolves also when nothing is left. */
  readonly abort: (signal: AbortSignal) => Promise<void>;
}

export interface PartToSign {
  /** From 1. */
  number: number;
  size: number;
  checksum?: Checksum;
}

export interface SignedParts {
  parts: readonly { number: number; url: string; headers?: Readonly<Record<string, string>> }[];
  /** Milliseconds for which the part signatures hold. */
  lifetime: number;
}

/** The signer will not have this file. */
export interface Refusal {
  readonly id: string;
  readonly error: { readonly code: string; readonly message: string; readonly limit?: number };
}
