import type { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'hono';
import type { ChecksumAlgorithm, FileRequest } from '../../widget/core/protocol.ts';
import { describe, redactor } from './redact.ts';
import { COMMON_TYPES } from './media-types.ts';
import { MAX_PART, MIN_PART } from './multipart.ts';
import { mergeLimits, normalPrefix, SINGLE_MAX, type Limits } from './policy.ts';
import type { Principal, Visitor } from './principal.ts';
import { readSecrets } from './sealed-token.ts';

/**
 * Decides who may upload. Asked on every call; `files` are those to be signed, and empty for a call with a ticket.
 * A `Response` is sent as it is; null is a 401.
 */
export type Authorize = (
  c: Context,
  files: readonly FileRequest[],
) => Principal | Response | null | Promise<Principal | Response | null>;

/** What a call would take; nothing, if it is one with a ticket. */
export interface Demand {
  files: number;
  bytes: number;
  /** Keys of the multipart uploads it would open. */
  multiparts: readonly string[];
}

/** Sent as a 429. */
export interface Excess {
  /** For programs, such as `rate-limited`. */
  code: string;
  /** For people. */
  message: string;
  /** Seconds. */
  retryAfter: number;
}

/** Counts what visitors use. */
export interface Limiter {
  /** Asked of every request before its body is read, and before anyone is asked who sends it. */
  request?(c: Context): Promise<Excess | undefined>;
  /** Takes what a call would use, before anything is signed; all of it, or says why nothing. */
  take(c: Context, visitor: Visitor, demand: Demand): Promise<Excess | undefined>;
  /** Told of what was taken, and not granted after all. */
  giveBack?(c: Context, visitor: Visitor, demand: Demand): Promise<unknown>;
  /** Told, once or more, of a multipart upload that is open no more. */
  closed?(key: string): Promise<unknown>;
}

/** An object that is stored. */
export interface StoredObject {
  bucket: string;
  key: string;
  location: string;
  /** Without quotes. */
  etag: string;
  /** Bytes. */
  size: number;
  type: string;
  owner: string;
}

/** One thing that was done, or failed: for audit logs and metrics. Never holds a secret, a ticket or a signed URL. */
export interface SignerEvent {
  action: 'sign' | 'sign-again' | 'parts' | 'list' | 'complete' | 'abort' | 'confirm' | 'delete' | 'form' | 'error';
  owner?: string;
  key?: string;
  size?: number;
  type?: string;
  method?: 'POST' | 'PUT' | 'MULTIPART';
  /** Seconds for which a grant holds. */
  expires?: number;
  /** Numbers of the parts that were signed. */
  parts?: readonly number[];
  /** The problem's code or a refusal's; absent when it was granted. */
  code?: string;
  status?: number;
  /** `error` only; for the log, never for the caller. */
  error?: unknown;
}

export interface SignerOptions {
  client: S3Client;
  bucket: string;
  /** No default: a signer that lets anyone in must say so (`publicAccess`). */
  authorize: Authorize;
  /** At least 16 characters; `new,old` or a list to rotate. */
  secret: string | readonly string[];
  /** Exact origins of the pages that may ask, such as `https://www.example.com`. Default: the signer's own. */
  origins?: readonly string[] | undefined;
  /** Headers that pages of other origins may send besides the usual, such as `X-Api-Key`. Default none. */
  allowHeaders?: readonly string[] | undefined;
  /** Default: common types, up to 1 GiB. */
  limits?: Partial<Limits> | undefined;
  /** Folder of all keys. Default `uploads/`. */
  prefix?: string | undefined;
  /** Seconds for which a signature holds, 1 to 3600. Default 900. */
  expires?: number | undefined;
  /**
   * Seconds for which a ticket holds, 60 to 604,800: how long an upload may take, pauses included. Default 604,800, seven
   * days: the tag remembers an upload for as long, and so do the lifecycle rules of the templates.
   */
  ticketExpires?: number | undefined;
  /**
   * How files below `multipartFrom` go up. `auto`: POST, or PUT where the client says that the storage takes no POST.
   */
  method?: 'auto' | 'post' | 'put' | undefined;
  /** Bytes from which a file goes up in parts; at most 5 GB. Default 16 MiB. */
  multipartFrom?: number | undefined;
  /** Bytes of a part, 5 MiB to 5 GiB. Default 8 MiB. */
  partSize?: number | undefined;
  /** Asks clients for a checksum that the storage then verifies. */
  checksum?: ChecksumAlgorithm | undefined;
  /** Names of the metadata that a client may set. Default none. */
  metadata?: readonly string[] | undefined;
  /** Whether a ticket may delete what it has stored. Default false. */
  allowDelete?: boolean | undefined;
  /** Whether clients are to fetch a receipt after each upload. Default: only if `onUploaded` is given. */
  receipts?: boolean | undefined;
  /**
   * Called once an object is stored; the upload is not confirmed until it has returned, and failed if it throws. Once
   * per key and ETag in one process; several copies of a stateless signer may each call it, so let it be idempotent.
   */
  onUploaded?: ((object: StoredObject, c: Context) => unknown) | undefined;
  limiter?: Limiter | undefined;
  /** Default: errors go to `console.error`. */
  onEvent?: ((event: SignerEvent, c: Context) => void) | undefined;
  /**
   * Whether `GET /form` answers a form that uploads without a script, and how many bytes a file of it may have: such a form
   * cannot know its file, so it counts as this much. Default false; with true, as much as any file.
   */
  form?: boolean | { maxFileSize: number } | undefined;
  /** Where that form comes back to, an absolute URL. Default: the signer's own page, at the address it was asked by. */
  formRedirect?: string | undefined;
}

export type Signer = ReturnType<typeof readOptions>;

const DAY = 86_400;

/** What holds where the host says nothing. */
export const DEFAULTS = {
  limits: { types: COMMON_TYPES, maxFileSize: 1024 ** 3, minFileSize: 0 },
  prefix: 'uploads/',
  expires: 900,
  ticketExpires: 7 * DAY,
  method: 'auto',
  multipartFrom: 16 * 1024 ** 2,
  partSize: 8 * 1024 ** 2,
  allowDelete: false,
  form: false,
} as const satisfies Partial<SignerOptions>;

/** The least and the most of each option. */
export const RANGES = {
  expires: [1, 3600],
  ticketExpires: [60, 7 * DAY],
  multipartFrom: [1, SINGLE_MAX],
  partSize: [MIN_PART, MAX_PART],
} as const satisfies Partial<Record<keyof SignerOptions, readonly [number, number]>>;

/** @throws {TypeError} naming the option that cannot be used */
export function readOptions(options: SignerOptions) {
  const { client, authorize, onUploaded, limiter, formRedirect, checksum } = options;
  if (!client) throw new TypeError('createSigner needs client, an S3Client');
  if (typeof authorize !== 'function') {
    throw new TypeError('createSigner needs authorize, which decides who may upload; pass publicAccess to let anyone');
  }
  const secrets = readSecrets(options.secret);
  if (formRedirect && !URL.canParse(formRedirect)) throw new TypeError('formRedirect must be an absolute URL');
  return {
    client,
    bucket: readBucket(options.bucket),
    authorize,
    secrets,
    origins: (options.origins ?? []).map(readOrigin),
    allowHeaders: options.allowHeaders ?? [],
    limits: mergeLimits(DEFAULTS.limits, options.limits),
    prefix: normalPrefix(options.prefix ?? DEFAULTS.prefix),
    expires: within('expires', options),
    ticketExpires: within('ticketExpires', options),
    method: options.method ?? DEFAULTS.method,
    multipartFrom: within('multipartFrom', options),
    partSize: within('partSize', options),
    checksum,
    metadata: readMetadataNames(options.metadata ?? []),
    allowDelete: options.allowDelete ?? DEFAULTS.allowDelete,
    confirms: options.receipts ?? Boolean(onUploaded),
    form: readForm(options.form),
    onUploaded,
    limiter,
    onEvent: options.onEvent ?? errorLog(secrets),
    formRedirect,
  };
}

/** Undefined where there is none. */
function readForm(form: SignerOptions['form'] = DEFAULTS.form): { maxFileSize: number } | undefined {
  if (!form) return undefined;
  const { maxFileSize } = form === true ? { maxFileSize: SINGLE_MAX } : form;
  if (!(maxFileSize >= 0)) throw new TypeError(`form.maxFileSize must be a number of bytes, not ${maxFileSize}`);
  return { maxFileSize };
}

function within(name: keyof typeof RANGES, options: SignerOptions): number {
  const { [name]: value = DEFAULTS[name] } = options;
  const [min, max] = RANGES[name];
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new TypeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
}

/**
 * A bucket's name as AWS has them, which is also that of an access point's alias.
 *
 * @throws {TypeError} for anything else, such as `s3://uploads` or `uploads/in`
 */
export function readBucket(text: string): string {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text ?? '')) {
    throw new TypeError(`bucket must be the name alone, such as my-uploads, not "${text ?? ''}"`);
  }
  return text;
}

