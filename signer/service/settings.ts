import type { AuthSettings } from '../auth/create-authorize.ts';
import type { AddressRange } from '../limits/client-address.ts';
import type { Quotas } from '../limits/quotas.ts';
import { authSettings, checkSettings } from './check-settings.ts';
import { quotasOf, toConfig, type Config } from './config.ts';
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
  /** What happens while Redis is unavailable or refuses to count. */
  redisFailure: SettingValues['SIGNER_REDIS_FAILURE'];
  trustedProxies: AddressRange[];
  /** Whether the lines of the log have the client's address. */
  logsAddresses: boolean;
  webhook: { url: string; secret: string } | undefined;
  /** The folder of the files whose verdict the webhook has not given yet. Undefined: files are not checked. */
  quarantinePrefix: string | undefined;
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
    redisFailure: values.SIGNER_REDIS_FAILURE,
    trustedProxies: values.SIGNER_TRUSTED_PROXIES,
    logsAddresses: values.SIGNER_LOG_ADDRESSES,
    webhook: url && secret ? { url, secret } : undefined,
    quarantinePrefix: values.SIGNER_QUARANTINE ? values.SIGNER_QUARANTINE_PREFIX : undefined,
    metrics: metricsPort === undefined ? undefined : { port: metricsPort, host: values.SIGNER_METRICS_HOST },
    secrets: parsed.secrets,
  };
}

/**
 * Reads the options of `createSigner` from environment variables, for an application that mounts the signer itself. All
 * variables are checked, also those that only the service uses.
 *
 * @throws {ConfigError} as `readSettings`; and for `SIGNER_QUARANTINE`, without which files would be accepted unchecked
 */
export function readConfig(env: Env): Config {
  const { config, quarantinePrefix } = readSettings(env);
  if (quarantinePrefix === undefined) return config;
  throw new ConfigError(
    'SIGNER_QUARANTINE: readConfig does not return it; unset it, and pass quarantine to createSigner, such as ' +
      '{ accept: webhookVerdict({ url, secret }) }',
  );
}
