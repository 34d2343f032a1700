import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import type { Transport } from '../../widget/core/http.ts';
import { nextEvent, recordDetails } from '../fixtures/events.ts';
import { MiB, textFile, videoFile } from '../fixtures/files.ts';
import { nodeTransport } from '../fixtures/node-transport.ts';
import { s3ErrorXml } from '../fixtures/s3-error-xml.ts';
import { type SignerFixture, startSignerFixture } from '../fixtures/signer-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';

let fixture: SignerFixture;
before(async () => {
  fixture = await startSignerFixture({ method: 'auto' });
});
after(() => fixture[Symbol.asyncDispose]());
beforeEach(() => {
  // no random waits
  mock.method(Math, 'random', () => 0);
});
afterEach(() => {
  fixture.reset();
  mock.restoreAll();
});

/** Hides responses without CORS headers, as browsers do. */
const pageTransport: Transport = async ({ headers, ...request }, options) => {
  const response = await nodeTransport(
    { ...request, headers: { ...headers, origin: 'https://site.example' } },
    options,
  );
  if (!response.header('access-control-allow-origin')) throw new TypeError('Failed to fetch');
  return response;
};

/** Reports no progress, as for requests that a service worker answers. */
const silentTransport: Transport = (request, options) =>
  nodeTransport(request, { ...options, onProgress: () => {}, onSent: () => {} });

/** Requests of the method that carried the file, which has at least this many bytes. */
const bodies = (method: string, bytes: number): number =>
  fixture.servers.storage.requests.filter((request) => request.method === method && request.bytes >= bytes).length;

