import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createSigner, publicAccess } from '../../signer/index.ts';
import { createPresigner } from '../../signer/core/presign.ts';
import type { Ticket } from '../../signer/core/tickets.ts';
import { CREDENTIALS, signerOf } from '../fixtures/signer.ts';
import { type FaultProxy, startFaultProxy } from '../helpers/faults.ts';
import { assertBucketIsEmpty, collectFindings, DENIED, type DoctorFixture, openTarget } from './doctor-target.ts';

const ADDRESSES = ['https://a.example/uploads/', 'https://uploads.b.example/', 'https://c.example:8443/s3/uploads/'];
const plan = { key: 'uploads/x y.txt', size: 7, type: 'text/plain', headers: {} };

/** Where a signed URL leads to, up to the key. */
const addressOf = (url: string): string => url.replace(/uploads\/x.*/, '');

describe('A signer with several addresses of its bucket', () => {
  const client = new S3Client({ region: 'eu-central-1', credentials: CREDENTIALS });
  const options = { conditionalWrites: false, uploadEndpoints: ADDRESSES };

  it('makes forms take turns', async () => {
    const presigner = createPresigner(client, 'uploads', 900, options);
    const urls: string[] = [];
    for (let i = 0; i < 4; i++) urls.push((await presigner.signPost({ ...plan, method: 'POST' })).url);
    assert.deepEqual(urls, [...ADDRESSES, ADDRESSES[0]]);
  });

  it('makes PUTs take turns, and parts by their number', async () => {
    const presigner = createPresigner(client, 'uploads', 900, options);
    const puts: string[] = [];
    for (let i = 0; i < 4; i++) puts.push((await presigner.signPut({ ...plan, method: 'PUT' })).url);
    assert.deepEqual(puts.map(addressOf), [...ADDRESSES, ADDRESSES[0]]);
    const ticket = { key: plan.key, uploadId: 'u' } as Ticket;
    const part = async (number: number): Promise<string> =>
      addressOf((await presigner.signPart(ticket, number, 7, undefined)).url);
    // a part that is sent again goes where it went first
    assert.deepEqual(
      [await part(1), await part(2), await part(3), await part(4), await part(2)],
      [ADDRESSES[1], ADDRESSES[2], ADDRESSES[0], ADDRESSES[1], ADDRESSES[2]],
    );
  });

  it('signs a PUT for the host of its address, as the SDK does for that endpoint', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-02T03:04:05Z') });
    const [uploadEndpoint] = ADDRESSES;
    const presigner = createPresigner(client, 'uploads', 900, { ...options, uploadEndpoints: [uploadEndpoint!] });
    const { url } = await presigner.signPut({ ...plan, method: 'PUT' });
    const other = new S3Client({
      ...{ region: 'eu-central-1', credentials: CREDENTIALS, endpoint: 'https://a.example', forcePathStyle: true },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const headers = new Set(['content-length', 'content-type']);
    const command = new PutObjectCommand({
      ...{ Bucket: 'uploads', Key: plan.key, ContentLength: plan.size, ContentType: plan.type },
    });
    const signed = await getSignedUrl(other, command, {
      expiresIn: 900,
      signableHeaders: headers,
      unhoistableHeaders: headers,
    });
    assert.equal(signatureOf(url), signatureOf(signed));
  });

  it('returns an address with each file, and keeps the form at the address of its client', async () => {
    const signer = signerOf({ client, uploadEndpoints: ADDRESSES, form: true });
    const files = await signer.sign([{}, {}]);
    assert.deepEqual(
      files.map((file) => 'url' in file && file.url),
      ADDRESSES.slice(0, 2),
    );
    const page = await (await signer.app.request('/form?type=image/jpeg')).text();
    assert.match(page, /action="https:\/\/uploads\.s3\.eu-central-1\.amazonaws\.com\/"/);
  });

  it('refuses what is not the URL of a bucket, and names the option', () => {
    for (const url of [
      'uploads',
      'ftp://a.example/',
      'https://u:p@a.example/',
      'https://a.example/?x=1',
      'https://a.example/?',
    ]) {
      const create = () =>
        createSigner({
          ...{ client, bucket: 'uploads', authorize: publicAccess, secret: 'p'.repeat(16) + 'q7-Zx_81kLmW3'.repeat(2) },
          uploadEndpoints: [url],
        });
      assert.throws(create, /^TypeError: uploadEndpoints.* must/, url);
    }
  });
});

const signatureOf = (url: string): string | null => new URL(url).searchParams.get('X-Amz-Signature');

/** A correct target with a further address of its bucket: a proxy on a port of its own. */
async function openAddresses(): Promise<DoctorFixture & { other: FaultProxy; endpoint: string }> {
  const fixture = await openTarget();
  const { bucket } = fixture;
  const { protocol, hostname, port } = await bucket.directClient.config.endpoint!();
  const other = await startFaultProxy(`${protocol}//${hostname}:${port}`);
  const endpoint = `${other.url}/${bucket.name}/`;
  return {
    ...fixture,
    target: { ...fixture.target, uploadEndpoints: [endpoint] },
    other,
    endpoint,
    async [Symbol.asyncDispose]() {
      await other.close();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

const statesOf = async ({ target }: DoctorFixture): Promise<string[]> =>
  (await collectFindings(target))
    .filter(({ check }) => check === 'upload-endpoints')
    .map(({ state, detail }) => `${state} ${detail}`);

describe('The doctor, about several addresses of a bucket,', () => {
  it('stores a file at each, by POST and by PUT as parts are, and leaves nothing behind', async () => {
    await using fixture = await openAddresses();
    const { endpoint, other, bucket } = fixture;
    assert.deepEqual(
      await statesOf(fixture),
      ['POST', 'PUT'].map((method) => `ok ${method} to ${endpoint} stores in the bucket`),
    );
    assert.deepEqual(
      other.requests.map(({ method }) => method),
      ['POST', 'PUT'],
    );
    await assertBucketIsEmpty(bucket);
  });

  it('finds an address that responds to no preflight', async () => {
    await using fixture = await openAddresses();
    const { endpoint, other, bucket } = fixture;
    other.faults = [{ do: 'answer', method: 'OPTIONS', status: 403, cors: false }];
    assert.deepEqual(
      await statesOf(fixture),
      ['POST', 'PUT'].map(
        (method) => `broken ${method} to ${endpoint}: https://site.example: the preflight failed with 403`,
      ),
    );
    await assertBucketIsEmpty(bucket);
  });

  it('does not blame the address if its own credentials cannot read the file, and deletes it', async () => {
    await using fixture = await openAddresses();
    const { endpoint, bucket } = fixture;
    bucket.proxy.faults = [{ ...DENIED, method: 'HEAD', path: '/doctor/' }];
    const findings = (await collectFindings(fixture.target)).filter(({ check }) => check === 'upload-endpoints');
    assert.deepEqual(
      findings.map(({ state, fix }) => [state, JSON.stringify(fix?.json).includes('s3:GetObject')]),
      [
        ['broken', true],
        ['broken', true],
      ],
    );
    assert.match(findings[0]!.detail, new RegExp(`^POST to ${endpoint}: HeadObject: `));
    await assertBucketIsEmpty(bucket);
  });

  it('finds an address of another bucket, one without CORS, one that takes no PUT, and one without a server', async () => {
    await using fixture = await openAddresses();
    const { endpoint, other, bucket } = fixture;
    other.faults = [{ do: 'answer', status: 204, headers: { 'access-control-allow-origin': '*' } }];
    const missing = `the file is not in the bucket ${bucket.name}`;
    assert.deepEqual(
      await statesOf(fixture),
      ['POST', 'PUT'].map((method) => `broken ${method} to ${endpoint}: ${missing}`),
    );
    other.faults = [{ do: 'headers', headers: { 'access-control-allow-origin': null } }];
    assert.deepEqual(
      await statesOf(fixture),
      ['POST', 'PUT'].map((method) => `broken ${method} to ${endpoint}: pages cannot read its response`),
    );
    other.faults = [{ do: 'answer', method: 'PUT', status: 405 }];
    const [post, put] = await statesOf(fixture);
    assert.equal(post, `ok POST to ${endpoint} stores in the bucket`);
    assert.match(put!, /^broken PUT to .*405/);
    await assertBucketIsEmpty(bucket);
    await other.close();
    for (const state of await statesOf(fixture)) assert.match(state, /^broken (POST|PUT) to .*: no response \(/);
  });
});
