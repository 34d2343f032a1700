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
import { type Dropped, dropPhoto } from './drop-photo.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Variables that would make it another demo. */
const OTHERS = /^(S3_|SIGNER_|AWS_|PORT$)/;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OTHERS.test(name)));

/** `npm start`, and what it has said so far. */
interface Started {
  child: ChildProcess;
  said(): string;
  /** Resolves once it has said this; rejects when it ends without. */
  says(what: RegExp): Promise<RegExpExecArray>;
  /** Resolves once it, and all that it has started, is gone. */
  ended: Promise<unknown>;
}

function start(port: number, more: NodeJS.ProcessEnv = {}): Started {
  const child = spawn('npm', ['start'], { cwd: root, env: { ...env, ...more, PORT: String(port) }, detached: true });
  let said = '';
  const says = (what: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = what.exec(said);
        if (found) resolve(found);
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
      child.once('exit', () => reject(new Error(`it ended, having said: ${said}`)));
      look();
    });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  return { child, said: () => said, says, ended: once(child, 'close') };
}

/**
 * What Ctrl-C does: it ends all that the terminal has started. Resolves once nothing of it holds the terminal, which is
 * when its processes are gone; those that nobody has buried yet can still be signalled.
 */
async function interrupt({ child, ended }: Started): Promise<void> {
  if (child.exitCode === null && !child.signalCode) process.kill(-child.pid!, 'SIGINT');
  const late = once(AbortSignal.timeout(20_000), 'abort').then(() => {
    throw new Error('something of it holds the terminal still');
  });
  await Promise.race([ended, late]);
}

describe('npm start, on a port that is taken,', () => {
  let taken: ReturnType<typeof createServer>;
  let started: Started;
  let url: string;
  before(async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    started = start((taken.address() as AddressInfo).port);
    [, url = ''] = await started.says(/is at (http:\/\/localhost:\d+)/);
  });
  after(async () => {
    await interrupt(started);
    taken.close();
  });

  test('says so, takes the next one, and prints one URL', async () => {
    const { port } = taken.address() as AddressInfo;
    assert.match(started.said(), new RegExp(`Port ${port} is taken by another program; trying ${port + 1}`));
    assert.deepEqual(started.said().match(/http:\/\/\S+/g), [url]);
    const page = await fetch(url);
    assert.match(await page.text(), /<s3-uploader id="live"/);
    assert.match(page.headers.get('content-security-policy') ?? '', /require-trusted-types-for 'script'/);
  });

  test('keeps the storage on another port, with CORS for its own page alone', async () => {
    const { origin } = new URL(url);
    const signed = await fetch(`${url}/sign`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ files: [{ id: '1', name: 'a.txt', type: 'text/plain', size: 1 }] }),
    });
    const [file] = ((await signed.json()) as { files: { url: string }[] }).files;
    assert.notEqual(new URL(file!.url).origin, origin);
    for (const [asking, allowed] of [
      [origin, origin],
      ['https://evil.example', null],
    ] as const) {
      const headers = { origin: asking, 'access-control-request-method': 'POST' };
      const preflight = await fetch(file!.url, { method: 'OPTIONS', headers });
      assert.equal(preflight.headers.get('access-control-allow-origin'), allowed);
    }
  });

  for (const engine of ENGINES) {
    test(
      `lets a photo be dropped in ${engine}, which lies as a plain file under demo/.data/`,
      inEngine(engine),
      async () => {
        await using browser = await drive(engine);
        await browser.goto(url);
        const dropped = await browser.run<Dropped>(dropPhoto('#live'));
        const file = `${root}demo/.data/uploads/${dropped.key}`;
        const bytes = await readFile(file);
        assert.equal(createHash('sha256').update(bytes).digest('hex'), dropped.sha256);
        assert.equal(dropped.progress.at(-1), dropped.size);
        assert.match(dropped.says, /photo.*Uploaded/);
        assert.ok(dropped.hasThumbnail, dropped.says);
        await rm(file);
      },
    );
  }

  test('ends as a whole at Ctrl-C', async () => {
    await interrupt(started);
    await assert.rejects(fetch(url));
  });
});

test('npm start with a variable that is wrong ends, and names it', async () => {
  const started = start(18_480, { SIGNER_EXPIRES: 'soon' });
  const [code] = (await once(started.child, 'exit')) as [number];
  assert.notEqual(code, 0);
  assert.match(started.said(), /SIGNER_EXPIRES/);
  assert.ok(existsSync(`${root}node_modules/.package-lock.json`));
});
