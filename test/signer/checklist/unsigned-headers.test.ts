// A storage may accept headers that were not signed. The signer finds out what an object was stored with.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CopyObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { MIN_PART_BYTES } from '../../../signer/core/multipart.ts';
import type { StoredObject } from '../../../signer/core/events.ts';
import type { SignerOptions } from '../../../signer/core/options.ts';
import type { SignedPost, SignedPut, StoredFile } from '../../../widget/core/protocol.ts';
import { fileOf, problemOf, signerOf, type TestSigner } from '../../fixtures/signer.ts';
import { openBucket, type TestBucket } from '../bucket.ts';
import { bytesOf, call, sendPut, startMultipart } from '../multipart.ts';
import { sendPost } from './send-post.ts';

let bucket: TestBucket;
before(async () => {
  bucket = await openBucket();
});
after(() => bucket.close());

const SIZE = 3000;
const FILE = { name: 'Kätzchen "1".jpg', size: SIZE, metadata: { album: 'Sömmer', empty: '' } };

const bucketSigner = (options: Partial<SignerOptions> = {}): TestSigner =>
  signerOf({
    client: bucket.client,
    bucket: bucket.name,
    metadata: ['album', 'empty'],
    multipartFrom: MIN_PART_BYTES + 1,
    partSize: MIN_PART_BYTES,
    ...options,
  });

describe('A signer with the default method', () => {
  it('signs a POST, and names the setting to a client that asks for a PUT', async () => {
    const signer = signerOf();
    const [file] = await signer.sign([{}]);
    assert.ok('method' in file! && file.method === 'POST');
    const response = await signer.post('/', { files: [fileOf()], method: 'PUT' });
    assert.equal(response.status, 400);
    const { code, detail } = await problemOf(response);
    assert.equal(code, 'bad-method');
    assert.match(detail!, /SIGNER_METHOD/);
  });
});

/** Headers that both storages accept with a PUT although they were not signed. */
const UNSIGNED: Record<string, string> = {
  'Cache-Control': 'public, max-age=31536000',
  'Content-Encoding': 'gzip',
  'Content-Language': 'de',
  Expires: 'Thu, 01 Dec 2050 16:00:00 GMT',
};

/** Headers that the gateway accepts, too. The local storage refuses every `x-amz-` header that was not signed. */
const UNSIGNED_ON_GATEWAY: Record<string, string> = process.env.TEST_S3_ENDPOINT ? { 'x-amz-meta-other': 'added' } : {};

describe('The signer, when a file was stored by PUT with a header that was not signed,', () => {
  const confirmAfter = async (headers: Record<string, string>): Promise<[Response, StoredObject[]]> => {
    const objects: StoredObject[] = [];
    const signer = bucketSigner({ method: 'put', onUploaded: (object) => objects.push(object) });
    const [file] = (await signer.sign([FILE])) as SignedPut[];
    const sent = await sendPut(file!.url, bytesOf(SIZE), { ...file!.headers, ...headers });
    assert.equal(sent.status, 200, await sent.text());
    return [await signer.post('/confirm', { ticket: file!.ticket }), objects];
  };

  for (const [name, value] of Object.entries({ ...UNSIGNED, ...UNSIGNED_ON_GATEWAY })) {
    it(`issues no receipt if the header is ${name}`, async () => {
      const [response, objects] = await confirmAfter({ [name]: value });
      assert.equal(response.status, 422);
      assert.equal((await problemOf(response)).code, 'object-differs');
      assert.deepEqual(objects, []);
    });
  }

  it('issues the receipt if it is what browsers add to a conditional request', async () => {
    const [response] = await confirmAfter({ 'Cache-Control': 'no-cache' });
    assert.equal(response.status, 200, await response.text());
  });

  it('issues the receipt if there is none', async () => {
    const [response, objects] = await confirmAfter({});
    assert.equal(response.status, 200, await response.clone().text());
    assert.ok(((await response.json()) as StoredFile).receipt);
    assert.equal(objects.length, 1);
  });
});

