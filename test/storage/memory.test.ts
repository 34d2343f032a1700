import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { demoCredential } from '../../demo/storage/index.ts';
import { encodeForm, filePart, formParts, signForm } from './form.ts';
import { clientFor, head, newKey, type TestServer } from './server.ts';

const size = 1024 ** 3;
/** What streaming may cost: buffers on their way from the socket to the disk, and what waits for the collector. */
const allowed = 96 * 1024 ** 2;

describe("the local storage's memory", () => {
  let dir: string;
  let child: ReturnType<typeof fork>;
  let server: TestServer;
  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-storage-'));
    child = fork(fileURLToPath(new URL('storage-process.ts', import.meta.url)), [dir], {
      execArgv: ['--import', 'tsx'],
    });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    const at = { bucket: 'uploads', region: 'us-east-1', credentials: demoCredential };
    const client = clientFor(url, at.region, demoCredential);
    server = { kind: 'local', url, ...at, client, close: () => Promise.resolve(client.destroy()) };
  });
  after(async () => {
    await server.close();
    child.kill();
    await rm(dir, { recursive: true, force: true });
  });

  async function rss(): Promise<number> {
    const answered = once(child, 'message') as Promise<[{ rss: number }]>;
    child.send('rss');
    return (await answered)[0].rss;
  }

  it('stays flat while 1 GiB goes through', { timeout: 120_000 }, async () => {
    const key = newKey();
    const form = encodeForm(formParts(signForm(server, { key }), filePart('')), 'edge');
    const end = form.length - Buffer.byteLength('\r\n--edge--\r\n');
    const request = http.request(`${server.url}/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=edge', 'content-length': form.length + size },
    });
    const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
    const idle = await rss();
    let peak = idle;
    request.write(form.subarray(0, end));
    const piece = Buffer.alloc(1024 ** 2, 'x');
    for (let sent = 0; sent < size; sent += piece.length) {
      if (!request.write(piece)) await once(request, 'drain');
      if (sent % (32 * piece.length) === 0) peak = Math.max(peak, await rss());
    }
    request.end(form.subarray(end));
    const [response] = await answered;
    response.resume();
    assert.equal(response.statusCode, 204);
    assert.equal((await head(server, key))?.ContentLength, size);
    const grown = Math.max(peak, await rss()) - idle;
    assert.ok(grown < allowed, `grew by ${Math.round(grown / 1024 ** 2)} MiB`);
  });
});
