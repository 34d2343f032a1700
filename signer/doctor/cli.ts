import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import type { Config } from '../service/config.ts';
import { ConfigError, type Env } from '../service/env.ts';
import { readOrigin } from '../core/options.ts';
import { readConfig } from '../service/settings.ts';
import { diagnose, type Finding, type Patient } from './index.ts';
import { asJson, asText, isHealthy, summary } from './print.ts';

const HELP = `s3-uploader-signer doctor: proves the signer's settings against the live bucket

  s3-uploader-signer doctor --origin https://www.example.com

  --origin URL    a page that holds the tag; may be repeated; default: SIGNER_ORIGINS
  --fix           applies what it can: the bucket's CORS and lifecycle rules, beside those that are there
  --public-read   the bucket is meant to be read by everyone
  --json          for programs
  --help

It reads the signer's own variables (S3_BUCKET, AWS_REGION, …). It stores a few bytes under doctor/ in the signer's folder
and removes them, if it may. With credentials that may read the bucket's settings it proves more than with the signer's.

Exit code: 0 when nothing wrong was found, 1 when something is wrong, 2 when it was called wrongly or the settings cannot be
read. What has a ? was not proved, and changes no exit code: --json has "proved": false then.
`;

/** @returns the exit code */
export async function runDoctor(args: readonly string[], env: Env, print: (text: string) => void): Promise<number> {
  let options: ReturnType<typeof readArguments> | undefined;
  let patient: Patient;
  try {
    options = readArguments(args);
    if (options.help) {
      print(HELP);
      return 0;
    }
    // Who may upload is no matter of the bucket's, and need not be decided yet.
    patient = await admit(readConfig({ SIGNER_AUTH: 'public', ...env }), options);
  } catch (error) {
    const isForeseen = error instanceof TypeError || error instanceof ConfigError;
    if (!isForeseen) throw error;
    print(options?.json ? JSON.stringify({ healthy: false, error: error.message }) : error.message);
    return 2;
  }
  const findings: Finding[] = [];
  const told = new Set<NonNullable<Finding['mend']>>();
  for await (const finding of diagnose(patient, { fix: options.fix })) {
    findings.push(finding);
    if (!options.json) print(asText(finding, told));
  }
  print(options.json ? asJson(findings) : summary(findings));
  patient.client.destroy();
  return isHealthy(findings) ? 0 : 1;
}

/** @throws {TypeError} naming the option that is unknown or wrong */
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
  return { ...values, origins: values.origin.map(readOrigin) };
}

async function admit(config: Config, options: ReturnType<typeof readArguments>): Promise<Patient> {
  const { bucket, s3, prefix, metadata, method } = config;
  const origins = options.origins.length > 0 ? options.origins : config.origins;
  if (origins.length === 0)
    throw new TypeError('--origin: name the page that holds the tag, such as https://site.example');
  const client = new S3Client({ ...s3, maxAttempts: 2 });
  return {
    client,
    bucket,
    region: await client.config.region(),
    prefix,
    origins,
    metadata,
    method: method === 'put' ? 'PUT' : 'POST',
    publicRead: options['public-read'],
  };
}
