// Headers that are signed as absent, for storages that accept headers that were not signed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { MIN_PART_BYTES } from '../../../signer/core/multipart.ts';
import type { SignedMultipart, SignedPut } from '../../../widget/core/protocol.ts';
import { signerOf } from '../../fixtures/signer.ts';
import { openBucket, type TestBucket } from '../bucket.ts';
import { call, sendPut } from '../multipart.ts';

let bucket: TestBucket;
before(async () => {
  bucket = await openBucket();
});
after(() => bucket.close());

/** What a client could add to a PUT of a picture. */
const ADDED: Record<string, Record<string, string>> = {
  'a source to copy from': { 'x-amz-copy-source': '/BUCKET/uploads/bob/secret.txt' },
  'a public ACL': { 'x-amz-acl': 'public-read' },
  'a grant to read': { 'x-amz-grant-read': 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' },
  'a storage class': { 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
  'a redirect': { 'x-amz-website-redirect-location': 'https://evil.example' },
  'a tag': { 'x-amz-tagging': 'public=yes' },
  'an encoding': { 'Content-Encoding': 'gzip' },
  'a cache header': { 'Cache-Control': 'public' },
  'an expiry': { Expires: 'Thu, 01 Dec 2050 16:00:00 GMT' },
  'a language': { 'Content-Language': 'de' },
};

const bucketSigner = (multipartFrom = MIN_PART_BYTES) =>
  signerOf({
    client: bucket.client,
    bucket: bucket.name,
    method: 'put',
    signAbsentHeaders: true,
    multipartFrom,
  });

const signPut = async (): Promise<SignedPut> => (await bucketSigner().sign([{ size: 5 }]))[0] as SignedPut;

const hello = Buffer.from('hello');

const headersOf = (added: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(added).map(([name, value]) => [name, value.replace('BUCKET', bucket.name)]));

/** Signs the only part of a file: five bytes. */
async function signPart(): Promise<string> {
  const size = 5;
  const signer = bucketSigner(size);
  const [{ ticket }] = (await signer.sign([{ name: 'a.mp4', type: 'video/mp4', size }])) as [SignedMultipart];
  const parts = [{ number: 1, size }];
  const signed = await call<{ parts: [{ url: string }] }>(signer, '/parts', { ticket, parts });
  return signed.parts[0].url;
}

describe('A URL that signs headers as absent', () => {
  it('names them, next to those that must be sent', async () => {
    const { url, headers } = await signPut();
    const signed = new URL(url).searchParams.get('X-Amz-SignedHeaders')!.split(';');
    assert.deepEqual(signed, signed.toSorted());
    for (const added of Object.values(ADDED)) {
      for (const name of Object.keys(added)) assert.ok(signed.includes(name.toLowerCase()), name);
    }
    for (const name of ['host', 'content-length', ...Object.keys(headers!)]) {
      assert.equal(signed.filter((each) => each === name.toLowerCase()).length, 1, name);
    }
    assert.ok(new URL(await signPart()).searchParams.get('X-Amz-SignedHeaders')!.includes('x-amz-copy-source'));
  });
});

/** The gateway skips a signed header that is absent. The local storage expects every signed header. */
const isGateway = Boolean(process.env.TEST_S3_ENDPOINT);

describe(
  'A storage that skips signed headers which are absent',
  isGateway ? {} : { skip: 'needs Ceph’s gateway' },
  () => {
    before(async () => {
      const secret = { Bucket: bucket.name, Key: 'uploads/bob/secret.txt', Body: 'SECRT' };
      await bucket.directClient.send(new PutObjectCommand(secret));
    });

    it('stores a PUT without them, and a part', async () => {
      const file = await signPut();
      const sent = await sendPut(file.url, hello, file.headers);
      assert.equal(sent.status, 200, await sent.text());
      assert.equal((await sendPut(await signPart(), hello)).status, 200);
    });

    for (const [what, added] of Object.entries(ADDED)) {
      it(`refuses a PUT and a part with ${what}`, async () => {
        const file = await signPut();
        assert.equal((await sendPut(file.url, hello, { ...file.headers, ...headersOf(added) })).status, 403);
        const head = new HeadObjectCommand({ Bucket: bucket.name, Key: file.key });
        await assert.rejects(bucket.directClient.send(head), { name: 'NotFound' });
        assert.equal((await sendPut(await signPart(), hello, headersOf(added))).status, 403);
      });
    }
  },
);

describe('A storage that expects every signed header', isGateway ? { skip: 'needs the local storage' } : {}, () => {
  it('refuses the URL, so the option is off by default', async () => {
    const file = await signPut();
    assert.equal((await sendPut(file.url, hello, file.headers)).status, 403);
    const signer = signerOf({ client: bucket.client, bucket: bucket.name, method: 'put' });
    const [plain] = (await signer.sign([{ size: 5 }])) as [SignedPut];
    assert.equal((await sendPut(plain.url, hello, plain.headers)).status, 200);
  });
});
