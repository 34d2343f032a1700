import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { MAX_FILE_BYTES } from '../../widget/core/part-limits.ts';
import type { SignAnswer } from '../../widget/core/protocol.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB } from '../fixtures/files.ts';
import { type SignerFixture, startSignerFixture } from '../fixtures/signer-fixture.ts';

const TB = 1e12;

let fixture: SignerFixture;
before(async () => {
  fixture = await startSignerFixture({ limits: { maxFileSize: 2 * MAX_FILE_BYTES } });
});
after(() => fixture[Symbol.asyncDispose]());
afterEach(() => fixture.reset());

/** A file that claims a size; wherever it is read, it has zeros. */
const hugeFile = (size: number): File => {
  const file = new File([], 'archive.mp4', { type: 'video/mp4' });
  return Object.defineProperties(file, {
    size: { value: size },
    slice: { value: (start: number, end: number) => new Blob([new Uint8Array(Math.min(end, size) - start)]) },
  });
};

describe('A file of 6 TB', () => {
  test('is uploaded in at most 10,000 parts of the signed size', async () => {
    fixture.servers.storage.faults = [
      {
        do: 'answer',
        status: 403,
        body: '<Error><Code>AccessDenied</Code></Error>',
        path: 'partNumber=',
        unread: true,
      },
    ];
    const uploader = fixture.start();
    const failed = nextEvent(uploader, 'upload-error');
    const answer = new Promise<SignAnswer>((resolve) => {
      const { sign } = uploader.options;
      const recording = async (...call: Parameters<typeof sign>) => {
        const grants = await sign(...call);
        resolve({ files: grants as never });
        return grants;
      };
      uploader.configure({ sign: Object.assign(recording, { reopen: sign.reopen }) });
    });
    const [item] = await uploader.add([hugeFile(6 * TB)]);
    const [grant] = (await answer).files;
    assert.ok(grant && 'partSize' in grant && grant.method === 'MULTIPART', JSON.stringify(grant));
    assert.equal(grant.partSize % MiB, 0);
    assert.ok(Math.ceil((6 * TB) / grant.partSize) <= 10_000, String(grant.partSize));
    await failed;
    // an empty request looks for the cause of a missing response
    const sizes = fixture.servers.storage.requests
      .map(({ headers }) => headers['content-length'])
      .filter((size) => size !== '0');
    assert.ok(sizes.length && sizes.every((size) => size === String(grant.partSize)), sizes.join());
    assert.ok(fixture.partsSent().every((number) => number <= 6));
    uploader.removeFile(item!.id);
    await fixture.servers.signer.arrived(1, { path: '/abort' });
  });

  test('resumes after 9,999 of its 10,000 parts, from a list of all of them', async () => {
    const partSize = 601 * MiB;
    const size = 10_000 * partSize;
    const storedParts = Array.from({ length: 9_999 }, (_, index) => ({ number: index + 1, size: partSize }));
    fixture.servers.signer.faults = [
      { do: 'answer', status: 200, body: JSON.stringify({ parts: storedParts }), path: '/parts/list' },
      { do: 'answer', status: 403, body: '{"title":"seen"}', path: '/parts' },
    ];
    const file = hugeFile(size);
    const uploader = fixture.start({
      resume: {
        save: () => Promise.resolve(),
        drop: () => Promise.resolve(),
        lock: () => Promise.resolve(true),
        clear: () => Promise.resolve(),
        load: () =>
          Promise.resolve([
            {
              ...{ key: 'k', ticket: 't', partSize, name: file.name, size, type: file.type },
              ...{ lastModified: file.lastModified, expires: Date.now() + 1e6, file },
            },
          ]),
      },
    });
    const authRequired = nextEvent(uploader, 'auth-required');
    await uploader.restore();
    await authRequired;
    const { json } = fixture.signerRequests('/parts').at(-1)!;
    assert.deepEqual((json as { parts: object[] }).parts, [{ number: 10_000, size: partSize }]);
  });
});

test('A file above S3’s limit is refused without a request', async () => {
  const uploader = fixture.start({ auto: false });
  const rejected = nextEvent(uploader, 'file-reject');
  const [tooLarge, largest] = await uploader.add([hugeFile(MAX_FILE_BYTES + 1), hugeFile(MAX_FILE_BYTES)]);
  const { code, limit } = (await rejected).detail;
  assert.deepEqual(
    [code, limit, tooLarge!.status, largest!.status],
    ['file-too-large', MAX_FILE_BYTES, 'rejected', 'ready'],
  );
  assert.equal(MAX_FILE_BYTES, 48.828125 * 2 ** 40);
  uploader.destroy();
  assert.deepEqual(fixture.servers.storage.requests, []);
});

describe('A file of more than 5 GiB', () => {
  for (const method of ['POST', 'PUT'] as const) {
    test(`is refused before a byte is sent when the signer signs one ${method} for it`, async () => {
      const url = 'https://s3.example.com/b/k';
      const sent: string[] = [];
      const uploader = fixture.start({
        sign: (files) => Promise.resolve(files.map(({ id }) => ({ id, key: 'k', method, url, fields: { key: 'k' } }))),
        send: ({ method }) => Promise.reject(new Error(`sent by ${sent.push(method)} ${method}`)),
      });
      const failed = nextEvent(uploader, 'upload-error');
      await uploader.add([hugeFile(5 * 2 ** 30 + 1)]);
      const { code, message } = (await failed).detail;
      assert.equal(code, 'file-too-large');
      assert.match(message, new RegExp(`one ${method} takes at most 5 GiB: sign the file as a multipart upload`));
      const [item] = uploader.items;
      assert.ok(item?.status === 'failed' && item.error.limit === 5 * 2 ** 30);
      assert.deepEqual(sent, []);
    });
  }
});
