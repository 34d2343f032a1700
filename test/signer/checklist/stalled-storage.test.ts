// A storage that accepts connections and stays silent, and then recovers.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { MIN_PART_BYTES } from '../../../signer/core/multipart.ts';
import type { SignedMultipart, SignedPost, StoredFile } from '../../../widget/core/protocol.ts';
import { problemOf, signerOf, type TestSigner } from '../../fixtures/signer.ts';
import { openBucket, type TestBucket } from '../bucket.ts';
import { call } from '../multipart.ts';
import { sendPost } from './send-post.ts';

/** Milliseconds after which a request to the storage ends, some seconds of this machine included. */
const LONGEST_MS = 10_000;

let bucket: TestBucket;
let gate: Gate;
before(async () => {
  bucket = await openBucket();
  gate = await startGate(bucket.proxy.url);
});
after(async () => {
  await gate.close();
  await bucket.close();
});

/** A TCP server in front of the storage. */
interface Gate {
  url: string;
  /** Whether new connections are accepted and never answered. */
  isSilent: boolean;
  /** The most silent connections at a time. */
  peak: number;
  close(): Promise<void>;
}

async function startGate(target: string): Promise<Gate> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    if (gate.isSilent) {
      gate.peak = Math.max(gate.peak, sockets.size);
      socket.resume();
      return;
    }
    const storage = connect(Number(port), hostname).on('error', () => socket.destroy());
    socket.pipe(storage).pipe(socket);
    socket.on('close', () => storage.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const gate: Gate = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isSilent: false,
    peak: 0,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return gate;
}

/** Sends a request, and measures how many milliseconds it takes. */
async function timeOf(request: () => Promise<Response>): Promise<[Response, number]> {
  const start = performance.now();
  const response = await request();
  return [response, performance.now() - start];
}

async function assertBusy(response: Response): Promise<void> {
  assert.equal(response.status, 503);
  assert.match(response.headers.get('Retry-After')!, /^[1-9]\d?$/);
  assert.equal((await problemOf(response)).code, 'storage-busy');
}

describe('A signer whose storage accepts connections and stays silent', () => {
  it('responds with 503 to every call in time, and works at once when the storage has recovered', async () => {
    const film = { name: 'a.mp4', type: 'video/mp4', size: MIN_PART_BYTES };
    const [small, large] = (await gateSigner().sign([{ size: 5 }, film])) as [SignedPost, SignedMultipart];
    assert.equal((await sendPost(small, Buffer.from('hello'))).status, 201);

    gate.isSilent = true;
    // Another client: the connections of the first one are open to the storage.
    const signer = gateSigner();
    const { ticket } = small;
    const files = Array.from({ length: 100 }, (_, i) => ({ id: `${i}`, ...film }));
    const requests = [
      ...Array.from({ length: 110 }, () => () => signer.post('/confirm', { ticket })),
      ...['/parts/list', '/complete', '/abort'].map((path) => () => signer.post(path, { ticket: large.ticket })),
      () => signer.post('/sign-again', { ticket }),
      () => signer.post('/delete', { ticket }),
      () => signer.post('/', { files }),
    ];
    const results = await Promise.all(requests.map(timeOf));
    for (const [response, milliseconds] of results) {
      await assertBusy(response);
      assert.ok(milliseconds < LONGEST_MS, `${Math.round(milliseconds)} ms`);
    }
    assert.ok(gate.peak <= 100, `${gate.peak} connections`);

    gate.isSilent = false;
    const [response, milliseconds] = await timeOf(() => signer.post('/confirm', { ticket }));
    assert.equal(response.status, 200, await response.clone().text());
    assert.ok(milliseconds < 2_000, `${Math.round(milliseconds)} ms`);
    assert.equal(((await response.json()) as StoredFile).key, small.key);
    await call(signer, '/abort', { ticket: large.ticket }, 204);
    assert.equal((await signer.sign(files)).length, 100);
  });
});

const gateSigner = (): TestSigner => {
  const { name, region, credentials } = bucket;
  const client = new S3Client({ endpoint: gate.url, region, credentials, forcePathStyle: true });
  return signerOf({ client, bucket: name, multipartFrom: MIN_PART_BYTES, allowDelete: true });
};
