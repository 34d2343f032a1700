import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { Uploader, type Sign } from '../../widget/core/index.ts';
import { betterUpload } from '../../widget/sign/presets/better-upload.ts';
import { companion } from '../../widget/sign/presets/companion.ts';
import { md5 } from '../../widget/sign/presets/md5.ts';
import { presignedPost } from '../../widget/sign/presets/presigned-post.ts';
import { rails } from '../../widget/sign/presets/rails.ts';
import { bytesFile, MiB, textFile } from '../fixtures/files.ts';
import {
  type PresetBackend,
  type PresetBackendName,
  railsKey,
  startPresetBackend,
} from '../fixtures/preset-backends.ts';
import { startStubSigner } from '../fixtures/stub-signer.ts';
import { startTestStorage, type TestStorage } from '../fixtures/test-storage.ts';
import { untilStatus } from '../fixtures/wait.ts';
import { type FaultProxy, startFaultProxy } from '../helpers/faults.ts';
import { nodeTransport } from '../fixtures/node-transport.ts';

// The local storage, or Ceph's gateway where TEST_S3_ENDPOINT names it.
let testStorage: TestStorage;
let proxy: FaultProxy;
let reading: S3Client;

before(async () => {
  testStorage = await startTestStorage();
  proxy = await startFaultProxy(testStorage.url);
  reading = new S3Client({
    endpoint: testStorage.url,
    region: testStorage.region,
    credentials: testStorage.credentials,
    forcePathStyle: true,
  });
});

after(async () => {
  reading.destroy();
  await proxy.close();
  await testStorage.close();
});

async function stored(key: string): Promise<{ bytes: Buffer; type?: string; cache?: string; metadata?: object }> {
  const object = await reading.send(new GetObjectCommand({ Bucket: testStorage.bucket, Key: key }));
  const { ContentType: type, CacheControl: cache, Metadata: metadata } = object;
  return { bytes: Buffer.from(await object.Body!.transformToByteArray()), type, cache, metadata };
}