describe('/confirm', () => {
  it('accepts a file that was stored by POST as it was signed, with its name and metadata', async () => {
    const signer = bucketSigner();
    const [file] = (await signer.sign([FILE])) as SignedPost[];
    assert.equal((await sendPost(file!, bytesOf(SIZE))).status, 201);
    const { key } = await call<StoredFile>(signer, '/confirm', { ticket: file!.ticket });
    assert.equal(key, file!.key);
  });

  it('accepts a file of a POST or in parts to which the storage adds a cache header by itself', async () => {
    const signer = bucketSigner();
    const [file] = (await signer.sign([FILE])) as SignedPost[];
    assert.equal((await sendPost(file!, bytesOf(SIZE))).status, 201);
    const upload = await startMultipart(signer);
    await call(signer, '/complete', { ticket: upload.ticket });
    for (const { key, ticket } of [file!, upload]) {
      // as a bucket or a proxy of the storage would
      const { Metadata, ContentType, ContentDisposition } = await bucket.directClient.send(
        new HeadObjectCommand({ Bucket: bucket.name, Key: key }),
      );
      const copy = new CopyObjectCommand({
        ...{ Bucket: bucket.name, Key: key, CopySource: `${bucket.name}/${key}`, MetadataDirective: 'REPLACE' },
        ...{ Metadata, ContentType, ContentDisposition, CacheControl: 'private, max-age=0' },
      });
      await bucket.directClient.send(copy);
      await call(signer, '/confirm', { ticket });
    }
  });

  for (const [what, change] of Object.entries({
    'a type': { ContentType: 'text/html' },
    'a download name': { ContentDisposition: 'inline' },
    metadata: { Metadata: { name: 'other' } },
  })) {
    it(`refuses an object with ${what} other than signed`, async () => {
      const signer = bucketSigner();
      const [file] = (await signer.sign([{ name: 'a.jpg', size: 5 }])) as SignedPost[];
      await bucket.directClient.send(
        new PutObjectCommand({
          Bucket: bucket.name,
          Key: file!.key,
          Body: 'hello',
          ContentType: 'image/jpeg',
          ContentDisposition: "attachment; filename*=UTF-8''a.jpg",
          Metadata: { name: 'a.jpg' },
          ...change,
        }),
      );
      const { code } = await call<{ code: string }>(signer, '/confirm', { ticket: file!.ticket }, 422);
      assert.equal(code, 'object-differs');
    });
  }
});

describe('/complete', () => {
  it('refuses an object with a type other than signed, and accepts the one that it has completed', async () => {
    const signer = bucketSigner();
    const file = await startMultipart(signer);
    const { ticket, key, size } = file;
    await call(signer, '/complete', { ticket });
    await call(signer, '/complete', { ticket });
    await call(signer, '/confirm', { ticket });
    const other = { Bucket: bucket.name, Key: key, Body: bytesOf(size), ContentType: 'text/html' };
    await bucket.directClient.send(new PutObjectCommand(other));
    for (const path of ['/complete', '/confirm']) {
      const { code } = await call<{ code: string }>(signer, path, { ticket }, 422);
      assert.equal(code, 'object-differs');
    }
  });

  it('issues a receipt for a file with 2 KB of metadata, whose ticket stays short', async () => {
    const signer = bucketSigner();
    const size = MIN_PART_BYTES + 1;
    const film = { name: 'Ä'.repeat(200), type: 'video/mp4', size, metadata: { album: 'x'.repeat(1900) } };
    const [file] = await signer.sign([film]);
    assert.ok('partSize' in file!);
    assert.ok(file.ticket.length < 700, `${file.ticket.length} characters`);
    const parts = [
      { number: 1, size: MIN_PART_BYTES },
      { number: 2, size: 1 },
    ];
    const signed = await call<{ parts: { url: string }[] }>(signer, '/parts', { ticket: file.ticket, parts });
    for (const [i, { url }] of signed.parts.entries()) await sendPut(url, bytesOf(parts[i]!.size));
    assert.ok((await call<StoredFile>(signer, '/complete', { ticket: file.ticket })).receipt);
  });
});
