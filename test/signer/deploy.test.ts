/* eslint-disable @typescript-eslint/no-unsafe-assignment,
   @typescript-eslint/no-unsafe-member-access
   -- the templates are asserted on member by member */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readSettings } from '../../signer/service/settings.ts';
import { where } from '../fixtures/requirements.ts';
import { fileOf, read, yaml } from './templates.ts';

test('the CloudFormation template passes cfn-lint', where('cfn-lint'), () => {
  execFileSync('cfn-lint', [fileOf('deploy/cloudformation.yaml')], { stdio: 'pipe' });
});

test('the Terraform template is written as Terraform writes it', where('terraform'), () => {
  execFileSync('terraform', ['fmt', '-check', '-diff', fileOf('deploy/terraform')], { stdio: 'pipe' });
});

test('the CloudFormation template gives the function settings that the signer takes, and none it does not know', () => {
  const { Parameters, Resources } = yaml(read('deploy/cloudformation.yaml'));
  const { Variables } = Resources.Signer.Properties.Environment as { Variables: Record<string, string> };
  const env: Record<string, string> = { AWS_REGION: 'eu-central-1', ...given(Variables) };
  assert.equal(readSettings({ ...env, SIGNER_AUTH: 'public' }).config.bucket, 'uploads');
  const whole = {
    SIGNER_AUTH: 'token',
    SIGNER_TOKENS: 'anna=the-token-of-anna',
    SIGNER_REDIS_URL: 'rediss://r.example',
  };
  const told = { SIGNER_WEBHOOK_URL: 'https://app.example', SIGNER_WEBHOOK_SECRET: 'x'.repeat(32) };
  const limits = { SIGNER_FILES_PER_DAY: '10', SIGNER_BYTES_PER_DAY: '20GB', SIGNER_REQUESTS_PER_MINUTE: '60' };
  for (const name of Object.keys({ ...whole, ...told, ...limits })) assert.ok(name in Variables, name);
  for (const name of ['Tokens', 'RedisUrl', 'WebhookSecret']) assert.equal(Parameters[name].NoEcho, true, name);
  const { quotas, webhook } = readSettings({ ...env, ...whole, ...told, ...limits });
  assert.deepEqual([quotas.bytesPerDay, webhook?.url], [20e9, 'https://app.example']);
});

test('the Worker’s settings are those that the signer takes, but for the secrets', () => {
  const toml = read('deploy/wrangler.toml');
  const env = Object.fromEntries([...toml.matchAll(/^([A-Z0-9_]+) = "(.*)"$/gm)].map((m) => [m[1]!, m[2]!]));
  const secrets = { AWS_SECRET_ACCESS_KEY: 'x'.repeat(32), SIGNER_SECRET: 'x'.repeat(32) };
  const { config, auth } = readSettings({ ...env, ...secrets });
  assert.deepEqual([config.method, auth.mode], ['put', 'jwt']);
  assert.match(toml, /^compatibility_flags = \["nodejs_compat"\]$/m);
});

test('the container has no shell and no root; what builds it has a version, and what runs it can be given a digest', () => {
  const lines = read('Containerfile')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line));
  const bases = lines.filter((line) => line.startsWith('FROM '));
  assert.equal(bases.length, 2);
  assert.match(bases[0]!, /^FROM docker\.io\/library\/node:\d+\.\d+\.\d+-bookworm-slim AS build$/);
  assert.equal(bases[1], 'FROM ${RUNTIME}');
  assert.ok(lines.includes('ARG RUNTIME=gcr.io/distroless/nodejs22-debian12:nonroot'));
  const last = lines.slice(lines.indexOf(bases[1]));
  assert.ok(last.includes('USER nonroot'));
  assert.ok(!last.some((line) => line.startsWith('RUN ')), 'nothing is run where there is no shell');
  assert.doesNotMatch(lines.join('\n'), /SECRET|ACCESS_KEY/);
});

test('nothing that was installed or built outside gets into the image', () => {
  const ignored = readFileSync(new URL('../../.dockerignore', import.meta.url), 'utf8').split('\n');
  for (const pattern of ['**/node_modules', '**/dist', '.git']) assert.ok(ignored.includes(pattern), pattern);
});

/** As after deployment: what refers to something has a value. */
const given = (variables: Record<string, unknown>): Record<string, string> => {
  const values: Record<string, string> = {
    SIGNER_PREFIX: 'uploads/',
    SIGNER_ORIGINS: 'https://www.example.com',
    SIGNER_MAX_FILE_SIZE: '1GiB',
    SIGNER_SECRET: 'x'.repeat(64),
    S3_BUCKET: 'uploads',
  };
  return Object.fromEntries(Object.keys(variables).map((name) => [name, values[name] ?? '']));
};
