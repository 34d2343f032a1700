import { DEFAULTS, RANGES } from './defaults.ts';
import { summarizeError } from './error-summary.ts';
import { mergeFileLimits } from './file-limits.ts';
import { normalizePrefix } from './key-prefix.ts';
import type { SignerOptions } from './options.ts';
import { MAX_SINGLE_UPLOAD_BYTES } from './policy.ts';
import { DEFAULT_QUARANTINE_PREFIX, DEFAULT_WAIT_MS } from './quarantine-option.ts';
import { readQuarantinePrefix } from './quarantine-key.ts';
import { readOption } from './read-option.ts';
import { createRedactor } from './redact.ts';
import { readSecrets } from './sealed-token.ts';
import { GENERATE_SECRET } from './secret-strength.ts';
import { readUploadEndpoint } from './upload-endpoints.ts';

/** The options of a signer, checked, with all defaults filled in. */
export type ResolvedOptions = ReturnType<typeof resolveOptions>;

/** @throws {TypeError} with the name of the option that is missing or invalid */
export function resolveOptions(options: SignerOptions) {
  const { client, authorize, onUploaded, limiter, formRedirect, checksum } = options;
  if (!client) throw new TypeError('createSigner needs client, an S3Client');
  for (const name of ['origins', 'allowHeaders', 'metadata', 'uploadEndpoints'] as const) {
    if (!Array.isArray(options[name] ?? [])) throw new TypeError(`${name} must be a list of texts`);
  }
  if (typeof authorize !== 'function') {
    throw new TypeError('createSigner needs authorize, which decides who may upload; pass publicAccess to let anyone');
  }
  if (onUploaded && options.receipts === false) {
    throw new TypeError(
      'receipts must not be false with onUploaded: without receipts, pages do not confirm small files, and onUploaded would ' +
        'not be called for them',
    );
  }
  const secrets = readOption('secret', () => readSecrets(options.secret));
  const receiptSecrets = readReceiptSecrets(options.receiptSecret, secrets);
  if (formRedirect && !URL.canParse(formRedirect)) throw new TypeError('formRedirect must be an absolute URL');
  const prefix = readOption('prefix', () => normalizePrefix(options.prefix ?? DEFAULTS.prefix));
  return {
    client,
    bucket: readOption('bucket', () => readBucket(options.bucket)),
    authorize,
    secrets,
    receiptSecrets,
    audience: readOption('audience', () => readAudience(options.audience ?? prefix)),
    origins: (options.origins ?? []).map((origin) => readOption('origins', () => readOrigin(origin))),
    allowHeaders: options.allowHeaders ?? [],
    limits: mergeFileLimits(DEFAULTS.limits, options.limits),
    prefix,
    expires: readNumber('expires', options),
    ticketExpires: readNumber('ticketExpires', options),
    method: options.method ?? DEFAULTS.method,
    signAbsentHeaders: options.signAbsentHeaders ?? DEFAULTS.signAbsentHeaders,
    conditionalWrites: options.conditionalWrites,
    uploadEndpoints: (options.uploadEndpoints ?? []).map((url) =>
      readOption('uploadEndpoints', () => readUploadEndpoint(url)),
    ),
    multipartFrom: readNumber('multipartFrom', options),
    partSize: readNumber('partSize', options),
    checksum,
    metadata: readOption('metadata', () => readMetadataNames(options.metadata ?? [])),
    allowDelete: options.allowDelete ?? DEFAULTS.allowDelete,
    issuesReceipts: options.receipts ?? Boolean(onUploaded),
    form: readForm(options.form),
    quarantine: readQuarantine(options.quarantine, prefix),
    onUploaded,
    limiter,
    onEvent: options.onEvent ?? errorLog([...secrets, ...receiptSecrets]),
    formRedirect,
  };
}

/**
 * The secrets of the receipts: the signer's own by default, from which another key is derived.
 *
 * @throws {TypeError} if one is the signer's own: the applications that verify receipts could make tickets
 */
function readReceiptSecrets(given: SignerOptions['receiptSecret'], secrets: readonly string[]): readonly string[] {
  if (given === undefined) return secrets;
  const receiptSecrets = readOption('receiptSecret', () => readSecrets(given, 'SIGNER_RECEIPT_SECRET'));
  if (receiptSecrets.some((each) => secrets.includes(each))) throw new TypeError(`receiptSecret ${SAME_SECRET}`);
  return receiptSecrets;
}

