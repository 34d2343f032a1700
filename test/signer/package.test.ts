import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configFrom } from '../../signer/service/config.ts';
import { envReader, type Env } from '../../signer/service/env.ts';
import packageJson from '../../signer/package.json' with { type: 'json' };
import { readSettings } from '../../signer/service/settings.ts';
import { CREDENTIALS, fileOf, ORIGIN, SECRET } from '../fixtures/signer.ts';

const path = (file: string) => fileURLToPath(new URL(`../../signer/${file}`, import.meta.url));
const { PATH = '', HOME = '' } = process.env;
const quiet = { PATH, HOME, NODE_NO_WARNINGS: '1' };

before(() => {
  execFileSync(process.execPath, [path('build.mjs')], { stdio: 'pipe', env: quiet });
});

test('the package’s command and library run from the build', async () => {
  const run = (...args: string[]) => execFileSync(process.execPath, args, { encoding: 'utf8', env: quiet });
  assert.equal(run(path(packageJson.bin['s3-uploader-signer']), '--version').trim(), packageJson.version);
  assert.equal(run(path('dist/bundle/cli.mjs'), '--version').trim(), packageJson.version);
  const library = (await import(path(packageJson.exports['.'].default))) as Record<string, unknown>;
  for (const name of [
    'createSigner',
    'publicAccess',
    'tokenAuth',
    'jwtAuth',
    'forwardAuth',
    'webhook',
    'verifyReceipt',
    'createLog',
    'openApi',
    'readConfig',
    'clientAddress',
  ]) {
    assert.equal(typeof library[name], 'function', name);
  }
  for (const [module, name] of [
    ['limits', 'createLimits'],
    ['metrics', 'createMetrics'],
    ['redis', 'connectRedis'],
  ] as const) {
    const { default: file, types } = packageJson.exports[`./${module}`];
    assert.equal(typeof ((await import(path(file))) as Record<string, unknown>)[name], 'function', name);
    assert.match(readFileSync(path(types), 'utf8'), RegExp(name));
  }
  assert.match(readFileSync(path(packageJson.exports['.'].types), 'utf8'), /createSigner/);
});

test('what an application leaves out of the library is not loaded', () => {
  const probe = `
    import { register } from 'node:module';
    const hook = 'export async function resolve(name, context, next) { console.log(name); return next(name, context); }';
    register('data:text/javascript,' + encodeURIComponent(hook));
    const { createSigner, publicAccess } = await import(${JSON.stringify(path(packageJson.exports['.'].default))});
    if (!createSigner || !publicAccess) throw new Error('not the library');`;
  const loaded = execFileSync(process.execPath, ['--input-type=module', '--eval', probe], {
    encoding: 'utf8',
    env: quiet,
  });
  assert.match(loaded, /^hono$/m);
  for (const name of ['jose', 'ioredis', 'prom-client', 'rate-limiter-flexible', '@hono/node-server']) {
    assert.doesNotMatch(loaded, RegExp(`^${name}(/|$)`, 'm'), name);
  }
  assert.deepEqual(packageJson.sideEffects, ['./dist/cli.js', './dist/server.js']);
});

test('its dependencies are pinned', () => {
  const all = { ...packageJson.dependencies, ...packageJson.optionalDependencies };
  for (const [name, version] of Object.entries(all)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
});

test('what the container holds needs nothing beside it, and writes nothing', async (t) => {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const child = spawn(process.execPath, [permission, '--allow-fs-read=*', path('dist/bundle/cli.mjs')], {
    cwd: path('dist/bundle'),
    env: {
      ...quiet,
      ...{ S3_BUCKET: 'uploads', AWS_REGION: 'us-east-1', PORT: '0' },
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      ...{ SIGNER_AUTH: 'public', SIGNER_SECRET: SECRET, SIGNER_ORIGINS: ORIGIN, SIGNER_METRICS_PORT: '0' },
    },
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  let url: string | undefined;
  while (!(url = /http:\/\/localhost:\d+\/sign/.exec(output)?.[0])) {
    assert.equal(child.exitCode, null, output);
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
  }
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: ORIGIN },
    body: JSON.stringify({ files: [fileOf()] }),
  });
  assert.equal(response.status, 200);
});

test('the README names every setting, and none that is not', () => {
  const readme = readFileSync(path('README.md'), 'utf8');
  const named = new Set(readme.match(/\bSIGNER_[A-Z_]+\b/g));
  const least: Env = { S3_BUCKET: 'uploads', AWS_REGION: 'us-east-1', SIGNER_AUTH: 'public' };
  // A misspelt one is refused, so this is what is known.
  for (const name of named) {
    let message = '';
    try {
      readSettings({ ...least, [name]: ' ' });
    } catch (error) {
      message = (error as Error).message;
    }
    assert.doesNotMatch(message, /there is no such setting/, name);
  }
  const reader = envReader(least);
  configFrom(least, reader);
  for (const name of reader.known) if (name.startsWith('SIGNER_')) assert.ok(named.has(name), name);
  const source = readFileSync(path('settings.ts'), 'utf8');
  for (const [, name] of source.matchAll(/'(SIGNER_[A-Z_]+)'/g)) assert.ok(named.has(name!), name);
});
