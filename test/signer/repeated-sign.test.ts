import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { SignedMultipart } from '../../widget/core/protocol.ts';
import type { Demand } from '../../signer/core/limiter.ts';
import { MIN_PART_BYTES } from '../../signer/core/multipart.ts';
import { SECRET, signerOf } from '../fixtures/signer.ts';
import { openBucket, type TestBucket } from './bucket.ts';
import { bytesOf, call, listOpenUploads, sendPut } from './multipart.ts';

let bucket: TestBucket;
before(async () => {
  bucket = await openBucket();
});
after(() => bucket.close());
afterEach(async () => {
  bucket.proxy.reset();
  for (const ticket of tickets.splice(0)) await signer().post('/abort', { ticket });
});

const tickets: string[] = [];
const film = { name: 'a.mp4', type: 'video/mp4', size: MIN_PART_BYTES, nonce: 'a nonce' };
/** The same request once more, since no response has arrived. */
const again = { ...film, repeated: true };

/** An instance of the signer of this bucket, with a memory of its own. */
const signer = (owner = 'ann', more = {}) =>
  signerOf({ client: bucket.client, bucket: bucket.name, multipartFrom: 1, authorize: () => ({ owner }), ...more });

async function sign(instance: ReturnType<typeof signer>, file: object = film): Promise<SignedMultipart> {
  const [signed] = (await instance.sign([file])) as [SignedMultipart];
  tickets.push(signed.ticket);
  return signed;
}

const openCount = async (): Promise<number> => (await listOpenUploads(bucket)).length;

/** Lets the storage refuse to list uploads. */
const denyList = (): void => {
  const body = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
  bucket.proxy.faults = [{ do: 'answer', status: 403, method: 'GET', path: 'uploads', body }];
};

/** Requests to the storage that list the open uploads. */
const listRequests = (): number => bucket.proxy.requests.filter(({ method }) => method === 'GET').length;

describe('The signer, when a file is signed twice with one nonce', () => {
  for (const [name, instances] of [
    ['signs the same upload', () => Array<ReturnType<typeof signer>>(2).fill(signer())],
    ['signs the same upload in another instance, which finds it in the storage', () => [signer(), signer()]],
  ] as const) {
    test(name, async () => {
      const [first, second] = instances();
      const [a, b] = [await sign(first!), await sign(second!, again)];
      assert.equal(a.key, b.key);
      assert.equal(await openCount(), 1);
      const { ticket } = b;
      const parts = [{ number: 1, size: film.size }];
      const signed = await call<{ parts: { url: string }[] }>(second!, '/parts', { ticket, parts });
      assert.equal((await sendPut(signed.parts[0]!.url, bytesOf(film.size))).status, 200);
      assert.equal((await call<{ key: string }>(first!, '/complete', { ticket: a.ticket })).key, a.key);
      assert.equal(await openCount(), 0);
    });
  }

  test('signs the same upload from memory when it may not list uploads', async () => {
    denyList();
    const instance = signer();
    assert.equal((await sign(instance)).key, (await sign(instance, again)).key);
    assert.equal(await openCount(), 1);
  });

  test('begins a second upload in another instance when it may not list uploads, and asks once only', async () => {
    denyList();
    const [first, second] = [signer(), signer()];
    const a = await sign(first);
    const b = await sign(second, again);
    assert.notEqual(a.key, b.key);
    await sign(second, { ...again, nonce: 'another' });
    assert.equal(listRequests(), 1);
  });

  test('asks the storage for earlier uploads only when the client repeats its request', async () => {
    await sign(signer());
    assert.equal(listRequests(), 0);
    await sign(signer(), again);
    assert.equal(listRequests(), 1);
  });

  test('signs one upload for two requests at the same time', async () => {
    const instance = signer();
    const [a, b] = await Promise.all([sign(instance), sign(instance)]);
    assert.equal(a.key, b.key);
    assert.equal(await openCount(), 1);
  });

  for (const [name, other] of [
    ['another nonce', { ...film, nonce: 'b' }],
    ['another size', { ...film, size: film.size + 1 }],
    ['another type', { ...film, type: 'video/webm', name: 'a.webm' }],
    ['no nonce', { ...film, nonce: undefined }],
  ] as const) {
    test(`signs another upload for ${name}`, async () => {
      const instance = signer();
      assert.notEqual((await sign(instance)).key, (await sign(instance, { ...other, repeated: true })).key);
    });
  }

  test('signs another upload for another owner in the same folder', async () => {
    const prefix = 'shared/';
    const [a, b] = [
      await sign(signer('ann', { authorize: () => ({ owner: 'ann', prefix }) })),
      await sign(signer('bob', { authorize: () => ({ owner: 'bob', prefix }) })),
    ];
    assert.notEqual(a.key.slice(0, -30), b.key.slice(0, -30));
  });

  test('signs another key once the upload has ended, so that nothing is replaced', async () => {
    const a = await sign(signer());
    await call(signer(), '/abort', { ticket: a.ticket }, 204);
    const b = await sign(signer(), again);
    assert.notEqual(a.key, b.key);
  });

  test('counts the file once', async () => {
    const demands: number[][] = [];
    const limiter = {
      reserve: (_c: unknown, _caller: unknown, { files, bytes, multiparts }: Demand) => {
        demands.push([files, bytes, multiparts.length]);
        return Promise.resolve({ release: () => Promise.resolve() });
      },
    };
    const instance = signer('ann', { limiter });
    await sign(instance);
    await sign(instance, again);
    assert.deepEqual(demands, [
      [1, film.size, 1],
      [0, 0, 0],
    ]);
  });

  test('makes keys that cannot be computed without the secret', async () => {
    const a = await sign(signer('ann', { secret: SECRET }));
    const b = await sign(signer('ann', { secret: `${SECRET}-of-another-signer` }));
    assert.notEqual(a.key.slice(0, -30), b.key.slice(0, -30));
  });
});
