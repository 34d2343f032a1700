// Several uploads in one call of /complete, against a real storage.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Caller } from '../../signer/core/caller.ts';
import type { SignerEvent, StoredObject } from '../../signer/core/events.ts';
import type { SignerOptions } from '../../signer/core/options.ts';
import { verifyReceipt } from '../../signer/core/receipt.ts';
import { createLimits } from '../../signer/limits/limiter.ts';
import { responseBodies } from '../../signer/service/response-schemas.ts';
import type { CompleteManyAnswer, SignedMultipart, SignedPost, StoredFile } from '../../widget/core/protocol.ts';
import { ORIGIN, problemOf, SECRET, signerOf, type TestSigner } from '../fixtures/signer.ts';
import { openBucket, type TestBucket } from './bucket.ts';
import { call, listOpenUploads, sendPut } from './multipart.ts';

const TEXT = Buffer.from('hello');

let bucket: TestBucket;
before(async () => {
  bucket = await openBucket();
});
beforeEach(() => bucket.proxy.reset());
after(() => bucket.close());

/** A signer whose files of five bytes are multipart uploads. The header `X-Owner` names the caller. */
const bucketSigner = (options: Partial<SignerOptions> = {}): TestSigner =>
  signerOf({
    client: bucket.client,
    bucket: bucket.name,
    multipartFrom: TEXT.length,
    authorize: (c) => ({ owner: c.req.header('X-Owner') ?? 'ann' }),
    ...options,
  });

/** Signs files of one part, and sends the part unless `sends` is false. */
async function upload(signer: TestSigner, count: number, sends = true): Promise<SignedMultipart[]> {
  const files = (await signer.sign(
    Array.from({ length: count }, () => ({ name: 'a.mp4', type: 'video/mp4', size: TEXT.length })),
  )) as SignedMultipart[];
  if (sends)
    for (const { firstParts } of files) assert.equal((await sendPut(firstParts!.parts[0]!.url, TEXT)).status, 200);
  return files;
}

const ticketsOf = (files: readonly { ticket?: string }[]): string[] => files.map(({ ticket }) => ticket!);

const completeMany = async (signer: TestSigner, tickets: string[]): Promise<CompleteManyAnswer['files']> => {
  const answer = await call<CompleteManyAnswer>(signer, '/complete', { tickets });
  responseBodies.CompleteAnswer.parse(answer);
  return answer.files;
};

const codesOf = (files: CompleteManyAnswer['files']): (string | undefined)[] =>
  files.map((file) => ('error' in file ? file.error.code : undefined));