/** Starts a preset's backend whose uploads go through the proxy, and an uploader. */
async function open(name: PresetBackendName, sign: (url: string) => Sign) {
  proxy.reset();
  const presetBackend: PresetBackend = await startPresetBackend(name, { ...testStorage, url: proxy.url });
  const uploader = new Uploader({ sign: sign(presetBackend.url), send: nodeTransport });
  return {
    presetBackend,
    uploader,
    async upload(...files: File[]) {
      const items = await uploader.add(files);
      return Promise.all(
        items.map(async ({ id }) => {
          const done = await untilStatus(uploader, id, 'done');
          assert(done.status === 'done');
          return done.result;
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      uploader.destroy();
      await presetBackend[Symbol.asyncDispose]();
    },
  };
}

/** The requests to a backend, without their query. */
const requestLines = ({ requests }: PresetBackend): string[] => requests.map(({ line }) => line.replace(/\?.*/, ''));

/** Adds a file, and resolves with its error. */
async function failure(uploader: Uploader, file: File) {
  const [item] = await uploader.add([file]);
  await untilStatus(uploader, item!.id, 'failed').catch(() => {});
  const failed = uploader.item(item!.id)!;
  assert('error' in failed && failed.error);
  return failed.error;
}

/** Waits until the bucket has no open multipart upload under a prefix. */
async function assertNoneOpen(Prefix: string): Promise<void> {
  for (let left = 1, tries = 0; left; tries += 1) {
    const list = new ListMultipartUploadsCommand({ Bucket: testStorage.bucket, Prefix });
    left = (await reading.send(list)).Uploads?.length ?? 0;
    assert(tries < 100, `${left} uploads are left`);
  }
}

describe('The preset presigned-post, with a signer of a few lines around the AWS SDK,', () => {
  for (const signerMethod of ['post', 'get'] as const) {
    test(`stores a file that it requests by ${signerMethod.toUpperCase()}`, async () => {
      await using fixture = await open('presigned-post', (url) => presignedPost({ url, signerMethod }));
      const [result] = await fixture.upload(textFile('ä b&c.txt', 'words'));
      assert.match(result!.key, /^posts\/[0-9a-f-]{36}\/ä b&c\.txt$/);
      const { bytes, type } = await stored(result!.key);
      assert.deepEqual([bytes.toString(), type], ['words', 'text/plain']);
      assert.deepEqual(requestLines(fixture.presetBackend), [`${signerMethod.toUpperCase()} /sign`]);
    });
  }

  test('stores forty files of one name as forty objects', async () => {
    await using fixture = await open('presigned-post', (url) => presignedPost({ url }));
    const files = Array.from({ length: 40 }, (_, index) => textFile('same.txt', `words ${index}`));
    const results = await fixture.upload(...files);
    assert.equal(new Set(results.map(({ key }) => key)).size, 40);
    const last = await stored(results[39]!.key);
    assert.equal(last.bytes.toString(), 'words 39');
  });

  test('knows the key when S3 inserts the name of the file', async () => {
    const url = testStorage.url;
    const client = new S3Client({ ...testStorage, endpoint: url, forcePathStyle: true });
    const folder = `named/${randomBytes(8).toString('hex')}/`;
    const form = { Bucket: testStorage.bucket, Key: `${folder}\${filename}`, Expires: 300 };
    await using signer = await startStubSigner(async () => ({
      body: await createPresignedPost(client, { ...form, Conditions: [['content-length-range', 0, 100]] }),
    }));
    const uploader = new Uploader({ sign: presignedPost({ url: signer.url }), send: nodeTransport });
    const names = ['plain.txt', 'cost $& $1 $$.txt', 'ä b&c.txt', 'a${filename}b.txt'];
    await uploader.add(names.map((name) => textFile(name, name)));
    await new Promise((resolve) => uploader.addEventListener('upload-complete', resolve));
    for (const [index, name] of names.entries()) {
      const item = uploader.items[index]!;
      assert(item.status === 'done', `${name}: ${item.status}`);
      assert.equal(item.result.key, `${folder}${name}`);
      assert.equal((await stored(item.result.key)).bytes.toString(), name);
    }
    uploader.destroy();
    client.destroy();
  });

  test('uploads by PUT when the storage does not accept POST', async () => {
    await using fixture = await open('presigned-post', (url) => presignedPost({ url }));
    proxy.faults = [{ do: 'answer', status: 501, method: 'POST' }];
    const [result] = await fixture.upload(textFile('note.txt', 'words'));
    assert.equal((await stored(result!.key)).bytes.toString(), 'words');
  });
});

describe('The preset companion, with the real @uppy/companion,', () => {
  test('stores a whole file with its metadata', async () => {
    await using fixture = await open('companion', (url) => companion({ url, metadata: { album: 'summer' } }));
    const [result] = await fixture.upload(textFile('note.txt', 'words'));
    const { bytes, type, metadata } = await stored(result!.key);
    assert.deepEqual([bytes.toString(), type, metadata], ['words', 'text/plain', { album: 'summer' }]);
    assert.deepEqual(requestLines(fixture.presetBackend), ['GET /s3/params']);
  });

  test('stores a large file in parts when the connection of one part is cut', async () => {
    await using fixture = await open('companion', (url) => companion({ url, multipartFrom: 16 * MiB }));
    proxy.faults = [{ do: 'cut', at: { share: 0.5 }, method: 'PUT', times: 1 }];
    const file = bytesFile(20 * MiB + 3, 'big.bin');
    const [result] = await fixture.upload(file);
    assert.match(result!.location, new RegExp(`^${proxy.url}/${testStorage.bucket}/companion/`));
    const { bytes } = await stored(result!.key);
    assert(bytes.equals(Buffer.from(await file.arrayBuffer())));
    assert.equal(requestLines(fixture.presetBackend)[0], 'POST /s3/multipart');
    assert.match(requestLines(fixture.presetBackend).at(-1)!, /^POST \/s3\/multipart\/.+\/complete$/);
  });

  test('aborts a multipart upload that is canceled', async () => {
    await using fixture = await open('companion', (url) => companion({ url, multipartFrom: 16 * MiB }));
    proxy.faults = [{ do: 'stall', at: { bytes: 1000 }, method: 'PUT' }];
    const [item] = await fixture.uploader.add([bytesFile(17 * MiB, 'big.bin')]);
    await proxy.arrived(1, { method: 'PUT' });
    fixture.uploader.cancel(item!.id);
    proxy.release();
    await proxy.arrived(1, { method: 'DELETE' });
    await assertNoneOpen('companion/');
  });

  test('completes a multipart upload whose last response gets lost, and sends nothing again', async () => {
    await using fixture = await open('companion', (url) => companion({ url, multipartFrom: 16 * MiB }));
    await using signer = await startFaultProxy(fixture.presetBackend.url);
    signer.faults = [{ do: 'reset', path: '/complete', times: 1 }];
    fixture.uploader.configure({ sign: companion({ url: signer.url, multipartFrom: 16 * MiB }) });
    const file = bytesFile(17 * MiB, 'big.bin');
    const [result] = await fixture.upload(file);
    assert.match(result!.location, new RegExp(`^${proxy.url}/${testStorage.bucket}/companion/`));
    assert((await stored(result!.key)).bytes.equals(Buffer.from(await file.arrayBuffer())));
    assert.equal(proxy.requests.filter(({ method }) => method === 'PUT').length, 3);
  });

  test('aborts the multipart uploads of a batch when one of them cannot begin', async () => {
    await using fixture = await open('companion', (url) => companion({ url, multipartFrom: 16 * MiB }));
    await using signer = await startFaultProxy(fixture.presetBackend.url);
    signer.faults = [{ do: 'answer', status: 503, path: '/s3/multipart', method: 'POST', skip: 1, times: 1 }];
    fixture.uploader.configure({ sign: companion({ url: signer.url, multipartFrom: 16 * MiB }) });
    await fixture.upload(...['a', 'b', 'c'].map((name) => bytesFile(17 * MiB, `${name}.bin`)));
    const begun = signer.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/s3/multipart'));
    // the third is begun twice, unless the second had failed before the third was sent
    assert.ok(begun.length === 5 || begun.length === 6, `${begun.length} requests`);
    await signer.arrived(begun.length - 4, { method: 'DELETE' });
    await assertNoneOpen('companion/');
  });
});

describe('The preset better-upload, with the real @better-upload/server,', () => {
  test('stores a file with all signed headers', async () => {
    await using fixture = await open('better-upload', (url) => betterUpload({ url }));
    const [result] = await fixture.upload(textFile('note.txt', 'words'));
    const { bytes, type, cache, metadata } = await stored(result!.key);
    assert.deepEqual(
      [bytes.toString(), type, cache, metadata],
      ['words', 'text/plain', 'max-age=60', { origin: 'test' }],
    );
  });

  test('stores files of one name separately, and requests them one by one from a route for three files', async () => {
    await using fixture = await open('better-upload', (url) => betterUpload({ url }));
    const files = ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee', 'ffff'].map((text) => textFile('same.txt', text));
    const results = await fixture.upload(...files);
    const texts = await Promise.all(results.map(async ({ key }) => (await stored(key)).bytes.toString()));
    assert.deepEqual(texts, ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee', 'ffff']);
  });

  test('uploads the other files when the route refuses one', async () => {
    await using fixture = await open('better-upload', (url) => betterUpload({ url }));
    const items = await fixture.uploader.add([textFile('a.txt'), bytesFile(6 * MiB, 'big.bin'), textFile('b.txt')]);
    await new Promise((resolve) => fixture.uploader.addEventListener('upload-complete', resolve));
    const ends = items.map(({ id }) => fixture.uploader.item(id)!);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['done', 'failed', 'done'],
    );
    assert.match('error' in ends[1]! ? ends[1].error!.message : '', /One or more files are too large/);
  });

  test('stores a file in parts when the connection of one part is cut', async () => {
    await using fixture = await open('better-upload-parts', (url) => betterUpload({ url }));
    proxy.faults = [{ do: 'cut', at: { share: 0.5 }, method: 'PUT', times: 1 }];
    const file = bytesFile(17 * MiB + 3, 'big.bin');
    const [result] = await fixture.upload(file);
    const { bytes } = await stored(result!.key);
    assert(bytes.equals(Buffer.from(await file.arrayBuffer())));
  });

  test('completes a multipart upload whose last response gets lost, and sends nothing again', async () => {
    await using fixture = await open('better-upload-parts', (url) => betterUpload({ url }));
    proxy.faults = [{ do: 'reset', method: 'POST', path: 'uploadId=', times: 1 }];
    const file = bytesFile(11 * MiB, 'big.bin');
    const [result] = await fixture.upload(file);
    assert((await stored(result!.key)).bytes.equals(Buffer.from(await file.arrayBuffer())));
    assert.equal(proxy.requests.filter(({ method }) => method === 'PUT').length, 3);
    assert.deepEqual(requestLines(fixture.presetBackend), ['POST /api/upload']);
  });

  test('aborts an upload whose URLs expire, and starts it again', async () => {
    await using fixture = await open('better-upload-parts', (url) => betterUpload({ url }));
    const body = '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>';
    // both parts, and one of them a second time
    proxy.faults = [{ do: 'answer', status: 403, body, method: 'PUT', times: 3 }];
    const file = bytesFile(6 * MiB, 'big.bin');
    const [result] = await fixture.upload(file);
    assert((await stored(result!.key)).bytes.equals(Buffer.from(await file.arrayBuffer())));
    assert.deepEqual(requestLines(fixture.presetBackend), ['POST /api/upload', 'POST /api/upload']);
    await proxy.arrived(1, { method: 'DELETE' });
    await assertNoneOpen(result!.key.replace(/^.*?-/, ''));
  });

  test('counts the lifetime of the URLs from when they were signed', async (context) => {
    await using fixture = await open('better-upload-parts', (url) => betterUpload({ url }));
    const signal = AbortSignal.timeout(5000);
    const sign = betterUpload({ url: fixture.presetBackend.url });
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const [grant] = await sign([{ id: '1', name: 'a', size: 6 * MiB, type: 'a/b' }], { signal });
    assert(grant && 'signParts' in grant);
    const part = [{ number: 1, size: 5 * MiB }];
    const first = (await grant.signParts(part, signal)).lifetime;
    context.mock.timers.setTime(Date.now() + 600_000);
    const second = (await grant.signParts(part, signal)).lifetime;
    assert(first > 1_490_000 && first <= 1_500_000, `${first}`);
    assert(second > 890_000 && second <= 900_000, `${second}`);
    await grant.abort(signal);
  });

  test('names the header that the CORS rule must expose when the ETag of a part is hidden', async () => {
    await using fixture = await open('better-upload-parts', (url) => betterUpload({ url }));
    proxy.faults = [{ do: 'headers', headers: { etag: null }, method: 'PUT' }];
    const error = await failure(fixture.uploader, bytesFile(6 * MiB));
    assert.equal(error.code, 'cors');
    assert.match(error.message, /must expose the header ETag/);
  });

  test('names the missing route when the endpoint has none', async () => {
    await using fixture = await open('better-upload', (url) => betterUpload({ url: url.replace(/\?.*/, '') }));
    const error = await failure(fixture.uploader, textFile());
    assert.equal(error.code, 'config');
    assert.match(error.message, /attribute "endpoint" has no route.*\?route=images/);
  });
});

// Answers that a preset does not expect, and the error's message.
for (const [name, sign, answers, size, ...messages] of [
  ['companion', companion, [{ ok: true }], 20, /\[ok\].*url and fields/],
  ['companion', companion, [{ key: 'k' }], 200, /\[key\].*key and uploadId/],
  [
    'companion',
    companion,
    [{ key: 'k', uploadId: 'u' }, {}],
    200,
    /\[\].*presignedUrls with a URL for each of the parts 1/,
  ],
  ['companion', companion, [{ key: 'k', uploadId: 'u' }, { presignedUrls: {} }], 200, /\[presignedUrls\].*parts 1/],
  ['better-upload', betterUpload, [{}], 20, /\[\].*files, or multipart with files and partSize/],
  ['better-upload', betterUpload, [{ files: [{}] }], 20, /\[\].*file with name, size and type/],
  ['better-upload', betterUpload, [{ files: [null] }], 20, /\[nothing\].*file with name, size and type/],
  ['better-upload', betterUpload, [{ files: [{ file: 'FILE' }] }], 20, /\[file\].*signedUrl, file and headers/],
  [
    'better-upload',
    betterUpload,
    [{ multipart: { files: [{ file: 'FILE', parts: [] }] } }],
    20,
    /\[file, parts\].*abortSignedUrl/,
  ],
  ['rails', rails, [{ signed_id: 's' }], 20, /\[signed_id\].*direct_upload with url and headers/],
  [
    'rails',
    rails,
    [{ signed_id: 's', direct_upload: { url: 'https://b.example/' } }],
    20,
    /direct_upload with url and headers/,
  ],
  ['rails', rails, [{ signed_id: 's', direct_upload: 'x' }], 20, /direct_upload with url and headers/],
  ['presigned-post', presignedPost, [{ uploadURL: 'x' }], 20, /\[uploadURL\].*url and fields/],
] as const) {
  test(`${name} names the members of ${JSON.stringify(answers)} in the error`, async () => {
    const file = textFile('note.txt', 'x'.repeat(size));
    const described = { name: file.name, size, type: file.type, objectInfo: { key: 'k' } };
    let requests = 0;
    await using signer = await startStubSigner(() => ({
      body: JSON.stringify(answers[Math.min(requests++, answers.length - 1)]).replaceAll(
        '"FILE"',
        JSON.stringify(described),
      ),
    }));
    const options = { url: `${signer.url}?route=r`, multipartFrom: 100 };
    const uploader = new Uploader({ sign: sign(options), send: nodeTransport });
    const error = await failure(uploader, file);
    uploader.destroy();
    assert.equal(error.code, 'bad-signer-response');
    for (const message of messages) assert.match(error.message, message);
  });
}

for (const [place, url, message] of [
  [
    'over http',
    'http://evil.example/b?uploadId=1',
    /goes to http:\/\/evil\.example, and files are only sent over https/,
  ],
  [
    'that allowed-hosts does not name',
    'https://evil.example/b?uploadId=1',
    /evil\.example, which the attribute allowed-hosts does not name/,
  ],
] as const) {
  test(`better-upload refuses a URL ${place}`, async () => {
    const file = textFile('note.txt', 'words');
    const signed = {
      file: { name: file.name, size: file.size, type: file.type, objectInfo: { key: 'k' } },
      parts: [{ partNumber: 1, size: 5, signedUrl: 'https://good.example/b?partNumber=1' }],
      completeSignedUrl: 'https://good.example/b?uploadId=1',
      abortSignedUrl: url,
    };
    await using signer = await startStubSigner(() => ({ body: { multipart: { files: [signed], partSize: 5 * MiB } } }));
    const sign = betterUpload({ url: `${signer.url}?route=r`, allowedHosts: () => ['good.example'] });
    const uploader = new Uploader({ sign, send: nodeTransport });
    const error = await failure(uploader, file);
    uploader.destroy();
    assert.equal(error.code, 'bad-signer-response');
    assert.match(error.message, message);
  });
}

describe("The preset rails, with the documented responses of Active Storage's direct uploads,", () => {
  const headers = { 'X-CSRF-Token': 'csrf-token-of-the-session' };

  test('stores a file with its checksum, and has the signed id as its key', async () => {
    await using fixture = await open('rails', (url) => rails({ url, headers }));
    const file = bytesFile(3 * MiB + 1, 'picture.png', 'image/png');
    const [result] = await fixture.upload(file);
    assert.match(result!.key, /^signed--/);
    const { bytes, type } = await stored(railsKey(result!.key));
    assert(bytes.equals(Buffer.from(await file.arrayBuffer())));
    assert.equal(type, 'image/png');
    assert.deepEqual(requestLines(fixture.presetBackend), ['POST /rails/active_storage/direct_uploads']);
  });

  test('fails with signer-refused when the session refuses the CSRF token', async () => {
    await using fixture = await open('rails', (url) => rails({ url }));
    const error = await failure(fixture.uploader, textFile());
    assert.deepEqual([error.code, error.status], ['signer-refused', 422]);
    assert.match(error.message, /422: Unprocessable Entity/);
  });

  test('uploads the other files when one cannot be read', async () => {
    await using fixture = await open('rails', (url) => rails({ url, headers }));
    class Gone extends File {
      override slice(): Blob {
        throw new DOMException('It was moved.', 'NotReadableError');
      }
    }
    const items = await fixture.uploader.add([textFile('a.txt'), new Gone(['x'], 'gone.txt'), textFile('b.txt')]);
    await new Promise((resolve) => fixture.uploader.addEventListener('upload-complete', resolve));
    const ends = items.map(({ id }) => fixture.uploader.item(id)!);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['done', 'failed', 'done'],
    );
    assert.match('error' in ends[1]! ? ends[1].error!.message : '', /"gone\.txt" cannot be read/);
  });

  test('computes the MD5 of every length around a block and a chunk', async () => {
    for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1000, MiB - 1, MiB, MiB + 1, 2 * MiB + 60]) {
      const bytes = randomBytes(length);
      assert.equal(await md5(new Blob([bytes])), createHash('md5').update(bytes).digest('base64'), `${length} bytes`);
    }
  });
});
