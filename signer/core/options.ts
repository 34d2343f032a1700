import type { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'hono';
import type { ChecksumAlgorithm } from '../../widget/core/protocol.ts';
import type { SignerEvent, StoredObject } from './events.ts';
import type { FileLimits } from './file-limits.ts';
import type { Limiter } from './limiter.ts';
import type { Authorize } from './principal.ts';
import type { Quarantine } from './quarantine-option.ts';

/** The options of `createSigner`. */
export interface SignerOptions {
  /** Signs, and calls the storage. Its credentials need the permissions listed in the README. */
  client: S3Client;
  /** The bucket's name, or the alias of an access point. Not a URL, and without a folder. */
  bucket: string;
  /** Decides who may upload. It has no default; pass `publicAccess` to let anyone upload. */
  authorize: Authorize;
  /**
   * Authenticates tickets, and receipts unless `receiptSecret` is given. At least 32 characters, of which at least 10 differ.
   * Each kind of token has a key of its own, which is derived from it. To rotate it, pass the new and the old one, as a list
   * or as `new,old`: the first seals, all are accepted.
   */
  secret: string | readonly string[];
  /**
   * Seals receipts instead of `secret`, so that the applications that verify receipts cannot make tickets. The same rules.
   * Default: receipts are sealed with a key that is derived from `secret`.
   */
  receiptSecret?: string | readonly string[];
  /**
   * The name of this signer in its tickets and receipts, up to 257 characters. A signer refuses the tickets of another
   * audience. Give each signer its own if several share a bucket and a secret. Default: the prefix.
   */
  audience?: string;
  /**
   * Exact origins of the pages that may use the signer, such as `https://www.example.com`, or `capacitor://localhost` for an
   * app. Default: none, so that no page may use it, not even one of its own host; only requests without `Origin` may.
   */
  origins?: readonly string[];
  /** Further request headers that pages of other origins may send, such as `X-Api-Key`. Default: none. */
  allowHeaders?: readonly string[];
  /** Limits on the files. Default: common types, from 0 bytes to 1 GiB (1,073,741,824 bytes). */
  limits?: Partial<FileLimits>;
  /** The folder of all keys: segments of letters, digits, `_`, `.` and `-`. Default `uploads/`. */
  prefix?: string;
  /**
   * Seconds until a signature expires, 1 to 3600. Default 900, which is long enough for a slow connection, and the maximum
   * that the bucket policies in `deploy/` accept. Within 3600, an hour, a leaked signature becomes useless; the client
   * requests a new one when it needs it.
   */
  expires?: number;
  /**
   * Seconds until a ticket expires, 60 to 604,800: the time an upload may take, pauses included. Default 604,800, 7 days,
   * for which `<s3-uploader>` remembers an unfinished upload, and the lifecycle rules in `deploy/` keep its parts.
   */
  ticketExpires?: number;
  /**
   * How files below `multipartFrom` are uploaded. `auto`: POST, or PUT if the client reports that the storage has no POST, so
   * the client chooses. A PUT needs a storage that refuses headers that were not signed, which `doctor` checks. Default
   * `post`.
   */
  method?: 'auto' | 'post' | 'put';
  /**
   * Whether PUT and part URLs name headers such as `x-amz-acl` and `x-amz-copy-source` as signed although they are absent. It
   * closes a gap of storages that accept headers that were not signed and skip a signed header that is absent, as Ceph's
   * gateway does. Other storages refuse such URLs. Default false.
   */
  signAbsentHeaders?: boolean;
  /**
   * Whether an upload never replaces an object: PUT, POST and the completion of a multipart upload carry
   * `If-None-Match: *`. Not every storage supports it, which `doctor` checks. Default: true if the client's endpoint is
   * AWS's own; else only for POST, whose field is ignored by a storage that does not know it.
   */
  conditionalWrites?: boolean;
  /**
   * URLs of the bucket at its addresses, such as `https://uploads.s3.dualstack.eu-central-1.amazonaws.com/`. Files, and the parts
   * of a file, are sent to them in turn, and browsers open six connections to each. All must reach the same bucket, which
   * `doctor` checks. Default: the client's own address alone.
   */
  uploadEndpoints?: readonly string[];
  /**
   * Files of this many bytes or more are multipart uploads: 1 to 5,000,000,000, the maximum of one POST or PUT. Default
   * 16 MiB (16,777,216), two parts of the default size: below that, multipart only adds requests.
   */
  multipartFrom?: number;
  /**
   * Bytes of a part to aim at, 5 MiB to 5 GiB, as S3 allows. The parts of a file have equal sizes, and their number is a
   * multiple of six, the connections of a browser to one host, unless parts would have less than 5 MiB. Default 8 MiB
   * (8,388,608), as in the AWS CLI: https://docs.aws.amazon.com/cli/latest/topic/s3-config.html
   */
  partSize?: number;
  /** A checksum that clients must compute and the storage verifies. Default: none. */
  checksum?: ChecksumAlgorithm;
  /** Names of the metadata that clients may set: lower-case letters, digits and `-`. Default: none. */
  metadata?: readonly string[];
  /** Whether a ticket may delete the object it was issued for. Default false. */
  allowDelete?: boolean;
  /** Whether clients must fetch a receipt after each upload. Default: only if `onUploaded` is given, which needs it. */
  receipts?: boolean;
  /**
   * Called once an object is stored. The client's confirmation waits for it, and fails if it throws. Called once for each
   * key and ETag in one process, but possibly by several instances of the signer, so it must be idempotent. Default: nothing.
   */
  onUploaded?: (object: StoredObject, c: Context) => unknown;
  /**
   * Stores files in a quarantine first, and moves them to their final key once they are accepted, such as by a virus scanner.
   * It also needs `s3:DeleteObject`. Default: files are stored under their final key at once.
   */
  quarantine?: Quarantine;
  /** Counts requests, files and bytes. Default: no limits. */
  limiter?: Limiter;
  /** Called for every action and error. Default: errors are written to `console.error`, without secrets or stack. */
  onEvent?: (event: SignerEvent, c: Context) => void;
  /**
   * Whether `GET /form` returns an HTML form that uploads without a script. Such a form cannot know its file, so quotas
   * count it as one file of `maxFileSize` bytes. Default false. With true, `maxFileSize` is 5,000,000,000 bytes, the
   * maximum of one POST, or the caller's own limit if that is smaller.
   */
  form?: boolean | { maxFileSize: number };
  /** An absolute URL that the HTML form returns to. Default: the signer's own page, below the URL of the request. */
  formRedirect?: string;
}
