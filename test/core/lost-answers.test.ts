import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import type { PostGrant } from '../../widget/core/sign.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { deferred } from '../fixtures/deferred.ts';
import { nextEvent, recordDetails } from '../fixtures/events.ts';
import { MiB, textFile, videoFile } from '../fixtures/files.ts';
import { type SignerFixture, startSignerFixture } from '../fixtures/signer-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';

let fixture: SignerFixture;
before(async () => {
  fixture = await startSignerFixture();
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

const posts = () => fixture.servers.storage.requests.filter(({ method }) => method === 'POST');

describe('An upload whose response to a POST is lost', () => {
  test('asks the signer whether the file is stored before it sends any byte again', async () => {
    fixture.servers.storage.faults = [{ do: 'reset', method: 'POST', times: 1 }];
    const uploader = fixture.start();
    const successes = recordDetails(uploader, 'upload-success');
    const [item] = await uploader.add([videoFile(100_000)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual([posts().length, fixture.signerRequests('/confirm').length, successes.length], [1, 1, 1]);
  });

  test('asks the signer again when the signer fails once', async () => {
    fixture.servers.storage.faults = [{ do: 'reset', method: 'POST', times: 1 }];
    fixture.servers.signer.faults = [{ do: 'answer', status: 503, path: '/confirm', times: 1 }];
    const uploader = fixture.start();
    const [item] = await uploader.add([videoFile(100_000)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual([posts().length, fixture.signerRequests('/confirm').length], [1, 2]);
  });

  test('asks the signer again when the signer fails twelve times', async () => {
    fixture.servers.storage.faults = [{ do: 'reset', method: 'POST', times: 1 }];
    fixture.servers.signer.faults = [{ do: 'answer', status: 503, path: '/confirm', times: 12 }];
    const uploader = fixture.start();
    const [item] = await uploader.add([videoFile(100_000)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual([posts().length, fixture.signerRequests('/confirm').length], [1, 13]);
  });

  test('asks the signer again after the user has signed in', async () => {
    fixture.servers.storage.faults = [{ do: 'reset', method: 'POST', times: 1 }];
    fixture.servers.signer.faults = [{ do: 'answer', status: 401, path: '/confirm', times: 1 }];
    const uploader = fixture.start();
    const authRequired = nextEvent(uploader, 'auth-required');
    const [item] = await uploader.add([videoFile(100_000)]);
    await authRequired;
    uploader.resume();
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual([posts().length, fixture.signerRequests('/confirm').length], [1, 2]);
  });

  test('sends the file again if it was not stored', async () => {
    fixture.servers.storage.faults = [{ do: 'reset', stored: false, method: 'POST', times: 1 }];
    const uploader = fixture.start();
    const [item] = await uploader.add([videoFile(100_000)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual([posts().length, fixture.signerRequests('/confirm').length], [2, 1]);
  });

  test('asks the signer whether the file is stored when it was paused before the response', async () => {
    fixture.servers.storage.faults = [{ do: 'swallow', method: 'POST', times: 1 }];
    const uploader = fixture.start();
    const { sign } = uploader.options;
    let key = '';
    uploader.configure({
      sign: async (...call) => {
        const grants = await sign(...call);
        key = (grants[0] as PostGrant).key;
        return grants;
      },
    });
    const [item] = await uploader.add([videoFile(100_000)]);
    await untilStatus(uploader, item!.id, 'finishing');
    while (!(await fixture.servers.storedObject(key)));
    uploader.pause();
    fixture.servers.storage.release();
    uploader.resume();
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(posts().length, 1);
  });
});

describe('An upload whose response to a completion is lost', () => {
  test('sends no part again when the file was paused before the response', async () => {
    fixture.servers.signer.faults = [{ do: 'swallow', path: '/complete', times: 1 }];
    const uploader = fixture.start();
    const [item] = await uploader.add([videoFile(15 * MiB)]);
    await untilStatus(uploader, item!.id, 'finishing');
    await fixture.servers.signer.arrived(1, { path: '/complete' });
    await completed();
    uploader.pause();
    fixture.servers.signer.release();
    uploader.resume();
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual([fixture.partsSent().length, fixture.signerRequests('').length], [3, 1]);
  });

  /** Resolves once the storage has completed the upload. */
  async function completed(): Promise<void> {
    const completions = () =>
      fixture.servers.storage.requests.filter(({ method, path }) => method === 'POST' && path.includes('uploadId='));
    while (!completions().some(({ status }) => status === 200)) await new Promise(setImmediate);
  }
});

describe('A connection that is cut in the same part again and again', () => {
  test('is not reported as a missing CORS rule when bytes were sent', async () => {
    fixture.servers.storage.faults = [{ do: 'cut', at: { share: 0.5 }, path: 'partNumber=2', times: 4 }];
    const uploader = fixture.start();
    const [item] = await uploader.add([videoFile(15 * MiB)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(fixture.partsSent().filter((number) => number === 2).length, 5);
  });

  test('is not reported as a missing CORS rule when the storage has responded before', async () => {
    const uploader = fixture.start();
    const [first] = await uploader.add([textFile('1.txt')]);
    await untilStatus(uploader, first!.id, 'done');
    fixture.servers.storage.faults = [{ do: 'cut', at: { bytes: 0 }, method: 'POST', times: 3 }];
    const [second] = await uploader.add([new File([], 'empty.txt')]);
    await untilStatus(uploader, second!.id, 'done');
    assert.equal(posts().length, 5);
  });
});

describe('A ticket that has expired', () => {
  test('while the file was paused makes the upload start again', async () => {
    fixture.servers.storage.faults = [{ do: 'stall', at: { bytes: 0 }, path: 'partNumber=', times: 3 }];
    const uploader = fixture.start();
    const [item] = await uploader.add([videoFile(15 * MiB)]);
    await fixture.servers.storage.arrived(3, { path: 'partNumber=' });
    uploader.pause();
    const long = 7.1 * 24 * 60 * 60 * 1000;
    const now = Date.now.bind(Date);
    const clock = mock.method(Date, 'now', () => now() + long);
    fixture.servers.signer.faults = [
      { do: 'answer', status: 403, body: '{"code":"ticket-refused"}', path: '/sign-again', times: 1 },
    ];
    uploader.resume();
    await fixture.servers.signer.arrived(1, { path: '/sign-again' });
    clock.mock.restore();
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(fixture.signerRequests('').length, 2);
  });
});

describe('A file that cannot be read for its checksum', () => {
  for (const size of [100_000, 15 * MiB]) {
    test(`of ${size} bytes fails as changed, and the next file is uploaded`, async () => {
      const { openAsBlob } = await import('node:fs');
      const { mkdtemp, writeFile } = await import('node:fs/promises');
      const path = `${await mkdtemp('/tmp/s3-uploader-file-')}/gone.mp4`;
      await writeFile(path, new Uint8Array(size));
      const gone = new File([await openAsBlob(path)], 'gone.mp4');
      await writeFile(path, new Uint8Array(10));
      const uploader = fixture.start({ checksum: 'crc32' });
      const error = nextEvent(uploader, 'upload-error');
      const [, good] = await uploader.add([gone, textFile()]);
      const { code, retryable } = (await error).detail;
      assert.deepEqual([code, retryable], ['file-changed', false]);
      await fixture.assertStored(await untilStatus(uploader, good!.id, 'done'));
    });
  }
});

describe('A response of the signer that is cut in the middle', () => {
  test('is requested again', async () => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests += 1;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      response.write('{"files":');
      setImmediate(() => response.socket!.resetAndDestroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const broken = endpoint({ url: `http://127.0.0.1:${port}` });
    const uploader = fixture.start();
    const { sign } = uploader.options;
    uploader.configure({ sign: (...call) => (requests < 2 ? broken(...call) : sign(...call)) });
    const [item] = await uploader.add([videoFile(1000)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(requests, 2);
    server.close();
    server.closeAllConnections();
  });
});

test('An upload that another page has locked is not taken over by a retry', async () => {
  let isLocked = false;
  const { promise: saved, resolve: save } = deferred();
  const resume = {
    save: () => Promise.resolve(save()),
    drop: () => Promise.resolve(),
    load: () => Promise.resolve([]),
    lock: () => Promise.resolve(!isLocked),
    clear: () => Promise.resolve(),
  };
  fixture.servers.storage.faults = [{ do: 'stall', at: { bytes: 0 }, path: 'partNumber=' }];
  const uploader = fixture.start({ resume });
  const [item] = await uploader.add([videoFile(15 * MiB)]);
  await Promise.all([saved, fixture.servers.storage.arrived(3, { path: 'partNumber=' })]);
  uploader.suspend();
  isLocked = true;
  const first = nextEvent(uploader, 'upload-error');
  uploader.resume(item!.id);
  assert.equal((await first).detail.code, 'in-use');
  const second = nextEvent(uploader, 'upload-error');
  uploader.retry(item!.id);
  assert.equal((await second).detail.code, 'in-use');
  assert.equal(fixture.partsSent().length, 3, 'no part is sent again');
});

describe('A large file whose signature is lost on its way', () => {
  for (const faults of [
    [{ do: 'reset', path: '/sign', times: 1 }],
    [{ do: 'reset', path: '/sign', times: 3 }],
  ] as const) {
    test(`leaves no multipart upload behind after ${faults[0].times} lost responses`, async () => {
      const before = await fixture.servers.countOpenUploads();
      fixture.servers.signer.faults = [...faults];
      const uploader = fixture.start();
      const [item] = await uploader.add([videoFile(6 * MiB)]);
      await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
      const sent = fixture
        .signerRequests('')
        .map(({ json }) => (json as { files: { nonce: string; repeated?: boolean }[] }).files[0]!);
      assert.equal(new Set(sent.map(({ nonce }) => nonce)).size, 1);
      const repeated = Array<boolean>(faults[0].times).fill(true);
      assert.deepEqual(
        sent.map((file) => file.repeated),
        [undefined, ...repeated],
      );
      assert.equal(await fixture.servers.countOpenUploads(), before);
    });
  }

  test('gets another nonce when it is added again', async () => {
    const uploader = fixture.start();
    for (const name of ['a.mp4', 'b.mp4']) {
      const [item] = await uploader.add([new File([name], name, { type: 'video/mp4' })]);
      await untilStatus(uploader, item!.id, 'done');
    }
    const sent = fixture.signerRequests('').map(({ json }) => (json as { files: { nonce: string }[] }).files[0]!.nonce);
    assert.equal(new Set(sent).size, 2);
  });
});
