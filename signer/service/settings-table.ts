import { JWT_ALGORITHMS } from '../auth/jwt.ts';
import { readTokens } from '../auth/token.ts';
import { CHECKSUM_ALGORITHMS } from '../core/checksums.ts';
import { DEFAULTS, RANGES } from '../core/defaults.ts';
import { readHttpUrl } from '../core/http-url.ts';
import { normalizePrefix } from '../core/key-prefix.ts';
import { checkTypes } from '../core/media-types.ts';
import { DEFAULT_QUARANTINE_PREFIX } from '../core/quarantine-option.ts';
import { readAudience, readBucket, readMetadataNames, readOrigin } from '../core/resolve-options.ts';
import { readSecrets } from '../core/sealed-token.ts';
import { GENERATE_SECRET } from '../core/secret-strength.ts';
import { readServiceUrl } from '../core/service-url.ts';
import { readUploadEndpoint } from '../core/upload-endpoints.ts';
import { readRange } from '../limits/client-address.ts';
import { DEFAULT_QUOTAS } from '../limits/quotas.ts';
import { setting, type SettingValue } from './setting.ts';
import {
  anyText,
  count,
  headerNames,
  oneOf,
  parsedBy,
  passwordsIn,
  redisUrl,
  region,
  size,
  sizeWithin,
  splitList,
  toggle,
  wholeNumber,
} from './setting-schemas.ts';
import { formatSize } from './size.ts';
import { readWebhookSecret } from './webhook-request.ts';

const all = (text: string): string[] => [text];
const NO_ROLE = 'Workers have no role that provides credentials';
const NO_SHARED_MEMORY =
  'its instances share no memory; unset it, and limit requests with a rate-limiting rule of the zone';
const NO_PORT = 'no port stays open there; unset it';

/** How the README shows the default of an owner's quota. */
const orHalf = (fallback: number): string => `\`${fallback}\`, at most half of the total`;
const HALF_OF_TOTAL = 'half of the total, if there is one';

const MAX_PORT = 65_535;

const AUTH_MODES = ['token', 'jwt', 'forward', 'public'] as const;

