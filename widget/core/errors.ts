/** The phase in which a file failed. `finalize` is the time after the last byte. */
export type UploadPhase = 'validate' | 'sign' | 'upload' | 'finalize';

/**
 * The reason of a failure, for programs. The table in `widget/view/error-table.ts` has the visitor's text, the cause and the
 * fix of each.
 *
 * - Refused before anything is sent: `file-too-large`, `file-too-small`, `file-type`, `file-content` (the bytes are of
 *   another type than the name says), `image-dimensions`, `too-many-files`, `total-too-large`, `duplicate`, `invalid`
 *   (refused by the application's own check).
 * - The file: `file-unreadable`, `file-changed`, `file-missing` (lost by a reload: the visitor must pick it again), `corrupt`
 *   (the bytes do not match their checksum).
 * - The signer: `config`, `signer-unreachable`, `signer-refused`, `quota-exceeded`, `bad-signer-response`, `signer-clock`,
 *   `auth-required`, `visitor-changed` (the file was added by another visitor than the one who is signed in now),
 *   `file-refused` (a check of the stored file has refused it).
 * - The storage: `network`, `cors`, `csp`, `timeout`, `storage-busy`, `storage-refused`, `storage-config`, `expired`,
 *   `upload-lost` (the multipart upload no longer exists), `already-stored` (the key has an object), `object-differs` (the stored
 *   object is not as it was signed).
 * - Other: `in-use` (another page sends this upload), `unknown`.
 */
export type UploadErrorCode =
  | 'file-too-large'
  | 'file-too-small'
  | 'file-type'
  | 'file-content'
  | 'image-dimensions'
  | 'too-many-files'
  | 'total-too-large'
  | 'duplicate'
  | 'invalid'
  | 'file-unreadable'
  | 'file-changed'
  | 'file-missing'
  | 'corrupt'
  | 'config'
  | 'signer-unreachable'
  | 'signer-refused'
  | 'quota-exceeded'
  | 'bad-signer-response'
  | 'signer-clock'
  | 'auth-required'
  | 'visitor-changed'
  | 'network'
  | 'cors'
  | 'csp'
  | 'timeout'
  | 'storage-busy'
  | 'storage-refused'
  | 'storage-config'
  | 'expired'
  | 'upload-lost'
  | 'already-stored'
  | 'object-differs'
  | 'file-refused'
  | 'in-use'
  | 'unknown';

/**
 * How the queue may try a failed request again: not at all; after a delay; after a longer delay and with fewer requests
 * at a time; or with a new signature.
 */
export type RetryKind = 'never' | 'transient' | 'throttle' | 'sign-again';

/**
 * How much of a request's body was sent before the request failed without a response of the storage. `unknown`: the
 * browser has reported no progress at all, as when a service worker sends the request.
 */
export type SentBytes = 'nothing' | 'part' | 'all' | 'unknown';

/** The members of an {@link UploadError}. */
export interface UploadErrorInit {
  /** The phase in which the file failed. */
  phase: UploadPhase;
  /** How the queue may try again. Default `never`. */
  retry?: RetryKind;
  /** HTTP status. Absent where there was no response. */
  status?: number;
  /** How much of the body was sent. Absent where the storage has responded. */
  sent?: SentBytes;
  /** S3's own error code, such as `EntityTooLarge`. */
  s3Code?: string;
  /** S3's id of the request, for its operator. */
  requestId?: string;
  /** Milliseconds for which the server asked to wait. */
  retryAfter?: number;
  /** The storage's clock, in milliseconds since 1970, where it refused ours. */
  serverTime?: number;
  /** The limit that was crossed: bytes, files or pixels. */
  limit?: number;
  /** The error that led to this one. Default: none. */
  cause?: unknown;
}

/**
 * The error of the core. Its message is for developers, in English, and says how to fix the problem; it never contains a
 * signed URL, a policy or a credential. Words of signer and storage pass `redact` first.
 */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  /** The reason, for programs. */
  readonly code!: UploadErrorCode;
  /** The phase in which the file failed. */
  readonly phase!: UploadPhase;
  /** How the queue may try again by itself. */
  readonly retry!: RetryKind;
  /** HTTP status. Undefined where there was no response. */
  readonly status?: number;
  /** How much of the body was sent. Undefined where the storage has responded. */
  readonly sent?: SentBytes;
  /** S3's own error code, such as `EntityTooLarge`. */
  readonly s3Code?: string;
  /** S3's id of the request, for its operator. */
  readonly requestId?: string;
  /** Milliseconds for which the server asked to wait. */
  readonly retryAfter?: number;
  /** The storage's clock, in milliseconds since 1970, where it refused ours. */
  readonly serverTime?: number;
  /** The limit that was crossed: bytes, files or pixels. */
  readonly limit?: number;

  constructor(code: UploadErrorCode, message: string, { cause, retry = 'never', ...init }: UploadErrorInit) {
    super(message, { cause });
    Object.assign(this, init, { code, retry });
  }
}

/**
 * Whether the error is an {@link UploadError}. Compared by name, not by class: a second copy of the library on the page, or a
 * lazily loaded chunk, has its own class.
 */
export const isUploadError = (error: unknown): error is UploadError =>
  error instanceof Error && error.name === 'UploadError';
