import type { Context } from 'hono';
import type { Caller } from './caller.ts';

/** The part of a caller's quotas that one request would use. All zero for a request with a ticket. */
export interface Demand {
  /** Files to sign. */
  files: number;
  /** Bytes of these files together. */
  bytes: number;
  /** Keys of the multipart uploads to start. */
  multiparts: readonly string[];
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

/** Counts requests, files and bytes. `createLimits` of `s3-uploader-signer/limits` makes one. */
export interface Limiter {
  /** Counts a request before its body is read and before `authorize` runs. Undefined if it may go on. */
  checkRequest?(c: Context): Promise<LimitExceeded | undefined>;
  /** Reserves the whole demand before anything is signed. Reserves nothing if it returns a limit. */
  acquire(c: Context, caller: Caller, demand: Demand): Promise<LimitExceeded | undefined>;
  /** Returns a reserved demand whose files could not be signed. */
  release?(c: Context, caller: Caller, demand: Demand): Promise<unknown>;
  /** Called when a multipart upload was completed or aborted. May be called more than once for a key. */
  closeMultipart?(key: string): Promise<unknown>;
}
