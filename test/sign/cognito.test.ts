import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadataHeaders } from '../../signer/core/policy.ts';
import { cognito, type CognitoOptions } from '../../widget/sign/cognito/cognito.ts';
import { parsePostPolicy } from '../../widget/sign/post-policy.ts';
import { operationNames, startCognitoFixture } from '../fixtures/cognito-fixture.ts';
import { recordDetails } from '../fixtures/events.ts';
import { startFakeCognito } from '../fixtures/fake-cognito.ts';
import { bytesFile, MiB, textFile } from '../fixtures/files.ts';
import { untilStatus } from '../fixtures/wait.ts';

test('a file is stored with temporary credentials, below the identity that got them', async () => {
  await using fixture = await startCognitoFixture();
  const { key, etag, location } = await fixture.upload(textFile('Ein Brief.txt', 'words'));
  const { IdentityId } = fixture.fake.calls[1]!.body as { IdentityId: string };
  assert.match(key, new RegExp(`^in/${IdentityId}/[0-9a-f-]{36}\\.txt$`));
  assert.equal(location, `${fixture.proxy.url}/uploads/${key.replaceAll(':', '%3A')}`);
  assert.equal((await fixture.stored(key)).bytes.toString(), 'words');
  assert.match(etag!, /^[0-9a-f]{32}$/);
  assert.deepEqual(operationNames(fixture.fake), ['GetId', 'GetCredentialsForIdentity']);
});

