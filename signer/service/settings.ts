import type { AuthSettings } from '../auth/create-authorize.ts';
import type { AddressRange } from '../limits/client-address.ts';
import type { Quotas } from '../limits/limiter.ts';
import { authSettings, checkSettings } from './check-settings.ts';
import { toConfig, type Config } from './config.ts';
import { ConfigError, type Env } from './env.ts';
import { parseSettings } from './parse-settings.ts';
import type { Platform } from './setting.ts';
import type { SettingValues } from './settings-table.ts';

/** All settings of the service. */
export interface Settings {
  config: Config;
  auth: AuthSettings;
  quotas: Quotas;
  redisUrl: string | undefined;
  trustedProxies: AddressRange[];
  webhook: { url: string; secret: string } | undefined;
  /** Where to serve the metrics. */
  metrics: { port: number; host: string } | undefined;
  /** Strings that must not appear in any log. */
  secrets: string[];
}

/**
 * Reads all settings from environment variables, as `settings-table.ts` describes them.
 *
 * @param platform refuses variables that cannot be used there; default `node`
 * @throws {ConfigError} with every variable that is missing, invalid or unknown, and how to fix it
 */
export function readSettings(env: Env, platform: Platform = 'node'): Settings {
  const parsed = parseSettings(env, platform);
  const faults = [...parsed.faults, ...checkSettings(env, parsed)];
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  // Without a fault, every required variable is set.
  const values = parsed.values as SettingValues;
  const { SIGNER_WEBHOOK_URL: url, SIGNER_WEBHOOK_SECRET: secret, SIGNER_METRICS_PORT: metricsPort } = values;
  return {
    config: toConfig(values),
    auth: authSettings(values),
    quotas: quotasOf(values),
    redisUrl: values.SIGNER_REDIS_URL,
    trustedProxies: values.SIGNER_TRUSTED_PROXIES,
    webhook: url && secret ? { url, secret } : undefined,
    metrics: metricsPort === undefined ? undefined : { port: metricsPort, host: values.SIGNER_METRICS_HOST },
    secrets: parsed.secrets,
  };
}

/**
 * Reads the options of `createSigner` from environment variables, for an application that mounts the signer itself. All
 * variables are checked, also those that only the service uses.
 *
 * @throws {ConfigError} as `readSettings`
 */
export const readConfig = (env: Env): Config => readSettings(env).config;

const quotasOf = (values: SettingValues): Quotas => ({
  requestsPerMinute: values.SIGNER_REQUESTS_PER_MINUTE,
  filesPerDay: values.SIGNER_FILES_PER_DAY,
  bytesPerDay: values.SIGNER_BYTES_PER_DAY,
  openMultiparts: values.SIGNER_OPEN_MULTIPARTS,
  totalRequestsPerMinute: values.SIGNER_TOTAL_REQUESTS_PER_MINUTE,
  totalFilesPerDay: values.SIGNER_TOTAL_FILES_PER_DAY,
  totalBytesPerDay: values.SIGNER_TOTAL_BYTES_PER_DAY,
  totalOpenMultiparts: values.SIGNER_TOTAL_OPEN_MULTIPARTS,
});
