import type { Checksum, ChecksumAlgorithm, ProcessingFile, StoredFile } from './protocol.ts';
import type { UploadError } from './errors.ts';
import type { Transport } from './http.ts';
import type { FileInfo } from './item.ts';
import type { ResumeRecord } from './resume-record.ts';

/**
 * Grants uploads. The endpoint, a policy form on the page, Cognito and the application's own function all have this type.
 * Called with up to 100 files at a time, ahead of need, and again for a file whose signature has expired.
 *
 * @returns one grant per file, matched by `id`
 * @throws {UploadError} with phase `sign`; its `retry` says whether the request may be repeated. Any other error becomes
 *   `signer-unreachable`; it is retried where it is a network error of `fetch`.
 */
export interface Sign {
  (files: readonly FileToSign[], options: SignOptions): Promise<readonly Grant[]>;
  /**
   * Maximum number of files of one call, and of files that are signed ahead. Default 100, as the contract allows. Choose
   * fewer where each file costs a request of its own.
   */
  readonly batchSize?: number;
  /**
   * Reopens a multipart upload of an earlier page by its ticket. Its `listParts` is called before the upload is shown: it must
   * fail if the upload belongs to another visitor. Only an `upload-lost` with status 404 says that the upload is this visitor's
   * and no longer exists. Absent: no upload is resumed after a reload.
   */
  readonly reopen?: (id: string, record: ResumeRecord) => MultipartGrant;
  /**
   * Deletes an object that an earlier page has stored, by its ticket; resolves also when it no longer exists. Absent: the
   * object stays.
   */
  readonly deleteFile?: (ticket: string, signal: AbortSignal) => Promise<void>;
}

/** A file to sign: its description, and its checksum if the application wants one. */
export interface FileToSign extends FileInfo {
  /**
   * A random text that stays the same until there is a grant for the file: after a lost response a signer recognises the file
   * by it, and begins no second multipart upload.
   */
  readonly nonce?: string;
  /** Whether a request with the same nonce had no response. Default false. */
  readonly repeated?: boolean;
  /** The algorithm that the application wants; with its value where it is known before the file is signed. */
  readonly checksum?: Checksum | Pick<Checksum, 'algorithm'>;
}

/** Options of a call to {@link Sign}. */
export interface SignOptions {
  /** Aborts the request. */
  signal: AbortSignal;
  /** `PUT` once the storage has answered a POST with 501 or 405. Default: the signer chooses. */
  method?: 'PUT';
}

/** A signer's answer for one file: how it may be uploaded, or why it may not. */
export type Grant = UploadGrant | Refusal;

/** How a file may be uploaded. */
export type UploadGrant = PostGrant | PutGrant | MultipartGrant;

interface GrantBase {
  /** Id of the file, as in {@link FileToSign}. */
  readonly id: string;
  /** The object's key, raw: not percent-encoded. */
  readonly key: string;
  /**
   * Milliseconds for which the signature is valid, from the moment the response arrived. Default 900,000: the 15 minutes
   * for which this project's own signer signs unless `SIGNER_EXPIRES` says otherwise.
   */
  readonly lifetime?: number;
  /**
   * The checksum that must be computed: of each part before it is signed, or of a whole file, which is then renewed with
   * it. Default: none.
   */
  readonly checksum?: ChecksumAlgorithm;
  /** An opaque string by which the upload can be reopened after a reload. Absent: it cannot be. */
  readonly ticket?: string;
  /**
   * Signs the same file and key again. Absent: the file is signed like a new one.
   *
   * @throws {UploadError} `upload-lost` when that is no longer possible: then the file is signed like a new one; `already-stored`
   *   when the key has an object: then the file is looked up
   */
  readonly renew?: (signal: AbortSignal, options: RenewOptions) => Promise<Grant>;
  /**
   * Looks up the stored object; resolves to null if there is none. Absent: after a lost response, the file is sent again, and a
   * 412 of the storage to that counts as success.
   */
  readonly confirm?: (signal: AbortSignal) => Promise<StoredFile | FileBeingChecked | null>;
  /**
   * An opaque tag of the visitor: equal for all files of one visitor, and different for another. The queue never sends a file
   * of one visitor with a grant of another, as after a sign-out on a shared computer. Default: the signer does not know its
   * visitors.
   */
  readonly visitor?: string;
  /** Whether `confirm` is called after every upload, not only after a lost response. Default false. */
  readonly mustConfirm?: boolean;
  /** Deletes the stored object; resolves also when it no longer exists. Absent: the object stays. */
  readonly deleteFile?: (signal: AbortSignal) => Promise<void>;
}

