import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import packageJson from '../../signer/package.json' with { type: 'json' };
import { SECRETS_VARIABLE } from '../../signer/platforms/lambda-secrets.ts';
import { SETTINGS } from '../../signer/service/settings-table.ts';
import { withSettings } from '../../tools/settings-tables.mjs';
import { CREDENTIALS, fileOf, ORIGIN, SECRET } from '../fixtures/signer.ts';

/** The path of a file of the package. */
const path = (file: string) => fileURLToPath(new URL(`../../signer/${file}`, import.meta.url));
const { PATH = '', HOME = '' } = process.env;
/** The environment of a process, without any setting. */
const quiet = { PATH, HOME, NODE_NO_WARNINGS: '1' };

before(() => {
  execFileSync(process.execPath, [path('build.mjs')], { stdio: 'pipe', env: quiet });
});

test('the command and the library of the built package work', async () => {
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

test('the library does not load optional dependencies', () => {
  const probe = `
    import { register } from 'node:module';
    const hook = 'export async function resolve(name, context, next) { console.log(name); return next(name, context); }';
    register('data:text/javascript,' + encodeURIComponent(hook));
    const { createSigner, publicAccess } = await import(${JSON.stringify(path(packageJson.exports['.'].default))});
    if (!createSigner || !publicAccess) throw new Error('the exports are missing');`;
  const loaded = execFileSync(process.execPath, ['--input-type=module', '--eval', probe], {
    encoding: 'utf8',
    env: quiet,
  });
  assert.match(loaded, /^hono$/m);
  for (const name of ['jose', 'ioredis', 'prom-client', '@hono/node-server']) {
    assert.doesNotMatch(loaded, RegExp(`^${name}(/|$)`, 'm'), name);
  }
  assert.deepEqual(packageJson.sideEffects, ['./dist/cli.js', './dist/server.js']);
});

test('the dependencies of the package are pinned', () => {
  const all = { ...packageJson.dependencies, ...packageJson.optionalDependencies };
  for (const [name, version] of Object.entries(all)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
});

test('the bundle of the container runs without node_modules and without permission to write', async (t) => {
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

test('the README describes every setting, and no other variable', async () => {
  const readme = readFileSync(path('README.md'), 'utf8');
  for (const name of Object.keys(SETTINGS)) assert.ok(readme.includes(`\`${name}\``), name);
  for (const name of new Set(readme.match(/\bSIGNER_[A-Z_]+\b/g))) {
    assert.ok(name in SETTINGS || name === SECRETS_VARIABLE, name);
  }
  assert.ok((await withSettings(readme)) === readme, 'signer/README.md is out of date: npm run readme');
});

test('an outdated settings table is replaced, and the text around it is kept', async () => {
  const markers = (group: string, table: string) =>
    `<!-- settings-${group}:start -->\n\n${table}\n\n<!-- settings-${group}:end -->`;
  const settings = {
    PORT: { group: 'basics', description: 'The port.', default: 8787 },
    SIGNER_RECEIPTS: { group: 'files', description: 'Receipts.', default: false, refusedOn: { worker: 'why' } },
  } as const;
  const outdated = `Before\n\n${markers('basics', 'outdated')}\n\nBetween\n\n${markers('files', 'outdated')}\n\nAfter\n`;
  const current = await withSettings(outdated, settings);
  assert.match(current, /^Before\n\n<!-- settings-basics:start -->\n\n\| Variable +\|/);
  assert.match(current, /\n\| `PORT` +\| The port\. +\| `8787` +\|\n\n<!-- settings-basics:end -->\n\nBetween\n/);
  assert.match(current, /\n\| `SIGNER_RECEIPTS` \| Receipts\. Not on Workers\. \| `0` +\|\n/);
  assert.match(current, /<!-- settings-files:end -->\n\nAfter\n$/);
  assert.doesNotMatch(current, /outdated/);
  await assert.rejects(withSettings('no markers', settings), /no table for the group "basics"/);
});
