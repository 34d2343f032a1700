import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { SignerOptions } from '../core/options.ts';
import { MAX_SINGLE_UPLOAD_BYTES } from '../core/policy.ts';
import { resolveQuotas, type Quotas } from '../limits/quotas.ts';
import type { SettingValues } from './settings-table.ts';

type AlwaysSet = 'limits' | 'prefix' | 'expires' | 'ticketExpires' | 'method' | 'origins' | 'metadata';

/**
 * The options of `createSigner` that are read from variables. `client` and `authorize` are missing: the application creates
 * them, for example from `s3` and `auth`.
 */
export interface Config
  extends Omit<SignerOptions, 'client' | 'authorize' | 'secret' | AlwaysSet>, Required<Pick<SignerOptions, AlwaysSet>> {
  /** The port to listen on; 0 for any free one. Default 8787. */
  port: number;
  /** The value of SIGNER_AUTH. */
  auth: SettingValues['SIGNER_AUTH'];
  /** Undefined if SIGNER_SECRET is not set. */
  secret: string | undefined;
  /** For the S3 client. */
  s3: S3ClientConfig;
}

/** The region that the SDK needs to sign for a storage that has none. */
const REGION_OF_ENDPOINTS = 'us-east-1';

/** The options of `createSigner` from the values of the variables. */
export function toConfig(values: SettingValues): Config {
  return {
    port: values.PORT,
    bucket: values.S3_BUCKET,
    auth: values.SIGNER_AUTH,
    s3: s3ConfigOf(values),
    secret: values.SIGNER_SECRET,
    receiptSecret: values.SIGNER_RECEIPT_SECRET,
    audience: values.SIGNER_AUDIENCE,
    origins: values.SIGNER_ORIGINS,
    allowHeaders: values.SIGNER_ALLOW_HEADERS,
    limits: {
      maxFileSize: values.SIGNER_MAX_FILE_SIZE,
      minFileSize: values.SIGNER_MIN_FILE_SIZE,
      types: values.SIGNER_TYPES,
    },
    prefix: values.SIGNER_PREFIX,
    expires: values.SIGNER_EXPIRES,
    ticketExpires: values.SIGNER_TICKET_EXPIRES,
    method: values.SIGNER_METHOD,
    signAbsentHeaders: values.SIGNER_SIGN_ABSENT_HEADERS,
    conditionalWrites: values.SIGNER_CONDITIONAL_WRITES,
    uploadEndpoints: values.SIGNER_UPLOAD_ENDPOINTS,
    multipartFrom: values.SIGNER_MULTIPART_FROM,
    partSize: values.SIGNER_PART_SIZE,
    checksum: values.SIGNER_CHECKSUM,
    metadata: values.SIGNER_METADATA,
    allowDelete: values.SIGNER_ALLOW_DELETE,
    receipts: values.SIGNER_RECEIPTS,
    form: values.SIGNER_FORM && { maxFileSize: maxFormFileSize(values) },
    formRedirect: values.SIGNER_FORM_REDIRECT,
  };
}

const endpointOf = (values: SettingValues): string | undefined => values.AWS_ENDPOINT_URL_S3 ?? values.AWS_ENDPOINT_URL;

function s3ConfigOf(values: SettingValues): S3ClientConfig {
  const endpoint = endpointOf(values);
  const region = values.AWS_REGION ?? values.AWS_DEFAULT_REGION ?? (endpoint && REGION_OF_ENDPOINTS);
  const accessKeyId = values.AWS_ACCESS_KEY_ID;
  const secretAccessKey = values.AWS_SECRET_ACCESS_KEY;
  const sessionToken = values.AWS_SESSION_TOKEN;
  // Only the members that are set, so that the SDK's own defaults apply to the others.
  return {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    ...(values.S3_FORCE_PATH_STYLE && { forcePathStyle: true }),
    ...(accessKeyId &&
      secretAccessKey && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      }),
  };
}

/** A form counts as its largest file. If that were above the quota of a day, no form could be signed. */
function maxFormFileSize(values: SettingValues): number {
  const { own, total } = resolveQuotas(quotasOf(values)).bytes;
  return Math.min(own, total, MAX_SINGLE_UPLOAD_BYTES);
}

/** The quotas of owners and of all callers together. */
export const quotasOf = (values: SettingValues): Quotas => ({
  requestsPerMinute: values.SIGNER_REQUESTS_PER_MINUTE,
  filesPerDay: values.SIGNER_FILES_PER_DAY,
  bytesPerDay: values.SIGNER_BYTES_PER_DAY,
  openMultiparts: values.SIGNER_OPEN_MULTIPARTS,
  totalRequestsPerMinute: values.SIGNER_TOTAL_REQUESTS_PER_MINUTE,
  totalFilesPerDay: values.SIGNER_TOTAL_FILES_PER_DAY,
  totalBytesPerDay: values.SIGNER_TOTAL_BYTES_PER_DAY,
  totalOpenMultiparts: values.SIGNER_TOTAL_OPEN_MULTIPARTS,
});