test('the policy is exact in key, type, size and token', async () => {
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

test('a file of 20 MiB goes in parts, and what arrives is what was sent', async () => {
  await using fixture = await startCognitoFixture();
  const file = bytesFile(20 * MiB + 5, 'big.bin');
  const { key } = await fixture.upload(file);
  assert.deepEqual((await fixture.stored(key)).bytes, Buffer.from(await file.arrayBuffer()));
});

test('an upload in parts goes on when a part is cut, and sends the others once', async () => {
  await using fixture = await startCognitoFixture();
  fixture.proxy.faults = [{ do: 'cut', at: { share: 0.5 }, method: 'PUT', times: 1 }];
  const file = bytesFile(17 * MiB, 'big.bin');
  const { key } = await fixture.upload(file);
  assert.equal((await fixture.stored(key)).bytes.length, file.size);
  assert.equal(fixture.proxy.requests.filter(({ method }) => method === 'PUT').length, 4);
});

test('a canceled upload in parts leaves nothing in the storage', async () => {
  await using fixture = await startCognitoFixture();
  fixture.proxy.faults = [{ do: 'stall', at: { share: 0.1 }, method: 'PUT' }];
  const [item] = await fixture.uploader.add([bytesFile(17 * MiB, 'big.bin')]);
  await fixture.proxy.arrived(1, { method: 'PUT' });
  fixture.uploader.cancel(item!.id);
  fixture.proxy.release();
  await fixture.proxy.arrived(1, { method: 'DELETE' });
});

test('one hundred files ask Cognito once', async () => {
  await using fixture = await startCognitoFixture();
  await fixture.uploader.add(Array.from({ length: 100 }, (_, index) => textFile(`${index}.txt`)));
  await new Promise((resolve) => fixture.uploader.addEventListener('upload-complete', resolve));
  assert.equal(fixture.uploader.items.filter(({ status }) => status === 'done').length, 100);
  assert.deepEqual(operationNames(fixture.fake), ['GetId', 'GetCredentialsForIdentity']);
});

test('a token the storage will not have any more is replaced, and the file is stored under the same key', async () => {
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

test('a refusal of credentials that have been replaced meanwhile costs no new ones', async () => {
  await using fixture = await startCognitoFixture();
  await fixture.upload(textFile('first.txt'));
  Object.assign(fixture.fake.credentials[0]!, { expires: new Date(0) });
  // of two files, one hears of it when the other is stored already
  fixture.proxy.faults = [{ do: 'swallow', method: 'POST', times: 1 }];
  const items = await fixture.uploader.add([textFile('second.txt'), textFile('third.txt')]);
  await fixture.proxy.arrived(4, { method: 'POST' });
  fixture.proxy.release();
  for (const { id } of items) await untilStatus(fixture.uploader, id, 'done');
  assert.deepEqual(operationNames(fixture.fake), ['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
});

test('credentials that end while files are sent in parts are replaced once for all of them', async () => {
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

test('when one upload in parts of a batch cannot be begun, none that was stays open', async () => {
  await using fixture = await startCognitoFixture();
  fixture.proxy.faults = [{ do: 'answer', status: 503, path: 'uploads=', skip: 1, times: 1 }];
  const files = ['a.bin', 'b.bin', 'c.bin'].map((name) => bytesFile(17 * MiB, name));
  await fixture.uploader.add(files);
  await new Promise((resolve) => fixture.uploader.addEventListener('upload-complete', resolve));
  assert.deepEqual(
    fixture.uploader.items.map(({ status }) => status),
    ['done', 'done', 'done'],
  );
  assert.equal(fixture.proxy.requests.filter(({ path }) => path.includes('uploads=')).length, 6);
  await fixture.proxy.arrived(2, { method: 'DELETE' });
  // a request that has arrived is answered soon
  for (let tries = 0; await fixture.countOpenUploads(); tries += 1)
    assert(tries < 100, `${await fixture.countOpenUploads()} uploads are open`);
});

test('an upload in parts whose last answer gets lost is found stored, and nothing is sent again', async () => {
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

test('an upload in parts that is gone before it was whole is begun anew', async () => {
  await using fixture = await startCognitoFixture();
  const body = '<Error><Code>NoSuchUpload</Code></Error>';
  fixture.proxy.faults = [{ do: 'answer', status: 404, body, method: 'GET', path: 'uploadId=', times: 1 }];
  const { key } = await fixture.upload(bytesFile(17 * MiB, 'big.bin'));
  assert.equal((await fixture.stored(key)).bytes.length, 17 * MiB);
  const begun = fixture.proxy.requests.filter(({ path }) => path.includes('uploads='));
  assert.equal(begun.length, 2);
});

for (const [how, size, faults] of [
  ['a form', 10, []],
  ['a PUT', 10, [{ do: 'answer', status: 501, method: 'POST' }]],
  ['parts', 17 * MiB, []],
] as const) {
  test(`metadata in any script is stored through ${how} as the signer stores it`, async () => {
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

test('metadata that a function tells is asked for with each batch', async () => {
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

for (const [clock, offset] of [
  ['an hour fast', -3600_000],
  ['an hour slow', 3600_000],
  ['a day fast', -86_400_000],
  ['a day slow', 86_400_000],
] as const) {
  for (const [size, how] of [
    [10, 'a form'],
    [17 * MiB, 'parts'],
  ] as const) {
    for (const showsDate of [true, false]) {
      const told = showsDate ? 'Cognito tells the time' : 'only the storage tells the time';
      test(`a machine whose clock is ${clock} uploads in ${how}, when ${told}`, async () => {
        await using fixture = await startCognitoFixture();
        fixture.fake.now = () => Date.now() + offset;
        fixture.fake.sendsDate = showsDate;
        const { key } = await fixture.upload(bytesFile(size));
        assert.equal((await fixture.stored(key)).bytes.length, size);
        const refused = fixture.proxy.requests.filter(({ status = 0 }) => status >= 400);
        // no method that the bucket need not allow anyway
        for (const { method } of refused) assert.match(method, /^(POST|PUT)$/);
        // a refusal, and the question what time it is
        assert(refused.length <= (showsDate ? 0 : 2), `${refused.length} refusals`);
      });
    }
  }
}

test('neither errors nor events carry a credential', async () => {
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
  const said = JSON.stringify([events, retries, error, error.message, error.stack, fixture.uploader.items]);
  for (const { accessKeyId, secretAccessKey, sessionToken } of fixture.fake.credentials) {
    for (const secret of [accessKeyId, secretAccessKey, sessionToken]) assert(!said.includes(secret));
  }
});

test('a storage that takes no POST gets a PUT with the same rights', async () => {
  await using fixture = await startCognitoFixture();
  fixture.proxy.faults = [{ do: 'answer', status: 501, method: 'POST' }];
  const { key } = await fixture.upload(textFile('note.txt', 'words'));
  assert.equal((await fixture.stored(key)).bytes.toString(), 'words');
  const put = fixture.proxy.requests.find(({ method }) => method === 'PUT')!;
  assert.match(put.path, /X-Amz-SignedHeaders=host&/);
});

test("AWS's own addresses: the pool's region for Cognito, the bucket's for S3, paths for names with dots", async () => {
  await using fake = await startFakeCognito();
  const grant = async (settings: Partial<CognitoOptions>) => {
    const options = { identityPoolId: fake.poolId, identityUrl: fake.url, region: 'eu-central-1', bucket: 'pictures' };
    const file = { id: '1', name: 'a', size: 1, type: 'a/b' };
    const [grant] = await cognito({ ...options, ...settings })([file], { signal: AbortSignal.timeout(5000) });
    assert(grant && 'url' in grant);
    return grant.url;
  };
  assert.equal(await grant({}), 'https://pictures.s3.eu-central-1.amazonaws.com/');
  assert.equal(await grant({ bucket: 'my.pictures' }), 'https://s3.eu-central-1.amazonaws.com/my.pictures/');
  assert.equal(await grant({ region: 'cn-north-1' }), 'https://pictures.s3.cn-north-1.amazonaws.com.cn/');
});
