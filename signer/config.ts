import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm } from '../widget/core/protocol.ts';
import { COMMON_TYPES, isActive, isTypeOrWildcard } from './media-types.ts';
import { MAX_PART, MIN_PART } from './multipart.ts';
import { readOrigin, type SignerOptions } from './options.ts';
import { normalPrefix, SINGLE_MAX } from './policy.ts';
import { readSecrets } from './seal.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** The signer's settings, but for what an entry makes of them: the client, and who may upload. */
export interface Config extends Omit<SignerOptions, 'client' | 'authorize' | 'secret'> {
  /** Default 8787; 0 for any free one. */
  port: number;
  auth: string;
  /** Absent where SIGNER_SECRET is not set. */
  secret: string | undefined;
  s3: S3ClientConfig;
}

/** One line for each variable that cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export const AUTH_MODES = ['public'] as const;

const CHECKSUMS = ['crc32', 'crc32c', 'crc64nvme', 'sha256'] as const satisfies readonly ChecksumAlgorithm[];

/**
 * Reads the signer's settings. Pure: the entry passes what its platform calls the environment.
 *
 * @throws {ConfigError} naming every variable that is missing or wrong, and how to mend it
 */
export function readConfig(env: Env): Config {
  const faults: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T, fallback: T): T => {
    const text = env[name]?.trim();
    if (!text) return fallback;
    try {
      return parse(text);
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}`);
      return fallback;
    }
  };

  const bucket = read('S3_BUCKET', (text) => text, '');
  if (!bucket) faults.push('S3_BUCKET: not set; name the bucket that takes the uploads');
  const auth = read('SIGNER_AUTH', oneOf(AUTH_MODES), '' as (typeof AUTH_MODES)[number]);
  if (!env.SIGNER_AUTH?.trim()) {
    faults.push(
      'SIGNER_AUTH: not set, and there is no default, because it decides who may write to your bucket; ' +
        `set one of: ${AUTH_MODES.join(', ')} (public lets anyone upload)`,
    );
  }

  const endpoint = read('AWS_ENDPOINT_URL_S3', readUrl, read('AWS_ENDPOINT_URL', readUrl, undefined));
  const region = env.AWS_REGION?.trim() || env.AWS_DEFAULT_REGION?.trim() || (endpoint && 'us-east-1');
  if (!region && !env.AWS_PROFILE)
    faults.push('AWS_REGION: not set; name the region of the bucket, such as eu-central-1');
  const accessKeyId = env.AWS_ACCESS_KEY_ID?.trim();
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY?.trim();
  if (Boolean(accessKeyId) !== Boolean(secretAccessKey)) {
    faults.push(
      `AWS_${accessKeyId ? 'SECRET_ACCESS_KEY' : 'ACCESS_KEY_ID'}: not set, but the other half of the pair is`,
    );
  }
  const sessionToken = env.AWS_SESSION_TOKEN?.trim();
  const s3: S3ClientConfig = {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    ...(read('S3_FORCE_PATH_STYLE', readSwitch, false) && { forcePathStyle: true }),
    ...(accessKeyId &&
      secretAccessKey && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      }),
  };

  const maxFileSize = read('SIGNER_MAX_FILE_SIZE', readSize, 1024 ** 3);
  const minFileSize = read('SIGNER_MIN_FILE_SIZE', readSize, 0);
  if (minFileSize > maxFileSize) faults.push('SIGNER_MIN_FILE_SIZE: is above SIGNER_MAX_FILE_SIZE; lower it');

  const config: Config = {
    port: read('PORT', readWhole(0, 65_535), 8787),
    bucket,
    auth,
    s3,
    secret: read('SIGNER_SECRET', (text) => (readSecrets(text), text), undefined),
    origins: read('SIGNER_ORIGINS', (text) => list(text).map(readOrigin), []),
    limits: { maxFileSize, minFileSize, types: read('SIGNER_TYPES', readTypes, COMMON_TYPES) },
    prefix: read('SIGNER_PREFIX', normalPrefix, 'uploads/'),
    expires: read('SIGNER_EXPIRES', readWhole(1, 3600), 900),
    ticketExpires: read('SIGNER_TICKET_EXPIRES', readWhole(60, 604_800), 86_400),
    method: read('SIGNER_METHOD', oneOf(['auto', 'post', 'put'] as const), 'auto'),
    multipartFrom: read('SIGNER_MULTIPART_FROM', readSizeWithin(1, SINGLE_MAX), 16 * 1024 ** 2),
    partSize: read('SIGNER_PART_SIZE', readSizeWithin(MIN_PART, MAX_PART), 8 * 1024 ** 2),
    checksum: read<ChecksumAlgorithm | undefined>('SIGNER_CHECKSUM', oneOf(CHECKSUMS), undefined),
    metadata: read('SIGNER_METADATA', readNames, []),
    allowDelete: read('SIGNER_ALLOW_DELETE', readSwitch, false),
    receipts: read<boolean | undefined>('SIGNER_RECEIPTS', readSwitch, undefined),
    formRedirect: read<string | undefined>('SIGNER_FORM_REDIRECT', readUrl, undefined),
  };
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return config;
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);

const oneOf =
  <const T extends string>(values: readonly T[]) =>
  (text: string): T => {
    const value = values.find((each) => each === text);
    if (!value) throw new TypeError(`must be one of ${values.join(', ')}, not "${text}"`);
    return value;
  };

const readWhole =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max))
      throw new TypeError(`must be a whole number from ${min} to ${max}, not "${text}"`);
    return value;
  };

function readSwitch(text: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw new TypeError(`must be 1 or 0, not "${text}"`);
}

function readUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new TypeError(`must be a URL such as https://s3.example.com, not "${text}"`);
  }
  return text;
}

const UNITS: Record<string, number> = { '': 1, b: 1 };
for (const [i, letter] of ['k', 'm', 'g', 't'].entries()) {
  UNITS[`${letter}b`] = 1000 ** (i + 1);
  UNITS[`${letter}ib`] = 1024 ** (i + 1);
}

/** @throws {TypeError} for anything but bytes or a number with a unit: `20MB` is 20,000,000, `20MiB` is 20,971,520 */
export function readSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? NaN));
  if (!Number.isSafeInteger(bytes))
    throw new TypeError(`must be bytes, or a size such as 20MB or 512KiB, not "${text}"`);
  return bytes;
}

const readSizeWithin =
  (min: number, max: number) =>
  (text: string): number => {
    const bytes = readSize(text);
    if (bytes < min || bytes > max) throw new TypeError(`must be from ${min} to ${max} bytes, not "${text}"`);
    return bytes;
  };

function readTypes(text: string): string[] {
  const types = list(text.toLowerCase());
  for (const type of types) {
    if (!isTypeOrWildcard(type)) throw new TypeError(`must be types such as image/png or image/*, not "${type}"`);
    if (isActive(type)) throw new TypeError(`must not name ${type}: browsers run it as a page of the bucket's origin`);
  }
  if (types.length === 0) throw new TypeError('names no type');
  return types;
}

function readNames(text: string): string[] {
  const names = list(text);
  const wrong = names.find((name) => !/^[a-z0-9-]{1,64}$/.test(name));
  if (wrong) throw new TypeError(`must be names of lower-case letters, digits and "-", not "${wrong}"`);
  return names;
}
