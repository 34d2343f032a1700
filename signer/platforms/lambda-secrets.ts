import { createHash, createHmac } from 'node:crypto';
import { ConfigError, type Env } from '../service/env.ts';

/** The variable that names the secrets: ARNs or names, separated by commas. */
export const SECRETS_VARIABLE = 'SIGNER_SECRETS';

/** Milliseconds. A function that cannot read its secrets must fail before its own timeout, so that the log says why. */
const TIMEOUT_MS = 5000;

/** The variables that a function needs to read its secrets. A secret must not replace them, or other settings of Lambda. */
const RESERVED = /^(AWS_|LAMBDA_|_)/;

/**
 * Adds the variables that are stored in AWS Secrets Manager, so that they are not among the function's variables, which
 * everyone can read who may read its configuration. Each secret is a JSON object of variables, such as
 * `{"SIGNER_SECRET": "…"}`. A variable of the function overrides the same one of a secret. An empty
 * variable does not: the template sets unused ones to an empty text.
 *
 * @throws {ConfigError} if a secret cannot be read, or is not such an object; it contains nothing of the secret
 */
export async function withSecrets(env: Env): Promise<Env> {
  const { [SECRETS_VARIABLE]: list = '', ...own } = env;
  const ids = list.split(',').flatMap((id) => id.trim() || []);
  const secrets = await Promise.all(ids.map((id) => readSecret(id, env)));
  const isSet = ([, value]: [string, string | undefined]): boolean => Boolean(value?.trim());
  return Object.assign({}, ...secrets, Object.fromEntries(Object.entries(own).filter(isSet))) as Env;
}

async function readSecret(id: string, env: Env): Promise<Env> {
  const fail = (reason: string) => new ConfigError(`${SECRETS_VARIABLE}: the secret ${id} ${reason}`);
  let response: Response;
  try {
    response = await fetch(signedRequest(JSON.stringify({ SecretId: id }), env));
  } catch (error) {
    throw fail(`could not be read: ${(error as Error).message}`);
  }
  const answer = (await response.json().catch(() => ({}))) as { __type?: string; SecretString?: string };
  if (!response.ok) throw fail(`could not be read: ${answer.__type ?? response.status}`);
  const variables = parse(answer.SecretString ?? '');
  if (!variables) throw fail('must be a JSON object whose values are texts, such as {"SIGNER_SECRET": "…"}');
  const reserved = Object.keys(variables).find((name) => RESERVED.test(name) || name === SECRETS_VARIABLE);
  if (reserved) throw fail(`must not set ${reserved}`);
  return variables;
}

function parse(text: string): Record<string, string> | undefined {
  try {
    const variables: unknown = JSON.parse(text);
    if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) return undefined;
    return Object.values(variables).every((value) => typeof value === 'string')
      ? (variables as Record<string, string>)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * GetSecretValue, signed with the function's own credentials. The SDK's client would add 1 MB to the bundle for one request.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
function signedRequest(body: string, env: Env, now = new Date()): Request {
  const region = env.AWS_REGION ?? '';
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL(env.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? `https://secretsmanager.${region}.${domain}`);
  const date = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${date.slice(0, 8)}/${region}/secretsmanager/aws4_request`;
  const headers: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.1',
    host: url.host,
    'x-amz-date': date,
    ...(env.AWS_SESSION_TOKEN && { 'x-amz-security-token': env.AWS_SESSION_TOKEN }),
    'x-amz-target': 'secretsmanager.GetSecretValue',
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const canonical = ['POST', '/', '', ...lines, '', names, sha256(body)].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer>((parent, part) => hmac(parent, part), Buffer.from(`AWS4${env.AWS_SECRET_ACCESS_KEY ?? ''}`));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString('hex');
  const { host: _host, ...sent } = headers;
  const credential = `${env.AWS_ACCESS_KEY_ID ?? ''}/${scope}`;
  return new Request(url, {
    method: 'POST',
    body,
    headers: {
      ...sent,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
    },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
