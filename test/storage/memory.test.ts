import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Credential } from '../../demo/storage/index.ts';
import { encodeForm, filePart, formParts, signForm } from './post-form.ts';
import { createClient, headObject, newKey, type StorageUnderTest } from './storage-under-test.ts';
import { MiB } from '../fixtures/files.ts';

const FILE_BYTES = 1024 * MiB;
/** Room for the buffers between socket and disk, and for garbage that is not collected yet. */
const MAX_GROWTH_BYTES = 96 * MiB;

describe("the local storage's memory", () => {
  let dir: string;
  let child: ReturnType<typeof fork>;
  let storage: StorageUnderTest;
  before(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-storage-'));
    child = fork(fileURLToPath(new URL('storage-process.ts', import.meta.url)), [dir], {
      execArgv: ['--import', 'tsx'],
    });
    const [{ url, credentials }] = (await once(child, 'message')) as [{ url: string; credentials: Credential }];
    const target = { bucket: 'uploads', region: 'us-east-1', credentials };
    const client = createClient(url, target.region, credentials);
    storage = { kind: 'local', url, ...target, client, close: () => Promise.resolve(client.destroy()) };
  });
  after(async () => {
    await storage.close();
    child.kill();
    await rm(dir, { recursive: true, force: true });
  });

  async function measureRss(): Promise<number> {
    const message = once(child, 'message') as Promise<[{ rssBytes: number }]>;
    child.send('measure');
    return (await message)[0].rssBytes;
  }

  it('grows by less than 96 MiB while it stores a file of 1 GiB', { timeout: 120_000 }, async () => {
    const key = newKey();
    const form = encodeForm(formParts(signForm(storage, { key }), filePart('')), 'edge');
    const end = form.length - Buffer.byteLength('\r\n--edge--\r\n');
    const request = http.request(`${storage.url}/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=edge', 'content-length': form.length + FILE_BYTES },
    });
    const responded = once(request, 'response') as Promise<[http.IncomingMessage]>;
    const idleBytes = await measureRss();
    let peakBytes = idleBytes;
    request.write(form.subarray(0, end));
    const piece = Buffer.alloc(MiB, 'x');
    for (let sent = 0; sent < FILE_BYTES; sent += piece.length) {
      if (!request.write(piece)) await once(request, 'drain');
      if (sent % (32 * piece.length) === 0) peakBytes = Math.max(peakBytes, await measureRss());
    }
    request.end(form.subarray(end));
    const [response] = await responded;
    response.resume();
    assert.equal(response.statusCode, 204);
    assert.equal((await headObject(storage, key))?.ContentLength, FILE_BYTES);
    const growthBytes = Math.max(peakBytes, await measureRss()) - idleBytes;
    assert.ok(growthBytes < MAX_GROWTH_BYTES, `grew by ${Math.round(growthBytes / MiB)} MiB`);
  });
});