describe('A refusal that the page may not read', () => {
  test('of a proxy that refuses large files fails after at most three whole bodies', async () => {
    const uploader = fixture.start({ send: pageTransport });
    const [small] = await uploader.add([textFile()]);
    await untilStatus(uploader, small!.id, 'done');
    fixture.servers.storage.faults = [{ do: 'answer', status: 413, cors: false, method: 'POST' }];
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([videoFile(2 * MiB)]);
    const { code, message } = (await error).detail;
    assert.equal(code, 'cors');
    assert.match(message, /127\.0\.0\.1:\d+ .*client_max_body_size/);
    const sent = bodies('POST', 2 * MiB);
    assert.ok(sent >= 2 && sent <= 3, String(sent));
    assert.equal(bodies('PUT', 2 * MiB), 0, 'the storage has stored a POST before');
  });

  test('of an allowed host, which could redirect, is never looked for by a whole body without CORS', async () => {
    const fetched = mock.method(globalThis, 'fetch').mock;
    const uploader = fixture.start({ send: pageTransport, allowedHosts: ['127.0.0.1'] });
    const [small] = await uploader.add([textFile()]);
    await untilStatus(uploader, small!.id, 'done');
    fixture.servers.storage.faults = [{ do: 'answer', status: 413, cors: false, method: 'POST' }];
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([videoFile(2 * MiB)]);
    assert.equal((await error).detail.code, 'cors');
    const bodies = fetched.calls.filter(({ arguments: [, init] }) => init?.mode === 'no-cors' && init.body);
    assert.equal(bodies.length, 0);
  });

  test('of POST by a storage that implements only PUT makes the queue use PUT', async () => {
    fixture.servers.storage.faults = [{ do: 'answer', status: 501, cors: false, method: 'POST' }];
    const uploader = fixture.start({ send: pageTransport });
    const [item] = await uploader.add([videoFile(MiB)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual([bodies('POST', MiB), bodies('PUT', MiB)], [2, 1]);
  });

  test('of POST and PUT fails after at most three whole bodies, and the next file begins with POST', async () => {
    fixture.servers.storage.faults = [
      { do: 'answer', status: 413, cors: false, method: 'POST' },
      { do: 'answer', status: 413, cors: false, method: 'PUT' },
    ];
    const uploader = fixture.start({ send: pageTransport });
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([videoFile(MiB)]);
    assert.equal((await error).detail.code, 'cors');
    assert.deepEqual([bodies('POST', MiB), bodies('PUT', MiB)], [2, 1]);
    fixture.servers.storage.faults = [];
    const [next] = await uploader.add([videoFile(MiB, 'next.mp4')]);
    await fixture.assertStored(await untilStatus(uploader, next!.id, 'done'));
    assert.equal(bodies('POST', MiB), 3);
  });

  test('of POST by a storage that implements only PUT names the setting, when the signer signs only POST', async () => {
    await using posts = await startSignerFixture();
    posts.servers.storage.faults = [{ do: 'answer', status: 501, cors: false, method: 'POST' }];
    const uploader = posts.start({ send: pageTransport });
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([videoFile(MiB)]);
    const { code, message } = (await error).detail;
    assert.equal(code, 'cors');
    assert.match(message, /no POST.*SIGNER_METHOD=put/);
  });

  test('of a part fails after three whole bodies', async () => {
    fixture.servers.storage.faults = [{ do: 'answer', status: 413, cors: false, path: 'partNumber=2' }];
    const uploader = fixture.start({ send: pageTransport });
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([videoFile(15 * MiB)]);
    assert.equal((await error).detail.code, 'cors');
    assert.equal(fixture.partsSent().filter((number) => number === 2).length, 3);
  });
});

describe('A connection that breaks', () => {
  for (const at of [{ bytes: 0 }, { share: 0.5 }]) {
    test(`four times at ${JSON.stringify(at)} in the first POST of a page is no CORS error`, async () => {
      fixture.servers.storage.faults = [{ do: 'cut', at, method: 'POST', times: 4 }];
      const uploader = fixture.start({ send: pageTransport });
      const [item] = await uploader.add([videoFile(5 * MiB)]);
      await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    });
  }

  test('in the middle of each request fails after ten requests', async () => {
    fixture.servers.storage.faults = [{ do: 'cut', at: { share: 0.1 }, method: 'POST' }];
    const send: Transport = (request, options) => nodeTransport(request, { ...options, onSent: () => {} });
    const uploader = fixture.start({ send });
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add([videoFile(MiB)]);
    assert.equal((await error).detail.code, 'network');
    assert.equal(bodies('POST', 1), 10);
  });
});

describe('A portal or proxy that answers in place of the storage', () => {
  for (const [what, answer] of [
    ['200 and an HTML page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>Hi' }],
    ['200 and JSON', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' }],
    ['a redirect to a login page', { status: 302, headers: { location: 'http://portal.example/' } }],
  ] as const) {
    test(`with ${what} is no success of a POST`, async () => {
      fixture.servers.storage.faults = [{ do: 'answer', method: 'POST', times: 2, ...answer }];
      const uploader = fixture.start();
      const retries = recordDetails(uploader, 'upload-retry');
      const [item] = await uploader.add([videoFile(100_000)]);
      await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
      assert.deepEqual([bodies('POST', 100_000), retries.length], [3, 2]);
      assert.equal(fixture.signerRequests('/confirm').length, 2, 'it looks up the file before it sends it again');
    });

    test(`with ${what} is no success of a part`, async () => {
      fixture.servers.storage.faults = [{ do: 'answer', path: 'partNumber=2', times: 2, ...answer }];
      const uploader = fixture.start();
      const [item] = await uploader.add([videoFile(15 * MiB)]);
      await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
      assert.equal(fixture.partsSent().filter((number) => number === 2).length, 3);
    });
  }
});

test('A file whose progress is never reported is stored by one request, however slow', async () => {
  fixture.servers.storage.pace = { bytesPerSecond: 2 * MiB };
  const uploader = fixture.start({ send: silentTransport, timeout: 400 });
  const retries = recordDetails(uploader, 'upload-retry');
  const [item] = await uploader.add([videoFile(4 * MiB)]);
  await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
  assert.deepEqual([bodies('POST', 1), retries], [1, []]);
});

test('A file whose progress is never reported and whose response is lost is looked up before it is sent again', async () => {
  fixture.servers.storage.faults = [{ do: 'reset', method: 'POST', times: 1 }];
  const uploader = fixture.start({ send: silentTransport });
  const [item] = await uploader.add([videoFile(100_000)]);
  await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
  assert.deepEqual([bodies('POST', 1), fixture.signerRequests('/confirm').length], [1, 1]);
});

test('A storage that asks to slow down 60 times gets all files, one request at a time', async () => {
  fixture.servers.storage.faults = [
    { do: 'answer', status: 503, body: s3ErrorXml('SlowDown'), method: 'POST', times: 60 },
  ];
  const uploader = fixture.start();
  const complete = nextEvent(uploader, 'upload-complete');
  await uploader.add(Array.from({ length: 20 }, (_, index) => textFile(`${index}.txt`)));
  const { done, failed } = (await complete).detail;
  assert.deepEqual([done.length, failed], [20, []]);
  const throttled = fixture.servers.storage.requests.filter(({ status }) => status === 503);
  // the first requests began together
  for (const [index, { start }] of throttled.entries())
    if (index > 3) assert.ok(start >= throttled[index - 1]!.end! - 5);
});

test('A network that is wrongly said to be offline is used at once if the host responds', async () => {
  const network = Object.assign(new EventTarget(), { online: false });
  fixture.servers.storage.faults = [{ do: 'reset', stored: false, method: 'POST', times: 3 }];
  const uploader = fixture.start({ network });
  const [item] = await uploader.add([videoFile(1000)]);
  await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
});
