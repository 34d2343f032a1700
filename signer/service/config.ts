import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm } from '../../widget/core/protocol.ts';
import { CHECKSUMS } from '../core/checksums.ts';
import { list, oneOf, readSize, readSizeWithin, readSwitch, readWhole, type Env, type EnvReader } from './env.ts';
import { checkTypes } from '../core/media-types.ts';
import { DEFAULTS, RANGES, readBucket, readMetadataNames, readOrigin, type SignerOptions } from '../core/options.ts';
import { normalPrefix } from '../core/policy.ts';
import { readSecrets } from '../core/sealed-token.ts';
import { readUrl } from '../core/url.ts';

type Given = 'limits' | 'prefix' | 'expires' | 'ticketExpires' | 'method' | 'origins' | 'metadata';

/** The signer's settings, but for what an entry makes of them: the client, and who may upload. */
export interface Config
  extends Omit<SignerOptions, 'client' | 'authorize' | 'secret' | Given>, Required<Pick<SignerOptions, Given>> {
  /** Default 8787; 0 for any free one. */
  port: number;
  auth: (typeof AUTH_MODES)[number];
  /** Absent where SIGNER_SECRET is not set. */
  secret: string | undefined;
  s3: S3ClientConfig;
}

export const AUTH_MODES = ['token', 'jwt', 'forward', 'public'] as const;

/** Reads them; whoever has more to read finishes the reader. */
export function configFrom(env: Env, { faults, read }: EnvReader): Config {
  const bucket = read('S3_BUCKET', readBucket, '');
  if (!env.S3_BUCKET?.trim()) faults.push('S3_BUCKET: not set; name the bucket that takes the uploads');
  const auth = read('SIGNER_AUTH', oneOf(AUTH_MODES), 'token');
  if (!env.SIGNER_AUTH?.trim()) {
    faults.push(
      'SIGNER_AUTH: not set, and there is no default, because it decides who may write to your bucket; ' +
        `set one of: ${AUTH_MODES.join(', ')} (public lets anyone upload)`,
    );
  }

  const endpoint = read('AWS_ENDPOINT_URL_S3', readUrl, read('AWS_ENDPOINT_URL', readUrl, undefined));
  const known = read('AWS_DEFAULT_REGION', readRegion, endpoint && 'us-east-1');
  const region = read('AWS_REGION', readRegion, known);
  const isNamed = [env.AWS_REGION, env.AWS_DEFAULT_REGION, env.AWS_PROFILE].some((each) => each?.trim());
  if (!region && !isNamed) faults.push('AWS_REGION: not set; name the region of the bucket, such as eu-central-1');
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

  const maxFileSize = read('SIGNER_MAX_FILE_SIZE', readSize, DEFAULTS.limits.maxFileSize);
  const minFileSize = read('SIGNER_MIN_FILE_SIZE', readSize, DEFAULTS.limits.minFileSize);
  if (minFileSize > maxFileSize) faults.push('SIGNER_MIN_FILE_SIZE: is above SIGNER_MAX_FILE_SIZE; lower it');

  return {
    port: read('PORT', readWhole(0, 65_535), 8787),
    bucket,
    auth,
    s3,
    secret: read('SIGNER_SECRET', (text) => (readSecrets(text), text), undefined),
    origins: read('SIGNER_ORIGINS', (text) => list(text).map(readOrigin), []),
    allowHeaders: read('SIGNER_ALLOW_HEADERS', readHeaders, []),
    limits: { maxFileSize, minFileSize, types: read('SIGNER_TYPES', readTypes, DEFAULTS.limits.types) },
    prefix: read('SIGNER_PREFIX', normalPrefix, DEFAULTS.prefix),
    expires: read('SIGNER_EXPIRES', readWhole(...RANGES.expires), DEFAULTS.expires),
    ticketExpires: read('SIGNER_TICKET_EXPIRES', readWhole(...RANGES.ticketExpires), DEFAULTS.ticketExpires),
    method: read('SIGNER_METHOD', oneOf(['auto', 'post', 'put'] as const), DEFAULTS.method),
    multipartFrom: read('SIGNER_MULTIPART_FROM', readSizeWithin(...RANGES.multipartFrom), DEFAULTS.multipartFrom),
    partSize: read('SIGNER_PART_SIZE', readSizeWithin(...RANGES.partSize), DEFAULTS.partSize),
    checksum: read<ChecksumAlgorithm | undefined>('SIGNER_CHECKSUM', oneOf(CHECKSUMS), undefined),
    metadata: read('SIGNER_METADATA', (text) => readMetadataNames(list(text)), []),
    allowDelete: read('SIGNER_ALLOW_DELETE', readSwitch, DEFAULTS.allowDelete),
    receipts: read<boolean | undefined>('SIGNER_RECEIPTS', readSwitch, undefined),
    form: read('SIGNER_FORM', readSwitch, DEFAULTS.form),
    formRedirect: read<string | undefined>('SIGNER_FORM_REDIRECT', readUrl, undefined),
  };
}

function readTypes(text: string): string[] {
  const types = list(text.toLowerCase());
  checkTypes(types);
  return types;
}

function readHeaders(text: string): string[] {
  const names = list(text);
  const wrong = names.find((name) => !/^[A-Za-z0-9-]+$/.test(name));
  if (wrong) throw new TypeError(`must be names of headers such as X-Api-Key, not "${wrong}"`);
  return names;
}

function readRegion(text: string): string {
  if (!/^[A-Za-z0-9-]{1,63}$/.test(text)) throw new TypeError(`must be a region such as eu-central-1, not "${text}"`);
  return text;
}
