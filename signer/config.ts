import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm } from '../widget/core/protocol.ts';
import {
  envReader,
  list,
  oneOf,
  readSize,
  readSizeWithin,
  readSwitch,
  readWhole,
  type Env,
  type EnvReader,
} from './env.ts';
import { COMMON_TYPES, isActive, isTypeOrWildcard } from './media-types.ts';
import { MAX_PART, MIN_PART } from './multipart.ts';
import { readOrigin, type SignerOptions } from './options.ts';
import { normalPrefix, SINGLE_MAX } from './policy.ts';
import { readSecrets } from './seal.ts';
import { readUrl } from './url.ts';

/** The signer's settings, but for what an entry makes of them: the client, and who may upload. */
export interface Config extends Omit<SignerOptions, 'client' | 'authorize' | 'secret'> {
  /** Default 8787; 0 for any free one. */
  port: number;
  auth: (typeof AUTH_MODES)[number];
  /** Absent where SIGNER_SECRET is not set. */
  secret: string | undefined;
  s3: S3ClientConfig;
}

export const AUTH_MODES = ['token', 'jwt', 'forward', 'public'] as const;

const CHECKSUMS = ['crc32', 'crc32c', 'crc64nvme', 'sha256'] as const satisfies readonly ChecksumAlgorithm[];

/**
 * Reads the signer's settings. Pure: the entry passes what its platform calls the environment.
 *
 * @throws {ConfigError} naming every variable that is missing or wrong, and how to mend it
 */
export function readConfig(env: Env): Config {
  const reader = envReader(env);
  const config = configFrom(env, reader);
  reader.finish();
  return config;
}

/** The same, for those who have more to read; they finish the reader. */
export function configFrom(env: Env, { faults, read }: EnvReader): Config {
  const bucket = read('S3_BUCKET', (text) => text, '');
  if (!bucket) faults.push('S3_BUCKET: not set; name the bucket that takes the uploads');
  const auth = read('SIGNER_AUTH', oneOf(AUTH_MODES), 'token');
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

  return {
    port: read('PORT', readWhole(0, 65_535), 8787),
    bucket,
    auth,
    s3,
    secret: read('SIGNER_SECRET', (text) => (readSecrets(text), text), undefined),
    origins: read('SIGNER_ORIGINS', (text) => list(text).map(readOrigin), []),
    allowHeaders: read('SIGNER_ALLOW_HEADERS', readHeaders, []),
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
}

function readTypes(text: string): string[] {
  const types = list(text.toLowerCase());
  for (const type of types) {
    if (!isTypeOrWildcard(type)) throw new TypeError(`must be types such as image/png or image/*, not "${type}"`);
    if (isActive(type)) throw new TypeError(`must not name ${type}: browsers run it as a page of the bucket's origin`);
  }
  if (types.length === 0) throw new TypeError('names no type');
  return types;
}

function readHeaders(text: string): string[] {
  const names = list(text);
  const wrong = names.find((name) => !/^[A-Za-z0-9-]+$/.test(name));
  if (wrong) throw new TypeError(`must be names of headers such as X-Api-Key, not "${wrong}"`);
  return names;
}

function readNames(text: string): string[] {
  const names = list(text);
  const wrong = names.find((name) => !/^[a-z0-9-]{1,64}$/.test(name));
  if (wrong) throw new TypeError(`must be names of lower-case letters, digits and "-", not "${wrong}"`);
  return names;
}