/** The message for another secret that equals the signer's own, without the option's name. */
export const SAME_SECRET =
  'must differ from the signer’s own secret, with which an application could make tickets; ' + GENERATE_SECRET;

/** Maximum characters of an audience, so that tickets stay short: a prefix has as many, with its slash. */
const MAX_AUDIENCE_CHARACTERS = 257;

/** @throws {TypeError} if it is longer than a prefix */
export function readAudience(audience: string): string {
  if (typeof audience !== 'string' || audience.length > MAX_AUDIENCE_CHARACTERS) {
    throw new TypeError(`must be a text of at most ${MAX_AUDIENCE_CHARACTERS} characters`);
  }
  return audience;
}

/** @returns undefined if files are stored under their final key at once */
function readQuarantine(quarantine: SignerOptions['quarantine'], signerPrefix: string) {
  if (!quarantine) return undefined;
  const { accept, wait = DEFAULT_WAIT_MS } = quarantine;
  if (typeof accept !== 'function')
    throw new TypeError('quarantine.accept must be a function that decides about a file');
  if (!(wait >= 0)) throw new TypeError(`quarantine.wait must be a number of milliseconds, not ${wait}`);
  const prefix = readOption('quarantine.prefix', () =>
    readQuarantinePrefix(quarantine.prefix ?? DEFAULT_QUARANTINE_PREFIX, signerPrefix),
  );
  return { prefix, accept, wait };
}

/** @returns undefined if the signer offers no form */
function readForm(form: SignerOptions['form'] = DEFAULTS.form): { maxFileSize: number } | undefined {
  if (!form) return undefined;
  const { maxFileSize } = form === true ? { maxFileSize: MAX_SINGLE_UPLOAD_BYTES } : form;
  if (!(maxFileSize >= 0)) throw new TypeError(`form.maxFileSize must be a number of bytes, not ${maxFileSize}`);
  return { maxFileSize };
}

function readNumber(name: keyof typeof RANGES, options: SignerOptions): number {
  const { [name]: value = DEFAULTS[name] } = options;
  const [min, max] = RANGES[name];
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new TypeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
}

/**
 * The name of a bucket, as AWS allows it. The alias of an access point has the same form.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 *
 * @throws {TypeError} for anything else, such as `s3://uploads` or `uploads/in`
 */
export function readBucket(text: string): string {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text ?? '')) {
    throw new TypeError(`must be the bucket's name alone, such as my-uploads, not "${text ?? ''}"`);
  }
  return text;
}

/**
 * An exact origin, with its scheme: apps and browser extensions have schemes of their own, such as `capacitor://localhost`.
 *
 * @throws {TypeError} for anything else: browsers never send `*` or a path, and `null` is the origin of any file or sandbox
 */
export function readOrigin(text: string): string {
  const origin = text.replace(/\/$/, '').toLowerCase();
  const isOrigin =
    /^[a-z][a-z0-9+.-]*:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.test(origin) && URL.canParse(origin);
  // for a scheme of the web, the URL's own form is the one that browsers send, without a default port
  const isWeb = /^(https?|wss?|ftp|file):/.test(origin);
  if (!isOrigin || (isWeb && (!origin.startsWith('http') || new URL(origin).origin !== origin))) {
    throw new TypeError(
      `must be an exact origin such as https://www.example.com or capacitor://localhost, not "${text}"`,
    );
  }
  return origin;
}

/** Names that the signer itself stores with each file. */
const RESERVED_METADATA = ['name', 'path'];

/** @throws {TypeError} for a name that S3 would change, or that the signer uses itself */
export function readMetadataNames(names: readonly string[]): readonly string[] {
  const invalid = names.find((name) => !/^[a-z0-9-]{1,64}$/.test(name));
  if (invalid !== undefined) {
    throw new TypeError(`must be names of lower-case letters, digits and "-", not "${invalid}"`);
  }
  const reserved = names.find((name) => RESERVED_METADATA.includes(name));
  if (reserved) throw new TypeError(`must not contain "${reserved}", which the signer sets itself`);
  return names;
}

/** The default `onEvent`: one line for each error, without a stack and without the storage's message. */
function errorLog(secrets: readonly string[]): NonNullable<SignerOptions['onEvent']> {
  const redact = createRedactor(secrets);
  return function logError({ action, error, code, status }) {
    if (action !== 'error') return;
    const { error: message, at = '' } = summarizeError(error);
    console.error(redact(`signer: ${status} ${code}: ${message} ${at && `(${at})`}`));
  };
}