/** All settings. The parser, its messages and the tables of the README are made from this table. */
export const SETTINGS = {
  S3_BUCKET: setting(parsedBy(readBucket), {
    group: 'basics',
    description: 'The bucket.',
    required: 'set it to the name of the bucket for the uploads',
  }),
  AWS_REGION: setting(region, {
    group: 'basics',
    description: 'Its region. With an endpoint, the default is `us-east-1`.',
    defaultText: 'required',
  }),
  AWS_DEFAULT_REGION: setting(region, {
    group: 'basics',
    description: 'The region, if `AWS_REGION` is not set.',
  }),
  AWS_ACCESS_KEY_ID: setting(anyText, {
    group: 'basics',
    description: 'Access key. Needs `AWS_SECRET_ACCESS_KEY`.',
    defaultText: 'role, profile, …',
    requiredOn: { worker: NO_ROLE },
  }),
  AWS_SECRET_ACCESS_KEY: setting(anyText, {
    group: 'basics',
    description: 'Secret of the access key.',
    secretsIn: all,
    requiredOn: { worker: NO_ROLE },
  }),
  AWS_SESSION_TOKEN: setting(anyText, {
    group: 'basics',
    description: 'Session token of a temporary access key.',
    secretsIn: all,
  }),
  AWS_PROFILE: setting(anyText, {
    group: 'basics',
    description: 'A profile of the AWS configuration files, for credentials and region.',
  }),
  AWS_ENDPOINT_URL_S3: setting(parsedBy(readHttpUrl), {
    group: 'basics',
    description: 'Endpoint of a storage other than AWS, such as `https://s3.example.com`.',
    defaultText: 'AWS',
  }),
  AWS_ENDPOINT_URL: setting(parsedBy(readHttpUrl), {
    group: 'basics',
    description: 'The endpoint, if `AWS_ENDPOINT_URL_S3` is not set.',
  }),
  S3_FORCE_PATH_STYLE: setting(toggle, {
    group: 'basics',
    description: '`1` if buckets of the storage have no host name of their own.',
    default: false,
  }),
  SIGNER_SECRET: setting(
    parsedBy((text) => (readSecrets(text), text)),
    {
      group: 'basics',
      description: 'Authenticates tickets and receipts. At least 32 characters; `new,old` to rotate.',
      defaultText: 'a new one at each start',
      requiredOn: {
        lambda: `on Lambda every instance needs the same; ${GENERATE_SECRET}`,
        worker: `on Workers every instance needs the same; ${GENERATE_SECRET}`,
      },
      secretsIn: all,
    },
  ),
  SIGNER_AUDIENCE: setting(parsedBy(readAudience), {
    group: 'basics',
    description: 'The signer’s name in its tickets and receipts. It refuses the tickets of another one.',
    defaultText: '`SIGNER_PREFIX`',
  }),
  SIGNER_ORIGINS: setting(
    parsedBy((text) => {
      const origins = splitList(text).map(readOrigin);
      if (origins.length === 0) throw new TypeError('must name an origin, such as https://www.example.com');
      return origins;
    }),
    {
      group: 'basics',
      description: 'Exact origins of the pages that may use the signer, separated by commas.',
      required:
        'set it to the origins of your pages, such as https://www.example.com; the signer cannot guess them: a reverse proxy ' +
        'may change the Host of a request, and any page can point a name of its own to the signer (DNS rebinding)',
    },
  ),
  SIGNER_ALLOW_HEADERS: setting(headerNames, {
    group: 'basics',
    description: 'Further request headers that your pages send, such as `X-Tenant`.',
    default: [],
    defaultText: 'none',
  }),
  PORT: setting(wholeNumber(0, MAX_PORT), {
    group: 'basics',
    description: 'The port to listen on. `0`: any free port.',
    default: 8787,
  }),

  SIGNER_AUTH: setting(oneOf(AUTH_MODES), {
    group: 'auth',
    description: 'Who may upload: `forward`, `jwt`, `token` or `public`, see above.',
    required:
      'it has no default because it decides who may write to your bucket; ' +
      `set it to one of: ${AUTH_MODES.join(', ')} (public lets anyone upload)`,
  }),
  SIGNER_FORWARD_URL: setting(parsedBy(readServiceUrl), {
    group: 'auth',
    description: '`forward`: the URL of your application that responds with 2xx to callers who may upload.',
  }),
  SIGNER_JWKS_URL: setting(parsedBy(readServiceUrl), {
    group: 'auth',
    description: '`jwt`: the URL of the issuer’s published keys. Either this or `SIGNER_JWT_SECRET`.',
  }),
  SIGNER_JWT_SECRET: setting(anyText, {
    group: 'auth',
    description: '`jwt`: the secret shared with the issuer. At least 32 bytes, of which 10 differ.',
    secretsIn: all,
  }),
  SIGNER_JWT_ISSUER: setting(anyText, {
    group: 'auth',
    description: '`jwt`: the required `iss` of the tokens.',
  }),
  SIGNER_JWT_AUDIENCE: setting(anyText, {
    group: 'auth',
    description: '`jwt`: the required `aud` of the tokens.',
  }),
  SIGNER_JWT_ALGORITHM: setting(oneOf(JWT_ALGORITHMS), {
    group: 'auth',
    description: '`jwt`: the only algorithm that is accepted.',
    defaultText: '`RS256`, or `HS256` with a secret',
  }),
  SIGNER_JWT_OWNER: setting(anyText, {
    group: 'auth',
    description: '`jwt`: the claim with the owner’s id.',
    defaultText: '`sub`',
  }),
  SIGNER_JWT_COOKIE: setting(anyText, {
    group: 'auth',
    description: '`jwt`: the cookie with the token, if it is not sent as a bearer token.',
  }),
  SIGNER_TOKENS: setting(parsedBy(readTokens), {
    group: 'auth',
    description: '`token`: `owner=token,owner=token`. Tokens of at least 16 characters, of which 6 differ.',
    default: [],
    defaultText: '',
    secretsIn: (text) => readTokens(text).map(({ token }) => token),
  }),

  SIGNER_TYPES: setting(
    parsedBy((text): readonly string[] => {
      const types = splitList(text.toLowerCase());
      checkTypes(types);
      return types;
    }),
    {
      group: 'files',
      description: 'Accepted types, such as `image/*,application/pdf`. HTML, SVG, XML and scripts are always refused.',
      default: DEFAULTS.limits.types,
      defaultText: 'common types',
    },
  ),
  SIGNER_MAX_FILE_SIZE: setting(size, {
    group: 'files',
    description: 'Maximum size of a file, in bytes or with a unit: `20MB`, `512KiB`.',
    default: DEFAULTS.limits.maxFileSize,
    defaultText: `\`${formatSize(DEFAULTS.limits.maxFileSize)}\``,
  }),
  SIGNER_MIN_FILE_SIZE: setting(size, {
    group: 'files',
    description: 'Minimum size of a file.',
    default: DEFAULTS.limits.minFileSize,
  }),
  SIGNER_PREFIX: setting(parsedBy(normalizePrefix), {
    group: 'files',
    description: 'The folder of all keys.',
    default: DEFAULTS.prefix,
  }),
  SIGNER_METADATA: setting(
    parsedBy((text) => readMetadataNames(splitList(text))),
    {
      group: 'files',
      description: 'Names of the metadata that a page may set, for all its files or for one.',
      default: [],
      defaultText: 'none',
    },
  ),
  SIGNER_CHECKSUM: setting(oneOf(CHECKSUM_ALGORITHMS), {
    group: 'files',
    description: '`crc32`, `crc32c`, `crc64nvme` or `sha256`: computed in the browser, verified by the storage.',
    defaultText: 'none',
  }),
  SIGNER_ALLOW_DELETE: setting(toggle, {
    group: 'files',
    description: '`1`: a ticket may delete the object that it was issued for.',
    default: DEFAULTS.allowDelete,
  }),
  SIGNER_METHOD: setting(oneOf(['auto', 'post', 'put']), {
    group: 'files',
    description:
      '`post`; `put` for R2, B2 and other storages without POST; `auto`: the browser may ask for PUT. ' +
      'A PUT needs a storage that refuses unsigned headers, which `doctor` checks.',
    default: DEFAULTS.method,
  }),
  SIGNER_SIGN_ABSENT_HEADERS: setting(toggle, {
    group: 'files',
    description:
      '`1` for storages such as Ceph’s gateway that accept unsigned headers with a PUT: these headers are signed as absent.',
    default: DEFAULTS.signAbsentHeaders,
  }),
  SIGNER_CONDITIONAL_WRITES: setting(toggle, {
    group: 'files',
    description:
      '`1`: an upload never replaces an object (`If-None-Match`). Needs a storage that supports it. `0`: it may.',
    defaultText: '`1` on AWS; elsewhere for POST only',
  }),
  SIGNER_UPLOAD_ENDPOINTS: setting(
    parsedBy((text) => splitList(text).map(readUploadEndpoint)),
    {
      group: 'files',
      description:
        'URLs of the bucket at its addresses, separated by commas. Files, and the parts of a file, are sent to them in turn.',
      defaultText: 'the bucket’s own address',
    },
  ),
  SIGNER_MULTIPART_FROM: setting(sizeWithin(...RANGES.multipartFrom), {
    group: 'files',
    description: 'Files of this size or more are multipart uploads.',
    default: DEFAULTS.multipartFrom,
    defaultText: `\`${formatSize(DEFAULTS.multipartFrom)}\``,
  }),
  SIGNER_PART_SIZE: setting(sizeWithin(...RANGES.partSize), {
    group: 'files',
    description:
      'Size of a part to aim at, `5MiB` to `5GiB`. A file has a multiple of six parts, unless they would be below `5MiB`.',
    default: DEFAULTS.partSize,
    defaultText: `\`${formatSize(DEFAULTS.partSize)}\``,
  }),
  SIGNER_EXPIRES: setting(wholeNumber(...RANGES.expires), {
    group: 'files',
    description: 'Seconds until a signature expires, at most 3600.',
    default: DEFAULTS.expires,
  }),
  SIGNER_TICKET_EXPIRES: setting(wholeNumber(...RANGES.ticketExpires), {
    group: 'files',
    description: 'Seconds that an upload may take, pauses included. At most 604800 (7 days).',
    default: DEFAULTS.ticketExpires,
  }),
  SIGNER_FORM: setting(toggle, {
    group: 'files',
    description: '`1`: offers [a form](#without-javascript) that uploads without a script.',
    default: DEFAULTS.form,
  }),
  SIGNER_FORM_REDIRECT: setting(parsedBy(readHttpUrl), {
    group: 'files',
    description: 'The absolute URL that the form returns to.',
    defaultText: 'the signer’s own page',
  }),

  SIGNER_REQUESTS_PER_MINUTE: setting(count, {
    group: 'limits',
    description:
      'Requests a minute of one owner; one that signs 10 files counts as 10. Also the failed sign-ins of one address.',
    defaultText: orHalf(DEFAULT_QUOTAS.requestsPerMinute),
    refusedOn: { worker: NO_SHARED_MEMORY },
  }),
  SIGNER_FILES_PER_DAY: setting(count, {
    group: 'limits',
    description: 'Files a day that are signed for one owner.',
    defaultText: HALF_OF_TOTAL,
    refusedOn: { worker: NO_SHARED_MEMORY },
  }),
  SIGNER_BYTES_PER_DAY: setting(size, {
    group: 'limits',
    description: 'Bytes a day that are signed for one owner; a unit is allowed: `20GB`.',
    defaultText: HALF_OF_TOTAL,
    refusedOn: { worker: NO_SHARED_MEMORY },
  }),
  SIGNER_OPEN_MULTIPARTS: setting(count, {
    group: 'limits',
    description: 'Multipart uploads of one owner that are neither completed nor aborted.',
    defaultText: orHalf(DEFAULT_QUOTAS.openMultiparts),
    refusedOn: { worker: NO_SHARED_MEMORY },
  }),
  SIGNER_TOTAL_REQUESTS_PER_MINUTE: setting(count, {
    group: 'limits',
    description: 'Requests a minute of all callers together.',
    default: 0,
    refusedOn: { worker: NO_SHARED_MEMORY },
  }),
  SIGNER_TOTAL_FILES_PER_DAY: setting(count, {
    group: 'limits',
    description: 'Files a day of all callers together.',
    default: 0,
    refusedOn: { worker: NO_SHARED_MEMORY },
  }),
  SIGNER_TOTAL_BYTES_PER_DAY: setting(size, {
    group: 'limits',
    description: 'Bytes a day of all callers together.',
    default: 0,
    refusedOn: { worker: NO_SHARED_MEMORY },
  }),
  SIGNER_TOTAL_OPEN_MULTIPARTS: setting(count, {
    group: 'limits',
    description: 'Multipart uploads of all callers together that are neither completed nor aborted.',
    default: 0,
    refusedOn: { worker: NO_SHARED_MEMORY },
  }),
  SIGNER_REDIS_URL: setting(redisUrl, {
    group: 'limits',
    description: 'Redis or Valkey, such as `redis://localhost:6379`: several instances of the signer count together.',
    secretsIn: passwordsIn,
    refusedOn: { worker: NO_SHARED_MEMORY },
  }),
  SIGNER_REDIS_FAILURE: setting(oneOf(['memory', 'refuse']), {
    group: 'limits',
    description:
      'While Redis is unavailable or refuses to count: `memory`: each instance counts by itself; `refuse`: requests get a 503.',
    default: 'memory',
    refusedOn: { worker: NO_SHARED_MEMORY },
  }),
  SIGNER_TRUSTED_PROXIES: setting(
    parsedBy((text) => splitList(text).map(readRange)),
    {
      group: 'limits',
      description: 'Proxies whose `X-Forwarded-For` is trusted, such as `10.0.0.0/8`.',
      default: [],
      defaultText: 'none',
      refusedOn: { worker: 'CF-Connecting-IP has the client’s address there; unset it' },
    },
  ),

  SIGNER_WEBHOOK_URL: setting(parsedBy(readServiceUrl), {
    group: 'completion',
    description: 'The URL of your application that is notified of each stored object.',
  }),
  SIGNER_WEBHOOK_SECRET: setting(
    parsedBy((text) => (readWebhookSecret(text), text)),
    {
      group: 'completion',
      description:
        'Signs the notifications, as [Standard Webhooks](https://www.standardwebhooks.com) defines it. At least 32 characters.',
      secretsIn: all,
    },
  ),
  SIGNER_RECEIPT_SECRET: setting(
    parsedBy((text) => (readSecrets(text), text)),
    {
      group: 'completion',
      description: 'Seals receipts, for applications that verify them: it makes no tickets. At least 32 characters.',
      defaultText: '`SIGNER_SECRET`',
      secretsIn: all,
    },
  ),
  SIGNER_QUARANTINE: setting(toggle, {
    group: 'completion',
    description:
      '`1`: files wait in [a quarantine](#quarantine) until the webhook’s response accepts them. Needs a webhook.',
    default: false,
  }),
  SIGNER_QUARANTINE_PREFIX: setting(parsedBy(normalizePrefix), {
    group: 'completion',
    description: 'The folder of the files that wait, outside of `SIGNER_PREFIX`.',
    default: DEFAULT_QUARANTINE_PREFIX,
  }),
  SIGNER_RECEIPTS: setting(toggle, {
    group: 'completion',
    description: '`1`: the browser fetches a sealed receipt for each upload.',
    defaultText: '`1` with a webhook, else `0`',
  }),

  SIGNER_LOG_ADDRESSES: setting(toggle, {
    group: 'metrics',
    description: '`0`: leaves the addresses of clients out of the log.',
    default: true,
  }),
  SIGNER_METRICS_PORT: setting(wholeNumber(0, MAX_PORT), {
    group: 'metrics',
    description: 'Serves Prometheus’s `/metrics` on this port.',
    defaultText: 'no metrics',
    refusedOn: { lambda: NO_PORT, worker: NO_PORT },
  }),
  SIGNER_METRICS_HOST: setting(anyText, {
    group: 'metrics',
    description: 'The address of that port. `0.0.0.0`: reachable from other machines.',
    default: '127.0.0.1',
    refusedOn: { lambda: NO_PORT, worker: NO_PORT },
  }),
};

/** The name of a variable. */
export type SettingName = keyof typeof SETTINGS;

/** The value of each setting. Undefined if the variable is not set and has no default. */
export type SettingValues = { readonly [Name in SettingName]: SettingValue<(typeof SETTINGS)[Name]> };