/** A file that is stored, and that the signer is still checking. `confirm` is called again, for as long as it says so. */
export interface FileBeingChecked extends ProcessingFile {
  /** Milliseconds for which the signer asked to wait. Default: the queue decides. */
  readonly retryAfter?: number;
}

/** Why a file is signed again, and the checksum to sign. */
export interface RenewOptions {
  /** The storage's error, where it refused the signature. */
  cause?: UploadError;
  /** The checksum that the grant wanted. */
  checksum?: Checksum;
}

/** Browser-based POST: the fields are sent verbatim and in order, the file last. */
export interface PostGrant extends GrantBase {
  /** Tells this grant from the other two. */
  readonly method: 'POST';
  /** URL of the bucket, to which the form is posted. Https, or HTTP on this machine. */
  readonly url: string;
  /** Fields of the signed form by name, at most 40 and 20,480 bytes in all. None is named `file`. */
  readonly fields: Readonly<Record<string, string>>;
  /** Wraps or replaces the queue's transport, for a response that XMLHttpRequest cannot read. */
  readonly wrapTransport?: (transport: Transport) => Transport;
}

/** One presigned PUT. */
export interface PutGrant extends GrantBase {
  /** Tells this grant from the other two. */
  readonly method: 'PUT';
  /** The presigned URL. Https, or HTTP on this machine. */
  readonly url: string;
  /** The headers that were signed, sent verbatim. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Multipart upload. Its parts are signed in batches just before they are sent. */
export interface MultipartGrant extends GrantBase {
  /** Tells this grant from the other two. */
  readonly method: 'MULTIPART';
  /** Bytes of every part but the last. */
  readonly partSize: number;
  /** The first parts, which are signed already. Their lifetime counts from the call. Absent: `signParts` signs them, too. */
  readonly firstParts?: () => Promise<SignedParts>;
  /**
   * Signs parts, each for one presigned PUT. Called again for a part whose signature has expired.
   *
   * @throws {UploadError} `upload-lost` when the upload no longer exists; other errors are treated as those of
   *   {@link Sign}
   */
  readonly signParts: (parts: readonly PartToSign[], signal: AbortSignal) => Promise<SignedParts>;
  /**
   * Called with each part that is stored, and its ETag where CORS shows it, for signers that cannot list parts.
   *
   * @throws {UploadError} when the upload cannot be completed without what is missing
   */
  readonly onPartStored?: (part: { number: number; size: number; etag: string | undefined }) => void;
  /**
   * All parts that the storage has, with their sizes in bytes.
   *
   * @throws {UploadError} `upload-lost` when the upload no longer exists
   */
  readonly listParts: (signal: AbortSignal) => Promise<readonly { number: number; size: number }[]>;
  /**
   * Puts the stored parts together to one object.
   *
   * @throws {UploadError} `upload-lost` when the upload no longer exists, for example because it is complete already; with
   *   status 409 or 422 when parts are missing, which are then sent once more; other errors are treated as those of
   *   {@link Sign}
   */
  readonly complete: (signal: AbortSignal) => Promise<StoredFile | FileBeingChecked>;
  /** Deletes the upload's parts; resolves also when there are none. */
  readonly abort: (signal: AbortSignal) => Promise<void>;
}

/** A part to sign. */
export interface PartToSign {
  /** From 1. */
  number: number;
  /** Bytes. */
  size: number;
  /** The part's checksum, if the grant wants one. */
  checksum?: Checksum;
}

/** Signatures of parts. */
export interface SignedParts {
  /** The presigned URL of each part, and the headers that were signed, which are sent verbatim. In any order. */
  parts: readonly { number: number; url: string; headers?: Readonly<Record<string, string>> }[];
  /** Milliseconds for which the signatures are valid, from the moment the response arrived. */
  lifetime: number;
}

/** The signer refuses this file. */
export interface Refusal {
  /** Id of the file, as in {@link FileToSign}. */
  readonly id: string;
  /**
   * The reason. The file fails with the code `signer-refused`, unless the signer's is one of a limit, such as
   * `file-too-large`.
   */
  readonly error: {
    /** The signer's own code, such as `file-too-large`. */
    readonly code: string;
    /** For developers, in English. */
    readonly message: string;
    /** The limit that was crossed: bytes or files. */
    readonly limit?: number;
  };
}
