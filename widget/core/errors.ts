/** Where in its way a file was when an error met it. */
export type UploadPhase = 'validate' | 'sign' | 'upload' | 'finalize';

/**
 * What went wrong, for programs. The view has the words for each.
 *
 * Refused before anything is sent: `file-too-large`, `file-too-small`, `file-type`, `file-content` (the bytes belie the
 * name), `image-dimensions`, `too-many-files`, `total-too-large`, `duplicate`, `invalid` (the host's own `validate`).
 * The file: `file-unreadable`, `file-changed`, `file-missing` (after a reload: pick it again), `corrupt`.
 * The signer: `config`, `signer-unreachable`, `signer-refused`, `quota-exceeded`, `bad-signer-response`, `signer-clock`,
 * `auth-required`.
 * The storage: `network`, `cors`, `timeout`, `storage-busy`, `storage-refused`, `storage-config`, `expired`, `upload-lost`.
 * Elsewhere: `in-use` (another tab drives this upload), `unknown`.
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
  | 'network'
  | 'cors'
  | 'timeout'
  | 'storage-busy'
  | 'storage-refused'
  | 'storage-config'
  | 'expired'
  | 'upload-lost'
  | 'in-use'
  | 'unknown';

/** How a failed request may be tried again, if at all. */
export type RetryKind = 'never' | 'transient' | 'throttle' | 'sign-again';

export interface UploadErrorInit {
  phase: UploadPhase;
  /** How the queue may go on by itself; default `never`. */
  retry?: RetryKind;
  /** HTTP status, where there was an answer. */
  status?: number;
  /** S3's own error code, such as `EntityTooLarge`. */
  s3Code?: string;
  requestId?: string;
  /** Milliseconds the server asked to wait. */
  retryAfter?: number;
  /** The storage's clock, in milliseconds since 1970, where it complained about ours. */
  serverTime?: number;
  /** The limit that was crossed: bytes, files or pixels. */
  limit?: number;
  cause?: unknown;
}

/**
 * The one error of the core. Its message is for developers and says how to mend it; it never holds a signed URL, a
 * policy or a credential.
 */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  readonly code: UploadErrorCode;
  readonly phase: UploadPhase;
  readonly retry: RetryKind;
  readonly status: number | undefined;
  readonly s3Code: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly serverTime: number | undefined;
  readonly limit: number | undefined;

  constructor(code: UploadErrorCode, message: string, init: UploadErrorInit) {
    super(message, { cause: init.cause });
    this.code = code;
    this.phase = init.phase;
    this.retry = init.retry ?? 'never';
    this.status = init.status;
    this.s3Code = init.s3Code;
    this.requestId = init.requestId;
    this.retryAfter = init.retryAfter;
    this.serverTime = init.serverTime;
    this.limit = init.limit;
  }

  /** The same error but for what is given. */
  as(init: Pick<UploadErrorInit, 'retry'>): UploadError {
    return new UploadError(this.code, this.message, { ...(this as UploadErrorInit), cause: this.cause, ...init });
  }
}

/** By name, not by class: a second copy of the library on one page, or a chunk of its own, has another class. */
export const isUploadError = (error: unknown): error is UploadError =>
  error instanceof Error && error.name === 'UploadError';