/** @throws {TypeError} for anything but a bare origin: `null`, `*` and paths never match what a browser sends */
export function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    !url ||
    text.includes('*') ||
    !/^https?:$/.test(url.protocol) ||
    url.origin !== text.replace(/\/$/, '').toLowerCase()
  ) {
    throw new TypeError(`origins must be like https://www.example.com, not "${text}"`);
  }
  return url.origin;
}

/** What the signer itself stores beside each file. */
const OWN_METADATA = ['name', 'path'];

/** @throws {TypeError} for names that S3 would not keep as they are, and those that are the signer's own */
export function readMetadataNames(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => !/^[a-z0-9-]{1,64}$/.test(name));
  if (wrong !== undefined) {
    throw new TypeError(`metadata must be names of lower-case letters, digits and "-", not "${wrong}"`);
  }
  const own = names.find((name) => OWN_METADATA.includes(name));
  if (own) throw new TypeError(`metadata must not be called ${own}: under that name the signer keeps the file's own`);
  return names;
}

/** One line, without a stack, and without what the storage says of the account. */
function errorLog(secrets: readonly string[]): NonNullable<SignerOptions['onEvent']> {
  const redact = redactor(secrets);
  return function logError({ action, error, code, status }) {
    if (action !== 'error') return;
    const { error: what, at = '' } = describe(error);
    console.error(redact(`signer: ${status} ${code}: ${what} ${at && `(${at})`}`));
  };
}
