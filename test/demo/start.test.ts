import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, utimes } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { drive, ENGINES, inEngine } from '../fixtures/drive.ts';
import { type DroppedPhoto, dropPhoto } from './drop-photo.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Variables that would change the demo. */
const DEMO_VARIABLES = /^(S3_|SIGNER_|AWS_|PORT$)/;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !DEMO_VARIABLES.test(name)));

const EXIT_TIMEOUT_MS = 20_000;

/** A running `npm start`. */
interface RunningStart {
  child: ChildProcess;
  /** The output that it has printed so far. */
  output(): string;
  /** Resolves once the output matches. Rejects when the process exits first. */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves once the process and all its children have closed their output. */
  closed: Promise<unknown>;
}

function runStart(port: number, more: NodeJS.ProcessEnv = {}, cwd = root): RunningStart {
  const child = spawn('npm', ['start'], { cwd, env: { ...env, ...more, PORT: String(port) }, detached: true });
  let output = '';
  const waitForOutput = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const match = pattern.exec(output);
        if (match) resolve(match);
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', check);
      child.once('exit', () => reject(new Error(`npm start exited. Its output: ${output}`)));
      check();
    });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  return { child, output: () => output, waitForOutput, closed: once(child, 'close') };
}

/**
 * Sends SIGINT to the whole process group, as Ctrl-C does. Resolves once its output is closed, which is when all of its
 * processes have exited.
 */
async function interrupt({ child, closed }: RunningStart): Promise<void> {
  if (child.exitCode === null && !child.signalCode) process.kill(-child.pid!, 'SIGINT');
  const timeout = once(AbortSignal.timeout(EXIT_TIMEOUT_MS), 'abort').then(() => {
    throw new Error('A process of npm start is still running.');
  });
  await Promise.race([closed, timeout]);
}

describe('npm start with a port that is taken', () => {
  let blocker: ReturnType<typeof createServer>;
  let started: RunningStart;
  let url: string;
  before(async () => {
    blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    started = runStart((blocker.address() as AddressInfo).port);
    [, url = ''] = await started.waitForOutput(/is at (http:\/\/localhost:\d+)/);
  });
  after(async () => {
    await interrupt(started);
    blocker.close();
  });

  test('names the taken port, uses the next one, and prints one URL', async () => {
    const { port } = blocker.address() as AddressInfo;
    assert.match(started.output(), new RegExp(`Port ${port} is taken by another program; trying ${port + 1}`));
    assert.deepEqual(started.output().match(/http:\/\/\S+/g), [url]);
    const page = await fetch(url);
    assert.match(await page.text(), /<s3-uploader id="live"/);
    assert.match(page.headers.get('content-security-policy') ?? '', /require-trusted-types-for 'script'/);
  });

  test('serves the storage on another port, with CORS for the demo page only', async () => {
    const { origin } = new URL(url);
    const signed = await fetch(`${url}/sign`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ files: [{ id: '1', name: 'a.txt', type: 'text/plain', size: 1 }] }),
    });
    const [file] = ((await signed.json()) as { files: { url: string }[] }).files;
    assert.notEqual(new URL(file!.url).origin, origin);
    for (const [pageOrigin, allowed] of [
      [origin, origin],
      ['https://evil.example', null],
    ] as const) {
      const headers = { origin: pageOrigin, 'access-control-request-method': 'POST' };
      const preflight = await fetch(file!.url, { method: 'OPTIONS', headers });
      assert.equal(preflight.headers.get('access-control-allow-origin'), allowed);
    }
  });

  for (const engine of ENGINES) {
    test(`stores a photo that is dropped in ${engine} as a plain file in demo/.data/`, inEngine(engine), async () => {
      await using browser = await drive(engine);
      await browser.goto(url);
      const dropped = await browser.run<DroppedPhoto>(dropPhoto('#live'));
      const file = `${root}demo/.data/uploads/${dropped.key}`;
      const bytes = await readFile(file);
      assert.equal(createHash('sha256').update(bytes).digest('hex'), dropped.sha256);
      assert.equal(dropped.progress.at(-1), dropped.size);
      assert.match(dropped.rowText, /photo.*Uploaded/);
      assert.ok(dropped.hasThumbnail, dropped.rowText);
      await rm(file);
    });
  }

  test('ends all of its processes on Ctrl-C', async () => {
    await interrupt(started);
    await assert.rejects(fetch(url));
  });
});

test('npm start exits with an error that names an invalid variable', async () => {
  const started = runStart(18_480, { SIGNER_EXPIRES: 'soon' });
  const [code] = (await once(started.child, 'exit')) as [number];
  assert.notEqual(code, 0);
  assert.match(started.output(), /SIGNER_EXPIRES/);
  assert.ok(existsSync(`${root}node_modules/.package-lock.json`));
});

describe('npm start in a clone whose path has signs in it', () => {
  /** A copy of this clone, with its packages and its dist/, in a folder of this name. */
  async function copyInto(name: string): Promise<AsyncDisposable & { clone: string }> {
    const above = await mkdtemp(path.join(os.tmpdir(), 'demo-'));
    const clone = path.join(above, name, 'clone');
    const isCopied = (source: string): boolean =>
      !['node_modules', '.git', '.data', 'test'].includes(path.basename(source)) || source === root;
    await cp(root, clone, { recursive: true, preserveTimestamps: true, filter: isCopied });
    for (const packages of ['node_modules', 'signer/node_modules'])
      await symlink(path.join(root, packages), path.join(clone, packages));
    // copied folders are newer than the build, which would run again
    await utimes(path.join(clone, 'dist/custom-elements.json'), new Date(), new Date());
    return { clone, [Symbol.asyncDispose]: () => rm(above, { recursive: true }) };
  }

  for (const name of ['C#', 'my clone é', '100%', 'a%20b', "it's [1] & (2)"]) {
    test(`serves the page and the built element from a folder named "${name}"`, async () => {
      await using copy = await copyInto(name);
      const started = runStart(18_490, {}, copy.clone);
      try {
        const [, url = ''] = await started.waitForOutput(/The demo is at (http:\/\/localhost:\d+)/);
        const page = await (await fetch(url)).text();
        const [, script = ''] = /<script type="module" src="([^"]+)"/.exec(page) ?? [];
        const built = await fetch(new URL(script, url));
        assert.equal(built.status, 200, script);
        assert.match(built.headers.get('content-type') ?? '', /javascript/);
      } finally {
        await interrupt(started);
      }
    });
  }

  test('says why it cannot run in a folder named "a?b"', async () => {
    await using copy = await copyInto('a?b');
    const started = runStart(18_490, {}, copy.clone);
    const [code] = (await once(started.child, 'close')) as [number];
    assert.equal(code, 1);
    assert.match(started.output(), /cannot run in .*a\?b.* because tsx.* Rename that folder/);
    assert.doesNotMatch(started.output(), /^ +at /m);
  });
});
