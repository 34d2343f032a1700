import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { createPresigner } from '../core/presign.ts';
import { uploadKey } from '../core/quarantine-key.ts';
import { readOption } from '../core/read-option.ts';
import { readOrigin } from '../core/resolve-options.ts';
import { ConfigError, type Env } from '../service/env.ts';
import { readSettings, type Settings } from '../service/settings.ts';
import { diagnose } from './diagnose.ts';
import type { Change, Finding, Fix, Target } from './finding.ts';
import { asJson, asText, changeAsText, isHealthy, summary } from './print.ts';

const HELP = `s3-uploader-signer doctor: checks the signer's settings against the live bucket

Usage:
  s3-uploader-signer doctor --origin https://www.example.com

Options:
  --origin URL    Origin of a page with <s3-uploader>. May be repeated. Default: SIGNER_ORIGINS.
  --fix           Add the missing CORS and lifecycle rules to the bucket, and print each change before it is made.
                  Rules and origins of others are kept.
  --public-read   The bucket is meant to be readable by everyone.
  --json          Print JSON for programs.
  --help          Print this help.

The doctor reads the signer's own variables (S3_BUCKET, AWS_REGION, …). It stores a few bytes under doctor/ in the signer's
folder, and deletes them if its credentials allow it. Credentials that may also read the bucket's settings let it check more
than the signer's own.

Each line starts with ✓ (no fault), ✗ (a fault, with the fix below it) or ? (could not be checked).

Exit codes:
  0  No fault was found. Lines with ? do not count; --json then has "proved": false.
  1  A check found a fault.
  2  The options or the settings are invalid.
`;

/** Attempts of each request: a second one for a storage that is busy for a moment. */
const MAX_ATTEMPTS = 2;

const MISSING_ORIGIN =
  '--origin: missing; name the origin of the page with <s3-uploader>, such as https://site.example';

/** @returns the exit code */
export async function runDoctor(args: readonly string[], env: Env, print: (text: string) => void): Promise<number> {
  let options: ReturnType<typeof readArguments> | undefined;
  let target: Target;
  try {
    options = readArguments(args);
    if (options.help) {
      print(HELP);
      return 0;
    }
    // Who may upload does not concern the bucket, so SIGNER_AUTH need not be set yet. --origin replaces SIGNER_ORIGINS.
    const origins = options.origins.join(',') || env.SIGNER_ORIGINS;
    if (!origins?.trim()) throw new TypeError(MISSING_ORIGIN);
    target = await createTarget(readSettings({ SIGNER_AUTH: 'public', ...env, SIGNER_ORIGINS: origins }), options);
  } catch (error) {
    const isExpected = error instanceof TypeError || error instanceof ConfigError;
    if (!isExpected) throw error;
    print(options?.json ? JSON.stringify({ healthy: false, error: error.message }) : error.message);
    return 2;
  }
  const findings: Finding[] = [];
  const changes: Change[] = [];
  const printed = new Set<Fix>();
  const { fix, json } = options;
  const onChange = (change: Change): void => {
    changes.push(change);
    if (!json) print(changeAsText(change));
  };
  for await (const finding of diagnose(target, { fix, onChange })) {
    findings.push(finding);
    if (!json) print(asText(finding, printed));
  }
  print(json ? asJson(findings, changes) : summary(findings));
  target.client.destroy();
  return isHealthy(findings) ? 0 : 1;
}

/** @throws {TypeError} with the name of the option that is unknown or invalid */
function readArguments(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      origin: { type: 'string', multiple: true, default: [] },
      fix: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'public-read': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { ...values, origins: values.origin.map((origin) => readOption('--origin', () => readOrigin(origin))) };
}

/** Whether uploads go to AWS, where the signer uses conditional writes by default. False without credentials, which fail later. */
const isAws = (client: S3Client, bucket: string): Promise<boolean> =>
  createPresigner(client, bucket, 1, {})
    .isAws()
    .catch(() => false);

async function createTarget(
  { config, quarantinePrefix }: Settings,
  options: ReturnType<typeof readArguments>,
): Promise<Target> {
  const { bucket, s3, metadata, method, origins } = config;
  const quarantine = quarantinePrefix === undefined ? undefined : { prefix: quarantinePrefix };
  const client = new S3Client({ ...s3, maxAttempts: MAX_ATTEMPTS });
  return {
    client,
    bucket,
    region: await client.config.region(),
    prefix: uploadKey(config.prefix, quarantine),
    quarantine,
    origins,
    metadata,
    method: method === 'put' ? 'PUT' : 'POST',
    offersPut: method !== 'post',
    signAbsentHeaders: config.signAbsentHeaders ?? false,
    conditionalWrites: config.conditionalWrites ?? ((await isAws(client, bucket)) || undefined),
    uploadEndpoints: config.uploadEndpoints,
    publicRead: options['public-read'],
  };
}
