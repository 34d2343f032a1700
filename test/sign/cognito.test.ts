import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metadataHeaders } from '../../signer/core/object-headers.ts';
import { cognito, type CognitoOptions } from '../../widget/sign/cognito/cognito.ts';
import { createCognitoFromAttributes } from '../../widget/sign/cognito/cognito-attributes.ts';
import { parsePostPolicy } from '../../widget/sign/post-policy.ts';
import { operationNames, startCognitoFixture } from '../fixtures/cognito-fixture.ts';
import { recordDetails } from '../fixtures/events.ts';
import { startFakeCognito } from '../fixtures/fake-cognito.ts';
import { bytesFile, MiB, textFile } from '../fixtures/files.ts';
import { untilStatus } from '../fixtures/wait.ts';

describe('The Cognito signer', () => {
  it('stores a file under the identity of its credentials', async () => {
    await using fixture = await startCognitoFixture();
    const { key, etag, location } = await fixture.upload(textFile('Ein Brief.txt', 'words'));
    const { IdentityId } = fixture.fake.calls[1]!.body as { IdentityId: string };
    assert.match(key, new RegExp(`^in/${IdentityId}/[0-9a-f-]{36}\\.txt$`));
    assert.equal(location, `${fixture.proxy.url}/uploads/${key.replaceAll(':', '%3A')}`);
    assert.equal((await fixture.stored(key)).bytes.toString(), 'words');
    assert.match(etag!, /^[0-9a-f]{32}$/);
    assert.deepEqual(operationNames(fixture.fake), ['GetId', 'GetCredentialsForIdentity']);
  });

  it('signs a policy that fixes key, type, size and token', async () => {
    await using fixture = await startCognitoFixture({ metadata: { Album: 'Sommer' } });
    const file = { id: '1', name: 'a.png', size: 7, type: 'image/png' };
    const [grant] = await cognito(fixture.options)([file], { signal: AbortSignal.timeout(5000) });
    assert(grant && 'fields' in grant);
    const policy = parsePostPolicy(grant.fields['policy']!)!;
    assert.deepEqual([policy.minBytes, policy.maxBytes], [7, 7]);
    const { policy: _, 'x-amz-signature': __, ...rest } = grant.fields;
    assert.deepEqual(
      Object.fromEntries(policy.conditions.map(({ operator, field, value }) => [`${operator} ${field}`, value])),
      {
        'eq bucket': 'uploads',
        ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [`eq ${name.toLowerCase()}`, value])),
      },
    );
    assert.equal(rest['x-amz-security-token'], fixture.fake.credentials[0]!.sessionToken);
    assert.equal(rest['x-amz-meta-album'], 'Sommer');
  });

  it('fails before any request, and says why, on a page over plain http', async (t) => {
    await using fixture = await startCognitoFixture();
    // such pages have neither crypto.subtle nor crypto.randomUUID
    t.mock.getter(globalThis, 'crypto', () => ({}));
    const file = { id: '1', name: 'a.png', size: 7, type: 'image/png' };
    const refused = { code: 'config', message: /load the page over https/ };
    await assert.rejects(async () => cognito(fixture.options)([file], { signal: AbortSignal.timeout(5000) }), refused);
    const { identityPoolId, region, bucket } = fixture.options;
    assert.throws(createCognitoFromAttributes({ identityPoolId, region, bucket }), refused);
    assert.deepEqual(fixture.fake.calls, []);
  });

  it('uploads a file of 20 MiB in parts, byte for byte', async () => {
    await using fixture = await startCognitoFixture();
    const file = bytesFile(20 * MiB + 5, 'big.bin');
    const { key } = await fixture.upload(file);
    assert.deepEqual((await fixture.stored(key)).bytes, Buffer.from(await file.arrayBuffer()));
  });

  it('sends a part again when its connection is cut, and the other parts once', async () => {
    await using fixture = await startCognitoFixture();
    fixture.proxy.faults = [{ do: 'cut', at: { share: 0.5 }, method: 'PUT', times: 1 }];
    const file = bytesFile(17 * MiB, 'big.bin');
    const { key } = await fixture.upload(file);
    assert.equal((await fixture.stored(key)).bytes.length, file.size);
    assert.equal(fixture.proxy.requests.filter(({ method }) => method === 'PUT').length, 4);
  });

  it('aborts a multipart upload that is canceled', async () => {
    await using fixture = await startCognitoFixture();
    fixture.proxy.faults = [{ do: 'stall', at: { share: 0.1 }, method: 'PUT' }];
    const [item] = await fixture.uploader.add([bytesFile(17 * MiB, 'big.bin')]);
    await fixture.proxy.arrived(1, { method: 'PUT' });
    fixture.uploader.cancel(item!.id);
    fixture.proxy.release();
    await fixture.proxy.arrived(1, { method: 'DELETE' });
  });

  it('requests credentials once for a hundred files', async () => {
    await using fixture = await startCognitoFixture();
    await fixture.uploader.add(Array.from({ length: 100 }, (_, index) => textFile(`${index}.txt`)));
    await new Promise((resolve) => fixture.uploader.addEventListener('upload-complete', resolve));
    assert.equal(fixture.uploader.items.filter(({ status }) => status === 'done').length, 100);
    assert.deepEqual(operationNames(fixture.fake), ['GetId', 'GetCredentialsForIdentity']);
  });

  it('replaces a session token that the storage refuses, and stores the file under the same key', async () => {
    await using fixture = await startCognitoFixture();
    await fixture.upload(textFile('first.txt'));
    Object.assign(fixture.fake.credentials[0]!, { expires: new Date(0) });
    const retries = recordDetails(fixture.uploader, 'upload-retry');
    await fixture.upload(textFile('second.txt'));
    assert.equal(fixture.fake.credentials.length, 2);
    assert.deepEqual(retries, []);
    const posts = fixture.proxy.requests.filter(({ method }) => method === 'POST').map(({ status }) => status);
    assert.deepEqual(posts, [201, 400, 201]);
  });

  it('requests no new credentials when the refused ones were replaced already', async () => {
    await using fixture = await startCognitoFixture();
    await fixture.upload(textFile('first.txt'));
    Object.assign(fixture.fake.credentials[0]!, { expires: new Date(0) });
    // one of two files gets its refusal when the other is stored already
    fixture.proxy.faults = [{ do: 'swallow', method: 'POST', times: 1 }];
    const items = await fixture.uploader.add([textFile('second.txt'), textFile('third.txt')]);
    await fixture.proxy.arrived(4, { method: 'POST' });
    fixture.proxy.release();
    for (const { id } of items) await untilStatus(fixture.uploader, id, 'done');
    assert.deepEqual(operationNames(fixture.fake), ['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
  });

  it('replaces credentials that expire during multipart uploads once for all of them', async () => {
    await using fixture = await startCognitoFixture();
    fixture.proxy.faults = [{ do: 'stall', at: { bytes: 0 }, method: 'PUT' }];
    const items = await fixture.uploader.add([bytesFile(17 * MiB, 'a.bin'), bytesFile(17 * MiB, 'b.bin')]);
    await fixture.proxy.arrived(6, { method: 'PUT' });
    Object.assign(fixture.fake.credentials[0]!, { expires: new Date(0) });
    fixture.proxy.release();
    for (const { id } of items) await untilStatus(fixture.uploader, id, 'done');
    assert.deepEqual(operationNames(fixture.fake), ['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
    assert.equal(await fixture.countOpenUploads(), 0);
  });

  it('aborts the multipart uploads of a batch when one of them cannot begin', async () => {
    await using fixture = await startCognitoFixture();
    fixture.proxy.faults = [{ do: 'answer', status: 503, path: 'uploads=', skip: 1, times: 1 }];
    const files = ['a.bin', 'b.bin', 'c.bin'].map((name) => bytesFile(17 * MiB, name));
    await fixture.uploader.add(files);
    await new Promise((resolve) => fixture.uploader.addEventListener('upload-complete', resolve));
    assert.deepEqual(
      fixture.uploader.items.map(({ status }) => status),
      ['done', 'done', 'done'],
    );
    const begun = fixture.proxy.requests.filter(({ path }) => path.includes('uploads=')).length;
    // the third is begun twice, unless the second had failed before the third was sent
    assert.ok(begun === 5 || begun === 6, `${begun} requests`);
    await fixture.proxy.arrived(begun - 4, { method: 'DELETE' });
    // the proxy logs a request before the storage has handled it
    for (let tries = 0; await fixture.countOpenUploads(); tries += 1)
      assert(tries < 100, `${await fixture.countOpenUploads()} uploads are open`);
  });

  it('finds a multipart upload stored after its last response got lost, and sends nothing again', async () => {
    await using fixture = await startCognitoFixture();
    fixture.proxy.faults = [{ do: 'reset', method: 'POST', path: 'uploadId=', times: 1 }];
    const file = bytesFile(17 * MiB, 'big.bin');
    const { key, location, etag } = await fixture.upload(file);
    const { bytes, headers } = await fixture.stored(key);
    assert.equal(bytes.length, file.size);
    assert.equal(`"${etag}"`, headers.get('etag'));
    assert.equal(location, `${fixture.proxy.url}/uploads/${key.replaceAll(':', '%3A')}`);
    const methods = fixture.proxy.requests.map(({ method }) => method);
    assert.equal(methods.filter((method) => method === 'PUT').length, 3);
    assert.equal(methods.filter((method) => method === 'HEAD').length, 1);
  });

  it('starts a multipart upload again that the storage has lost', async () => {
    await using fixture = await startCognitoFixture();
    const body = '<Error><Code>NoSuchUpload</Code></Error>';
    fixture.proxy.faults = [{ do: 'answer', status: 404, body, method: 'GET', path: 'uploadId=', times: 1 }];
    const { key } = await fixture.upload(bytesFile(17 * MiB, 'big.bin'));
    assert.equal((await fixture.stored(key)).bytes.length, 17 * MiB);
    const begun = fixture.proxy.requests.filter(({ path }) => path.includes('uploads='));
    assert.equal(begun.length, 2);
  });

  for (const [method, size, faults] of [
    ['POST', 10, []],
    ['PUT', 10, [{ do: 'answer', status: 501, method: 'POST' }]],
    ['multipart', 17 * MiB, []],
  ] as const) {
    it(`stores metadata in any script by ${method} as the signer stores it`, async () => {
      const metadata = { Album: "Sommer '26 (Ägäis) 日本 🎉 \ud800", plain: 'a-b_c.d' };
      await using fixture = await startCognitoFixture({ metadata });
      fixture.proxy.faults = [...faults];
      const { key } = await fixture.upload(bytesFile(size));
      const { headers } = await fixture.stored(key);
      const { 'x-amz-meta-album': album, 'x-amz-meta-plain': plain } = metadataHeaders(
        { album: metadata.Album, plain: metadata.plain },
        'any',
        undefined,
      );
      assert.deepEqual([headers.get('x-amz-meta-album'), headers.get('x-amz-meta-plain')], [album, plain]);
    });
  }

  it('calls a function for metadata with each batch', async () => {
    let album = 'one';
    await using fixture = await startCognitoFixture({ metadata: () => ({ album }) });
    const first = await fixture.upload(textFile());
    album = 'two';
    const second = await fixture.upload(textFile());
    const albums = await Promise.all([first, second].map(async ({ key }) => (await fixture.stored(key)).headers));
    assert.deepEqual(
      albums.map((headers) => headers.get('x-amz-meta-album')),
      ['one', 'two'],
    );
  });

  for (const [error, offset] of [
    ['an hour fast', -3600_000],
    ['an hour slow', 3600_000],
    ['a day fast', -86_400_000],
    ['a day slow', 86_400_000],
  ] as const) {
    for (const [size, method] of [
      [10, 'POST'],
      [17 * MiB, 'multipart'],
    ] as const) {
      for (const showsDate of [true, false]) {
        const source = showsDate ? "from Cognito's Date header" : 'from the storage alone';
        it(`uploads by ${method} with a clock that is ${error}, corrected ${source}`, async () => {
          await using fixture = await startCognitoFixture();
          fixture.fake.now = () => Date.now() + offset;
          fixture.fake.sendsDate = showsDate;
          const { key } = await fixture.upload(bytesFile(size));
          assert.equal((await fixture.stored(key)).bytes.length, size);
          const refused = fixture.proxy.requests.filter(({ status = 0 }) => status >= 400);
          // no method beyond those that the bucket's CORS rule needs anyway
          for (const { method } of refused) assert.match(method, /^(POST|PUT)$/);
          // one refused upload, and one request for the storage's time
          assert(refused.length <= (showsDate ? 0 : 2), `${refused.length} refusals`);
        });
      }
    }
  }

  it('keeps credentials out of errors and events', async () => {
    await using fixture = await startCognitoFixture();
    const events = recordDetails(fixture.uploader, 'upload-success');
    const retries = recordDetails(fixture.uploader, 'upload-retry');
    fixture.proxy.faults = [
      { do: 'answer', status: 503, times: 1 },
      { do: 'reset', times: 1 },
    ];
    await fixture.upload(textFile());
    fixture.proxy.faults = [{ do: 'answer', status: 403, body: '<Error><Code>SignatureDoesNotMatch</Code></Error>' }];
    const error = await fixture.fail(textFile());
    const text = JSON.stringify([events, retries, error, error.message, error.stack, fixture.uploader.items]);
    for (const { accessKeyId, secretAccessKey, sessionToken } of fixture.fake.credentials) {
      for (const secret of [accessKeyId, secretAccessKey, sessionToken]) assert(!text.includes(secret));
    }
  });

  it('uploads by PUT when the storage does not accept POST, and signs no header but the host', async () => {
    await using fixture = await startCognitoFixture();
    fixture.proxy.faults = [{ do: 'answer', status: 501, method: 'POST' }];
    const { key } = await fixture.upload(textFile('note.txt', 'words'));
    assert.equal((await fixture.stored(key)).bytes.toString(), 'words');
    const put = fixture.proxy.requests.find(({ method }) => method === 'PUT')!;
    assert.match(put.path, /X-Amz-SignedHeaders=host&/);
  });

  it("puts the region into the bucket's URL, and a bucket's name with dots into its path", async () => {
    await using fake = await startFakeCognito();
    const grant = async (settings: Partial<CognitoOptions>) => {
      const options = {
        identityPoolId: fake.poolId,
        identityUrl: fake.url,
        region: 'eu-central-1',
        bucket: 'pictures',
      };
      const file = { id: '1', name: 'a', size: 1, type: 'a/b' };
      const [grant] = await cognito({ ...options, ...settings })([file], { signal: AbortSignal.timeout(5000) });
      assert(grant && 'url' in grant);
      return grant.url;
    };
    assert.equal(await grant({}), 'https://pictures.s3.eu-central-1.amazonaws.com/');
    assert.equal(await grant({ bucket: 'my.pictures' }), 'https://s3.eu-central-1.amazonaws.com/my.pictures/');
    assert.equal(await grant({ region: 'cn-north-1' }), 'https://pictures.s3.cn-north-1.amazonaws.com.cn/');
  });
});
