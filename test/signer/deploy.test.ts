/* eslint-disable @typescript-eslint/no-unsafe-assignment,
   @typescript-eslint/no-unsafe-member-access
   -- the parsed templates have no types */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readOrigin } from '../../signer/core/resolve-options.ts';
import { readSettings } from '../../signer/service/settings.ts';
import { where } from '../fixtures/requirements.ts';
import { SECRET } from '../fixtures/signer.ts';
import { parseTemplate, readSignerFile, signerPath, TEMPLATES } from './templates.ts';

test('the CloudFormation template passes cfn-lint', where('cfn-lint'), () => {
  execFileSync('cfn-lint', [signerPath('deploy/cloudformation.yaml')], { stdio: 'pipe' });
});

test('the Terraform template is formatted', where('terraform'), () => {
  execFileSync('terraform', ['fmt', '-check', '-diff', signerPath('deploy/terraform')], { stdio: 'pipe' });
});

test('the signer accepts the settings of the CloudFormation template', () => {
  const { Resources } = parseTemplate(readSignerFile('deploy/cloudformation.yaml'));
  const { Variables } = Resources.Signer.Properties.Environment as { Variables: Record<string, string> };
  const { SIGNER_SECRETS: _secrets, ...variables } = Variables;
  const env: Record<string, string> = { AWS_REGION: 'eu-central-1', SIGNER_SECRET: SECRET, ...deployed(variables) };
  assert.equal(readSettings({ ...env, SIGNER_AUTH: 'public' }, 'lambda').config.bucket, 'uploads');
  // The function reads these from Secrets Manager; see checklist/templates.test.ts.
  const secrets = {
    SIGNER_TOKENS: 'anna=the-token-of-anna',
    SIGNER_REDIS_URL: 'rediss://r.example',
    SIGNER_WEBHOOK_SECRET: `${SECRET} of the webhook`,
  };
  const auth = { SIGNER_AUTH: 'token', SIGNER_WEBHOOK_URL: 'https://app.example' };
  const limits = { SIGNER_FILES_PER_DAY: '10', SIGNER_BYTES_PER_DAY: '20GB', SIGNER_REQUESTS_PER_MINUTE: '60' };
  for (const name of Object.keys({ ...auth, ...limits })) assert.ok(name in Variables, name);
  const { quotas, webhook } = readSettings({ ...env, ...auth, ...secrets, ...limits }, 'lambda');
  assert.deepEqual([quotas.bytesPerDay, webhook?.url], [20e9, 'https://app.example']);
});

for (const [name, read] of Object.entries(TEMPLATES)) {
  test(`the ${name} template accepts the exact origins that the signer accepts`, async () => {
    const { origin } = await read();
    for (const valid of [
      ...['https://www.example.com', 'http://localhost:8080', 'http://192.168.1.20', 'http://[::1]:3000'],
      ...[
        'capacitor://localhost',
        'ionic://localhost',
        'app://-',
        'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
      ],
    ]) {
      assert.equal(readOrigin(valid), valid);
      assert.match(valid, origin);
    }
    for (const invalid of [
      ...['*', 'null', 'localhost', 'capacitor:', 'capacitor://', 'capacitor://*', 'capacitor://localhost/page'],
      ...[
        'https://user@www.example.com',
        'https://www.example.com:port',
        'https://a.example b.example',
        'https://[::1',
      ],
    ]) {
      assert.throws(() => readOrigin(invalid), TypeError, invalid);
      assert.doesNotMatch(invalid, origin, invalid);
    }
  });
}

test('the signer accepts the settings of wrangler.toml, together with its secrets', () => {
  const toml = readSignerFile('deploy/wrangler.toml');
  const env = Object.fromEntries([...toml.matchAll(/^([A-Z0-9_]+) = "(.*)"$/gm)].map((m) => [m[1]!, m[2]!]));
  const secrets = { AWS_SECRET_ACCESS_KEY: 'x'.repeat(32), SIGNER_SECRET: SECRET };
  const { config, auth } = readSettings({ ...env, ...secrets }, 'worker');
  assert.deepEqual([config.method, auth.mode], ['put', 'jwt']);
  assert.match(toml, /^compatibility_flags = \["nodejs_compat"\]$/m);
});

test('the container has no shell and no root, and its base images are named by digest', () => {
  const lines = readSignerFile('Containerfile')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line));
  const bases = lines.filter((line) => line.startsWith('FROM '));
  assert.deepEqual(bases, ['FROM ${BUILD} AS build', 'FROM ${RUNTIME}']);
  const [build, runtimeBase] = lines;
  assert.match(build!, /^ARG BUILD=docker\.io\/library\/node:\d+\.\d+\.\d+-bookworm-slim@sha256:[0-9a-f]{64}$/);
  assert.match(runtimeBase!, /^ARG RUNTIME=gcr\.io\/distroless\/nodejs22-debian12:nonroot@sha256:[0-9a-f]{64}$/);
  const runtime = lines.slice(lines.indexOf('FROM ${RUNTIME}'));
  assert.ok(runtime.includes('USER nonroot'));
  assert.ok(!runtime.some((line) => line.startsWith('RUN ')), 'no RUN in an image without a shell');
  assert.doesNotMatch(lines.join('\n'), /SECRET|ACCESS_KEY/);
});

test('node_modules, dist and .git are kept out of the image', () => {
  const ignored = readFileSync(new URL('../../.dockerignore', import.meta.url), 'utf8').split('\n');
  for (const pattern of ['**/node_modules', '**/dist', '.git']) assert.ok(ignored.includes(pattern), pattern);
});

/** The variables after a deployment, which replaces references by values. */
const deployed = (variables: Record<string, unknown>): Record<string, string> => {
  const values: Record<string, string> = {
    SIGNER_PREFIX: 'uploads/',
    SIGNER_ORIGINS: 'https://www.example.com',
    SIGNER_MAX_FILE_SIZE: '1GiB',
    S3_BUCKET: 'uploads',
  };
  return Object.fromEntries(Object.keys(variables).map((name) => [name, values[name] ?? '']));
};
