import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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

function runStart(port: number, more: NodeJS.ProcessEnv = {}): RunningStart {
  const child = spawn('npm', ['start'], { cwd: root, env: { ...env, ...more, PORT: String(port) }, detached: true });
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