describe('/complete with the tickets of several uploads', () => {
  test('stores each, in the order of the tickets, with a receipt and an event of its own', async () => {
    const events: SignerEvent[] = [];
    const objects: StoredObject[] = [];
    const signer = bucketSigner({
      onUploaded: (object) => objects.push(object),
      onEvent: (event) => events.push(event),
    });
    const files = await upload(signer, 12);
    assert.ok(files.every(({ completeMany: accepts }) => accepts));
    const stored = (await completeMany(signer, ticketsOf(files))) as StoredFile[];
    const keys = files.map(({ key }) => key);
    assert.deepEqual(
      stored.map(({ key }) => key),
      keys,
    );
    for (const { key, etag, size, receipt } of stored) {
      assert.deepEqual({ key, etag, size }, pick(verifyReceipt(receipt!, SECRET)!));
    }
    assert.deepEqual(objects.map(({ key }) => key).sort(), keys.toSorted());
    const completed = events.filter(({ action }) => action === 'complete');
    assert.deepEqual(
      completed.map(({ key, owner }) => `${owner} ${key}`).sort(),
      keys.map((key) => `ann ${key}`).sort(),
    );
    assert.equal((await listOpenUploads(bucket)).length, 0);
  });

  test('fails only the uploads that a call of their own would fail, with the same problem and event', async () => {
    const events: SignerEvent[] = [];
    const signer = bucketSigner({ onEvent: (event) => events.push(event) });
    const [good, another] = (await upload(signer, 2)) as [SignedMultipart, SignedMultipart];
    const [unfinished] = (await upload(signer, 1, false)) as [SignedMultipart];
    const [aborted] = (await upload(signer, 1)) as [SignedMultipart];
    await call(signer, '/abort', { ticket: aborted.ticket }, 204);
    const [single] = (await signer.sign([{ size: 1 }])) as [SignedPost];
    const foreign = await signer.post(
      '/',
      { files: [{ id: '1', name: 'b.mp4', type: 'video/mp4', size: TEXT.length }] },
      { 'X-Owner': 'bob' },
    );
    const [ofBob] = ((await foreign.json()) as { files: [SignedMultipart] }).files;
    assert.equal((await sendPut(ofBob.firstParts!.parts[0]!.url, TEXT)).status, 200);
    const bad = [ofBob.ticket, unfinished.ticket, aborted.ticket, single.ticket!, `${good.ticket}x`, 'x'];
    events.length = 0;

    const files = await completeMany(signer, [good.ticket, ...bad, another.ticket]);
    const codes = [
      'ticket-refused',
      'parts-missing',
      'no-such-upload',
      'bad-ticket',
      'ticket-refused',
      'ticket-refused',
    ];
    assert.deepEqual(codesOf(files), [undefined, ...codes, undefined]);
    assert.deepEqual(
      [files[0], files.at(-1)].map((file) => (file as StoredFile).key),
      [good.key, another.key],
    );
    const refused = events.filter(({ action }) => action === 'refused');
    assert.deepEqual(refused.map(({ code }) => code!).sort(), codes.toSorted());
    assert.ok(refused.every(({ owner }) => owner === 'ann'));
    assert.equal(events.filter(({ action }) => action === 'complete').length, 2);
    for (const [i, ticket] of bad.entries()) {
      const problem = await problemOf(await signer.post('/complete', { ticket }));
      assert.deepEqual((files[i + 1] as { error: object }).error, problem, 'as in a call of its own');
    }
    const open = (await listOpenUploads(bucket)).map(({ Key }) => Key);
    assert.deepEqual(open.sort(), [ofBob.key, unfinished.key].sort(), 'the upload of Bob is untouched');
    await signer.post('/abort', { ticket: ofBob.ticket }, { 'X-Owner': 'bob' });
    await call(signer, '/abort', { ticket: unfinished.ticket }, 204);
  });

  test('reports a failure of the storage or of onUploaded without its words, and completes the others', async () => {
    const events: SignerEvent[] = [];
    const signer = bucketSigner({
      onEvent: (event) => events.push(event),
      onUploaded: ({ key }) => {
        if (key === files[1]!.key) throw new Error('the database is unavailable');
      },
    });
    const files = await upload(signer, 3);
    const body = '<Error><Code>AccessDenied</Code><Message>canary</Message></Error>';
    bucket.proxy.faults = [{ do: 'answer', method: 'GET', path: files[0]!.key, status: 403, body }];
    const answered = await completeMany(signer, ticketsOf(files));
    assert.deepEqual(codesOf(answered), ['storage-failed', 'internal', undefined]);
    assert.doesNotMatch(JSON.stringify(answered), /canary|database/);
    assert.deepEqual(events.flatMap(({ action, code }) => (action === 'error' ? code! : [])).sort(), [
      'internal',
      'storage-failed',
    ]);
    bucket.proxy.reset();
    await call(signer, '/abort', { ticket: files[0]!.ticket }, 204);
  });

  test('is refused as a whole with no ticket, 51 tickets, the same ticket twice, both members, or more than 512 KiB', async () => {
    const signer = bucketSigner();
    const [file] = (await upload(signer, 1)) as [SignedMultipart];
    const { ticket } = file;
    const sent = signer.calls.length;
    const texts = (count: number) => Array.from({ length: count }, (_, i) => `x${i}`);
    for (const [body, status, detail] of [
      [{ tickets: [] }, 400, /^tickets: /],
      [{ tickets: [ticket, ...texts(50)] }, 400, /^tickets: /],
      [{ tickets: [ticket, ticket] }, 400, /^tickets: must be unique/],
      [{ tickets: [ticket], ticket }, 400, /either ticket or tickets/],
      [{}, 400, /either ticket or tickets/],
      [{ tickets: [ticket, 7] }, 400, /^tickets\.1: /],
      [{ tickets: [ticket, 'x'.repeat(12_001)] }, 400, /^tickets\.1: /],
      [{ tickets: ticket }, 400, /^tickets: /],
      [{ tickets: [ticket], more: 1 }, 400, /more/],
      [{ tickets: texts(50).map((text) => text.padEnd(11_000, 'x')) }, 413, /524288 bytes/],
    ] as const) {
      const response = await signer.post('/complete', body);
      const problem = await problemOf(response);
      assert.deepEqual([response.status, detail.test(problem.detail!)], [status, true], problem.detail);
    }
    assert.equal(signer.calls.length, sent, 'the storage got no request');
    assert.equal((await completeMany(signer, [ticket, ...texts(49)])).length, 50);
  });

  test('stores an upload once if two of the tickets are for it', async () => {
    let uploaded = 0;
    const signer = bucketSigner({ onUploaded: () => uploaded++ });
    const film = { name: 'a.mp4', type: 'video/mp4', size: TEXT.length, nonce: 'a nonce' };
    const [first, second] = [...(await signer.sign([film])), ...(await signer.sign([film]))] as SignedMultipart[];
    assert.equal(first!.key, second!.key);
    assert.equal((await sendPut(first!.firstParts!.parts[0]!.url, TEXT)).status, 200);
    const files = await completeMany(signer, [first!.ticket, second!.ticket]);
    assert.ok(
      codesOf(files).every((code) => code === undefined || code === 'parts-changed'),
      codesOf(files).join(),
    );
    assert.ok(codesOf(files).includes(undefined));
    assert.equal(uploaded, 1);
  });

  test('counts as many requests as it has tickets, and completes none if that is too many', async () => {
    const limiter = createLimits({
      quotas: { requestsPerMinute: 8 },
      bucket: bucket.name,
      clientAddress: () => '203.0.113.1',
    });
    const signer = bucketSigner({ limiter });
    const files = await upload(signer, 4);
    assert.equal((await signer.post('/complete', { tickets: [...ticketsOf(files), 'x'] })).status, 429);
    assert.equal((await listOpenUploads(bucket)).length, 4);
    const others = bucketSigner();
    await completeMany(others, ticketsOf(files));
  });

  test('counts tickets before it opens them', async () => {
    const counted: number[] = [];
    const signer = bucketSigner({
      limiter: {
        countRequests: (_c: unknown, _caller: Caller, requests: number) => {
          counted.push(requests);
          return Promise.resolve(undefined);
        },
        reserve: () => Promise.resolve({ release: () => Promise.resolve() }),
      },
    });
    await completeMany(signer, ['a', 'b', 'c']);
    assert.deepEqual(counted, [1, 2]);
  });

  test('completes ten at a time, so that no upload of two full requests fails while the storage is slow', async () => {
    const client = bucket.clientWith({});
    let running = 0;
    let most = 0;
    client.middlewareStack.add(
      (next) => async (args) => {
        most = Math.max(most, ++running);
        try {
          return await next(args);
        } finally {
          running--;
        }
      },
      { step: 'deserialize', priority: 'low' },
    );
    const signer = bucketSigner({ client });
    const files = await upload(signer, 100);
    bucket.proxy.pace = { latency: 300 };
    most = 0;
    const halves = [ticketsOf(files.slice(0, 50)), ticketsOf(files.slice(50))];
    const answers = await Promise.all(halves.map((tickets) => completeMany(signer, tickets)));
    assert.deepEqual(answers.flatMap(codesOf).filter(Boolean), []);
    assert.ok(most > 10 && most <= 20, `${most} requests at a time`);
  });

  test('says of a file in quarantine that it is being checked, and shares the time to wait', async (t) => {
    const accept = () => 'processing' as const;
    const signer = bucketSigner({ quarantine: { accept, wait: 60_000 } });
    const files = await upload(signer, 2);
    const answered = await completeMany(signer, ticketsOf(files));
    assert.deepEqual(answered, Array(2).fill({ status: 'processing', retryAfter: 2 }));

    const never = bucketSigner({ quarantine: { accept: () => new Promise(() => {}), wait: 333 } });
    const more = await upload(never, 30);
    const timers = t.mock.method(globalThis, 'setTimeout');
    const waiting = await completeMany(never, ticketsOf(more));
    assert.ok(waiting.every((file) => 'status' in file));
    const delays = timers.mock.calls.map((timer) => timer.arguments[1]);
    assert.equal(delays.filter((delay) => delay === 111).length, 30, 'three rounds, each of a third');
    assert.ok(!delays.includes(333));
  });

  test('is refused before the body is read without authentication', async () => {
    const signer = bucketSigner({ authorize: () => null });
    const response = await signer.post('/complete', { tickets: ['x'] }, { Origin: ORIGIN });
    assert.equal(response.status, 401);
  });
});

test('/complete sends two requests to the storage, and looks only for an object that was completed before', async () => {
  const signer = bucketSigner();
  const [file] = (await upload(signer, 1)) as [SignedMultipart];
  const requests = async (): Promise<string[]> => {
    const from = signer.calls.length;
    await call(signer, '/complete', { ticket: file.ticket });
    return signer.calls.slice(from).map((each) => each.split(' ')[0]!);
  };
  // Ceph's gateway sends no ETag, so there the object is looked at.
  assert.deepEqual(await requests(), bucket.isGateway ? ['GET', 'POST', 'HEAD'] : ['GET', 'POST']);
  assert.equal((await requests()).at(-1), 'HEAD');
});

const pick = ({ key, etag, size }: { key: string; etag: string; size: number }) => ({ key, etag, size });
