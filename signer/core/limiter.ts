import type { Context } from 'hono';
import type { Caller } from './caller.ts';

/** A multipart upload, as limits count it. */
export interface CountedUpload {
  /** The object's key. */
  key: string;
  /** Bytes of the whole file. */
  size: number;
}

/** The part of a caller's quotas that the files of one request would use. */
export interface Demand {
  /** Files to sign. */
  files: number;
  /** Bytes of these files together. */
  bytes: number;
  /** The multipart uploads among them. Each takes a place until it is completed or aborted. */
  multiparts: readonly CountedUpload[];
}

/** A limit that is exceeded. The response is a 429. */
export interface LimitExceeded {
  /** The `code` of the problem, such as `rate-limited`. */
  code: string;
  /** The `detail` of the problem, for people. */
  message: string;
  /** Seconds until another try makes sense. Sent as `Retry-After`, rounded up. */
  retryAfter: number;
}

/** A demand that was reserved. */
export interface Reservation {
  /** Returns the demand, because its files could not be signed. */
  release(): Promise<unknown>;
}

/**
 * Counts requests, files and bytes. `createLimits` of `s3-uploader-signer/limits` makes one. A method that returns a limit
 * has counted nothing.
 */
export interface Limiter {
  /**
   * Counts a failed authentication against the client's address. A limit replaces the 401. Callers who authenticate are
   * never refused for it, because they may share the address of a proxy with the client that failed.
   */
  countFailure?(c: Context): Promise<LimitExceeded | undefined>;
  /**
   * Counts the request of an authenticated caller, before its body is read; and again the files in the body, without the
   * first, because each costs as much as a request.
   */
  countRequests?(c: Context, caller: Caller, requests: number): Promise<LimitExceeded | undefined>;
  /** Reserves the whole demand in one step, before anything is signed. */
  reserve(c: Context, caller: Caller, demand: Demand): Promise<Reservation | LimitExceeded>;
  /**
   * Keeps the place of a multipart upload whose parts are signed until its ticket expires, in seconds since 1970. Takes a
   * new place if the upload has lost its own.
   */
  keepMultipart?(c: Context, caller: Caller, key: string, expires: number): Promise<LimitExceeded | undefined>;
  /**
   * Frees the place of a multipart upload that was completed or aborted. May be called more than once for a key.
   *
   * @param isUnused whether the upload was aborted, so that its file and bytes are returned: once, and only within the
   *   period in which they were counted
   */
  closeMultipart?(key: string, isUnused: boolean): Promise<unknown>;
}
