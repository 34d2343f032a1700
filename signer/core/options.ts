import type { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'hono';
import type { ChecksumAlgorithm } from '../../widget/core/protocol.ts';
import type { SignerEvent, StoredObject } from './events.ts';
import type { FileLimits } from './file-limits.ts';
import type { Limiter } from './limiter.ts';
import type { Authorize } from './principal.ts';

/** The options of `createSigner`. The defaults and the reason for each number are in `defaults.ts`. */
export interface SignerOptions {
  /** Signs, and calls the storage. Its credentials need the permissions listed in the README. */
  client: S3Client;
  /** The bucket's name, or the alias of an access point. Not a URL, and without a folder. */
  bucket: string;
  /** Decides who may upload. It has no default; pass `publicAccess` to let anyone upload. */
  authorize: Authorize;
  /**
   * Authenticates tickets and receipts (HMAC-SHA-256). At least 16 characters. To rotate it, pass the new and the old one,
   * as a list or as `new,old`: the first seals, all are accepted.
   */
  secret: string | readonly string[];
  /**
   * Exact origins of the pages that may use the signer, such as `https://www.example.com`. Default: pages of the signer's
   * own host.
   */
  origins?: readonly string[];
  /** Further request headers that pages of other origins may send, such as `X-Api-Key`. Default: none. */
  allowHeaders?: readonly string[];
  /** Limits on the files. Default: common types, from 0 bytes to 1 GiB. */
  limits?: Partial<FileLimits>;
  /** The folder of all keys: segments of letters, digits, `_`, `.` and `-`. Default `uploads/`. */
  prefix?: string;
  /** Seconds until a signature expires, 1 to 3600. Default 900. */
  expires?: number;
  /** Seconds until a ticket expires, 60 to 604,800: the time an upload may take, pauses included. Default 604,800 (7 days). */
  ticketExpires?: number;
  /**
   * How files below `multipartFrom` are uploaded. `auto`: POST, or PUT if the client reports that the storage has no POST.
   * Default `auto`.
   */
  method?: 'auto' | 'post' | 'put';
  /** From this size in bytes on, a file is uploaded in parts: 1 to 5,000,000,000. Default 16 MiB. */
  multipartFrom?: number;
  /** Bytes of a part, 5 MiB to 5 GiB. Default 8 MiB. */
  partSize?: number;
  /** A checksum that clients must compute and the storage verifies. Default: none. */
  checksum?: ChecksumAlgorithm;
  /** Names of the metadata that clients may set: lower-case letters, digits and `-`. Default: none. */
  metadata?: readonly string[];
  /** Whether a ticket may delete the object it was issued for. Default false. */
  allowDelete?: boolean;
  /** Whether clients must fetch a receipt after each upload. Default: only if `onUploaded` is given. */
  receipts?: boolean;
  /**
   * Called once an object is stored. The client's confirmation waits for it, and fails if it throws. Called once for each
   * key and ETag in one process, but possibly by several copies of the signer, so it must be idempotent. Default: nothing.
   */
  onUploaded?: (object: StoredObject, c: Context) => unknown;
  /** Counts requests, files and bytes. Default: no limits. */
  limiter?: Limiter;
  /** Called for every action and error. Default: errors are written to `console.error`, without secrets or stack. */
  onEvent?: (event: SignerEvent, c: Context) => void;
  /**
   * Whether `GET /form` returns an HTML form that uploads without a script. Such a form cannot know its file, so quotas
   * count it as one file of `maxFileSize` bytes. Default false; with true, `maxFileSize` is that of any file.
   */
  form?: boolean | { maxFileSize: number };
  /** An absolute URL that the HTML form returns to. Default: the signer's own page, below the URL of the request. */
  formRedirect?: string;
}
