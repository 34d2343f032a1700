import { createAuthorize, type AuthSettings } from '../auth/create-authorize.ts';
import { readQuarantinePrefix } from '../core/quarantine-key.ts';
import { SAME_SECRET } from '../core/resolve-options.ts';
import { GENERATE_SECRET } from '../core/secret-strength.ts';
import type { Env } from './env.ts';
import type { ParsedSettings } from './parse-settings.ts';
import { SETTINGS, type SettingName, type SettingValues } from './settings-table.ts';

/** Finds the faults of variables that depend on each other. One line for each, as in `ParsedSettings.faults`. */
export function checkSettings(env: Env, { values, faulty }: ParsedSettings): string[] {
  const isSet = (name: SettingName): boolean => Boolean(env[name]?.trim());
  const faults: string[] = [];

  const hasRegion = isSet('AWS_REGION') || isSet('AWS_DEFAULT_REGION') || isSet('AWS_PROFILE');
  const hasEndpoint = values.AWS_ENDPOINT_URL_S3 !== undefined || values.AWS_ENDPOINT_URL !== undefined;
  if (!hasRegion && !hasEndpoint) {
    faults.push('AWS_REGION: not set; set it to the region of the bucket, such as eu-central-1');
  }
  if (isSet('AWS_ACCESS_KEY_ID') !== isSet('AWS_SECRET_ACCESS_KEY')) {
    const [given, missing] = isSet('AWS_ACCESS_KEY_ID')
      ? (['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const)
      : (['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'] as const);
    if (!faulty.has(missing)) faults.push(`${missing}: not set; set it too, because ${given} is set`);
  }
  const { SIGNER_MIN_FILE_SIZE: minFileSize, SIGNER_MAX_FILE_SIZE: maxFileSize } = values;
  if (minFileSize !== undefined && maxFileSize !== undefined && minFileSize > maxFileSize) {
    faults.push('SIGNER_MIN_FILE_SIZE: must not be above SIGNER_MAX_FILE_SIZE; lower it');
  }
  if (values.SIGNER_WEBHOOK_URL && !isSet('SIGNER_WEBHOOK_SECRET')) {
    faults.push('SIGNER_WEBHOOK_SECRET: not set; SIGNER_WEBHOOK_URL needs it; generate one with: openssl rand -hex 32');
  }
  if (values.SIGNER_WEBHOOK_URL && values.SIGNER_RECEIPTS === false) {
    faults.push(
      'SIGNER_RECEIPTS: must not be 0 with SIGNER_WEBHOOK_URL: without receipts, pages do not confirm small files, and the ' +
        'webhook would not be sent for them; unset it',
    );
  }
  faults.push(...sharedSecrets(env, values));
  if (isSet('SIGNER_QUARANTINE_PREFIX') && !isSet('SIGNER_QUARANTINE')) {
    faults.push(
      'SIGNER_QUARANTINE: not set; set it to 1, or unset SIGNER_QUARANTINE_PREFIX, which has no effect alone',
    );
  }
  if (values.SIGNER_QUARANTINE) {
    if (!isSet('SIGNER_WEBHOOK_URL')) {
      faults.push('SIGNER_WEBHOOK_URL: not set; SIGNER_QUARANTINE needs it, because its response decides about a file');
    }
    try {
      readQuarantinePrefix(values.SIGNER_QUARANTINE_PREFIX ?? '', values.SIGNER_PREFIX ?? '');
    } catch (error) {
      faults.push(`SIGNER_QUARANTINE_PREFIX: ${(error as Error).message}`);
    }
  }
  return [...faults, ...authFaults(values, faulty)];
}

/**
 * Finds secrets that two variables have. Each has other holders: the signer, the storage, an issuer, callers, and the
 * application, which has both the secret of receipts and that of webhooks.
 */
function sharedSecrets(env: Env, values: Partial<SettingValues>): string[] {
  const split = (text = ''): string[] => text.split(',').flatMap((each) => each.trim().replace(/^whsec_/, '') || []);
  const secrets: [name: string, holder: string, secrets: string[]][] = [
    ['SIGNER_SECRET', 'signer', split(values.SIGNER_SECRET)],
    ['AWS_SECRET_ACCESS_KEY', 'storage', split(env.AWS_SECRET_ACCESS_KEY)],
    ['SIGNER_RECEIPT_SECRET', 'application', split(values.SIGNER_RECEIPT_SECRET)],
    ['SIGNER_WEBHOOK_SECRET', 'application', split(values.SIGNER_WEBHOOK_SECRET)],
    ['SIGNER_JWT_SECRET', 'issuer', split(values.SIGNER_JWT_SECRET)],
    ['SIGNER_TOKENS', 'callers', values.SIGNER_TOKENS?.map(({ token }) => token) ?? []],
  ];
  return secrets.flatMap(([name, holder, own], i) => {
    const shared = secrets
      .slice(0, i)
      .find((other) => other[1] !== holder && other[2].some((each) => own.includes(each)));
    if (!shared) return [];
    return shared[0] === 'SIGNER_SECRET'
      ? `${name}: ${SAME_SECRET}`
      : `${name}: must differ from ${shared[0]}, which has other holders; ${GENERATE_SECRET}`;
  });
}

function authFaults(values: Partial<SettingValues>, faulty: ReadonlySet<string>): string[] {
  // A faulty variable would be reported a second time.
  const isFaulty = Object.entries(SETTINGS).some(([name, { group }]) => group === 'auth' && faulty.has(name));
  if (isFaulty) return [];
  const auth = authSettings(values as SettingValues);
  const missing = missingOf(auth);
  if (missing.length > 0) return missing;
  try {
    createAuthorize(auth);
    return [];
  } catch (error) {
    const names = auth.mode === 'token' ? 'SIGNER_TOKENS' : 'SIGNER_JWKS_URL, SIGNER_JWT_SECRET, SIGNER_JWT_ALGORITHM';
    return [`${names}: ${(error as Error).message}`];
  }
}

/** The variables that the chosen mode needs and that are not set. */
function missingOf(auth: AuthSettings): string[] {
  if (auth.mode === 'forward' && !auth.url) {
    return [
      'SIGNER_FORWARD_URL: not set; set it to the URL of your application that responds with 2xx to callers who may upload',
    ];
  }
  if (auth.mode !== 'jwt') return [];
  const faults: string[] = [];
  if (!auth.jwksUrl && !auth.secret) {
    faults.push('SIGNER_JWKS_URL: not set; set it to the URL of the issuer’s keys, or set SIGNER_JWT_SECRET');
  }
  if (!auth.issuer) {
    faults.push('SIGNER_JWT_ISSUER: not set; set it to the iss of the tokens, or any issuer with this key is accepted');
  }
  if (!auth.audience) {
    faults.push(
      'SIGNER_JWT_AUDIENCE: not set; set it to the aud of the tokens, or tokens for other services are accepted',
    );
  }
  return faults;
}

/** Who may upload, from the variables of the chosen mode. */
export function authSettings(values: SettingValues): AuthSettings {
  const mode = values.SIGNER_AUTH;
  switch (mode) {
    case 'token':
      return { mode, tokens: values.SIGNER_TOKENS };
    case 'jwt':
      return {
        mode,
        jwksUrl: values.SIGNER_JWKS_URL,
        secret: values.SIGNER_JWT_SECRET,
        algorithm: values.SIGNER_JWT_ALGORITHM,
        issuer: values.SIGNER_JWT_ISSUER ?? '',
        audience: values.SIGNER_JWT_AUDIENCE ?? '',
        ownerClaim: values.SIGNER_JWT_OWNER,
        cookie: values.SIGNER_JWT_COOKIE,
      };
    case 'forward':
      return { mode, url: values.SIGNER_FORWARD_URL ?? '' };
    case 'public':
      return { mode };
  }
}
