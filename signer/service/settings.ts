import { authorizeBy, type AuthSettings } from '../auth/index.ts';
import { ALGORITHMS } from '../auth/jwt.ts';
import { readTokens } from '../auth/token.ts';
import { readRange } from '../limits/client-address.ts';
import { configFrom, type Config } from './config.ts';
import { envReader, list, oneOf, readSize, readWhole, type Env, type EnvReader } from './env.ts';
import type { Quotas } from '../limits/quotas.ts';
import { SINGLE_MAX } from '../core/policy.ts';
import { readUrl } from '../core/url.ts';
import { readWebhookSecret } from './webhook.ts';

/** What the entries read: the signer's own settings, and those of the modules around it. */
export interface Settings {
  config: Config;
  auth: AuthSettings;
  quotas: Quotas;
  redisUrl: string | undefined;
  trustedProxies: ReturnType<typeof readRange>[];
  webhook: { url: string; secret: string } | undefined;
  /** Prometheus's, on a port of their own. */
  metrics: { port: number; host: string } | undefined;
  /** Values that must appear in no log. */
  secrets: (string | undefined)[];
}

/** Of one owner and of one address: many times what the tag asks for, and few enough for one core. */
const REQUESTS_PER_MINUTE = 6_000;

const COUNT = readWhole(0, Number.MAX_SAFE_INTEGER);

/**
 * @param required variables the entry cannot do without, and why
 * @throws {ConfigError} naming every variable that is missing, wrong or unknown, and how to mend it
 */
export function readSettings(env: Env, required: Readonly<Record<string, string>> = {}): Settings {
  const reader = envReader(env);
  const { faults, known, read } = reader;
  const plain = (name: string) => read<string | undefined>(name, (text) => text, undefined);
  const config = configFrom(env, reader);
  const auth = readAuth(config.auth, reader, plain);
  const quotas: Quotas = {
    requestsPerMinute: read('SIGNER_REQUESTS_PER_MINUTE', COUNT, REQUESTS_PER_MINUTE),
    filesPerDay: read('SIGNER_FILES_PER_DAY', COUNT, 0),
    bytesPerDay: read('SIGNER_BYTES_PER_DAY', readSize, 0),
    openMultiparts: read('SIGNER_OPEN_MULTIPARTS', COUNT, 0),
    totalRequestsPerMinute: read('SIGNER_TOTAL_REQUESTS_PER_MINUTE', COUNT, 0),
    totalFilesPerDay: read('SIGNER_TOTAL_FILES_PER_DAY', COUNT, 0),
    totalBytesPerDay: read('SIGNER_TOTAL_BYTES_PER_DAY', readSize, 0),
    totalOpenMultiparts: read('SIGNER_TOTAL_OPEN_MULTIPARTS', COUNT, 0),
  };
  // A form counts as the most it may take, and where that is more than a day's bytes, none could be had.
  const most = Math.min(quotas.bytesPerDay || Infinity, quotas.totalBytesPerDay || Infinity, SINGLE_MAX);
  if (config.form) config.form = { maxFileSize: most };
  const redisUrl = read<string | undefined>('SIGNER_REDIS_URL', readRedisUrl, undefined);
  const trustedProxies = read('SIGNER_TRUSTED_PROXIES', (text) => list(text).map(readRange), []);
  const metricsPort = read<number | undefined>('SIGNER_METRICS_PORT', readWhole(0, 65_535), undefined);
  const metricsHost = plain('SIGNER_METRICS_HOST') ?? '127.0.0.1';

  const url = read<string | undefined>('SIGNER_WEBHOOK_URL', readUrl, undefined);
  const secret = read<string | undefined>(
    'SIGNER_WEBHOOK_SECRET',
    (text) => (readWebhookSecret(text), text),
    undefined,
  );
  if (url && !env.SIGNER_WEBHOOK_SECRET?.trim()) {
    faults.push('SIGNER_WEBHOOK_SECRET: not set, but SIGNER_WEBHOOK_URL is; make one with: openssl rand -hex 32');
  }

  for (const [name, why] of Object.entries(required)) {
    if (!env[name]?.trim()) faults.push(`${name}: not set; ${why}`);
  }
  for (const name of Object.keys(env)) {
    // A misspelt limit would be no limit.
    if (name.startsWith('SIGNER_') && !known.has(name))
      faults.push(`${name}: there is no such setting; see the README`);
  }
  reader.finish();
  const { AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, SIGNER_SECRET, SIGNER_JWT_SECRET } = env;
  return {
    config,
    auth,
    quotas,
    redisUrl,
    trustedProxies,
    webhook: url && secret ? { url, secret } : undefined,
    metrics: metricsPort === undefined ? undefined : { port: metricsPort, host: metricsHost },
    secrets: [
      ...[AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, SIGNER_SECRET, SIGNER_JWT_SECRET, secret],
      ...(redisUrl ? passwordIn(redisUrl) : []),
      ...(auth.mode === 'token' ? auth.tokens.map(({ token }) => token) : []),
    ],
  };
}

/**
 * The signer's own settings, for an application that mounts it and decides by itself who may upload. What is misspelt, or
 * wrong in the settings of its modules, is named all the same.
 *
 * @throws {ConfigError} as `readSettings`
 */
export const readConfig = (env: Env): Config => readSettings(env).config;

/** Every variable is read in every mode, so that one of another mode is known, and not taken for a misspelling. */
function readAuth(
  mode: AuthSettings['mode'],
  { faults, read }: EnvReader,
  plain: (name: string) => string | undefined,
): AuthSettings {
  const tokens = read('SIGNER_TOKENS', readTokens, []);
  const url = read<string | undefined>('SIGNER_FORWARD_URL', readUrl, undefined);
  const jwt = {
    jwksUrl: read<string | undefined>('SIGNER_JWKS_URL', readUrl, undefined),
    secret: plain('SIGNER_JWT_SECRET'),
    algorithm: read<string | undefined>('SIGNER_JWT_ALGORITHM', oneOf(ALGORITHMS), undefined),
    issuer: plain('SIGNER_JWT_ISSUER') ?? '',
    audience: plain('SIGNER_JWT_AUDIENCE') ?? '',
    ownerClaim: plain('SIGNER_JWT_OWNER'),
    cookie: plain('SIGNER_JWT_COOKIE'),
  };
  const settings = (): AuthSettings => {
    switch (mode) {
      case 'token':
        return { mode, tokens };
      case 'jwt':
        return { mode, ...jwt };
      case 'forward':
        return { mode, url: url ?? '' };
      case 'public':
        return { mode };
    }
  };
  if (mode === 'forward' && !url) {
    faults.push(
      'SIGNER_FORWARD_URL: not set; name the URL of your application that answers 2xx to those who may upload',
    );
  }
  if (faults.length > 0) return settings();
  try {
    authorizeBy(settings());
  } catch (error) {
    const names = mode === 'token' ? 'SIGNER_TOKENS' : 'SIGNER_JWKS_URL, SIGNER_JWT_*';
    faults.push(`${names}: ${(error as Error).message}`);
  }
  return settings();
}

/** Never repeats the text: it may have a password in it. */
function readRedisUrl(text: string): string {
  if (!URL.canParse(text) || !/^rediss?:$/.test(new URL(text).protocol)) {
    throw new TypeError('must be a URL such as redis://localhost:6379');
  }
  passwordIn(text);
  return text;
}

/**
 * As it stands there, and as it is said to Redis.
 *
 * @throws {URIError} when its percent-encoding is none
 */
function passwordIn(url: string): string[] {
  const { password } = new URL(url);
  return [password, decodeURIComponent(password)];
}
