import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { startStorage } from '../../demo/storage/index.ts';
import { Uploader } from '../../widget/core/index.ts';
import { cognito, type CognitoOptions } from '../../widget/sign/cognito.ts';
import { readPolicy } from '../../widget/sign/policy.ts';
import { escapeText, presign } from '../../widget/sign/sigv4.ts';
import { type FakeCognito, startFakeCognito } from '../helpers/fake-cognito.ts';
import { startFaultProxy } from '../helpers/faults.ts';
import { nodeTransport } from '../helpers/node-transport.ts';
import { bytesFile, record, textFile, until } from '../helpers/uploads.ts';

const MIB = 2 ** 20;

/** A fake Cognito, and a real storage that knows the credentials it gives, and no others. */
async function startBench(settings: Partial<CognitoOptions> = {}) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-cognito-'));
  const fake = await startFakeCognito();
  const storage = await startStorage({ dir, credentials: fake.credentials, now: () => new Date(fake.now()) });
  const proxy = await startFaultProxy(storage.url);
  const options = {
    identityPoolId: fake.poolId,
    region: 'us-east-1',
    bucket: 'uploads',
    keyPrefix: 'in/',
    identityUrl: fake.url,
    storageUrl: `${proxy.url}/uploads`,
    ...settings,
  };
  const uploader = new Uploader({ sign: cognito(options), send: nodeTransport });
  return {
    fake,
    proxy,
    uploader,
    options,
    async stored(key: string): Promise<Buffer> {
      const url = `${storage.url}/uploads/${key.split('/').map(escapeText).join('/')}`;
      const scope = { time: fake.now(), region: 'us-east-1' };
      const answer = await fetch(await presign({ method: 'GET', url, expires: 60 }, fake.credentials.at(-1)!, scope));
      assert.equal(answer.status, 200);
      return Buffer.from(await answer.arrayBuffer());
    },
    async upload(file: File) {
      const [item] = await uploader.add([file]);
      const done = await until(uploader, item!.id, 'done');
      assert(done.status === 'done');
      return done.result;
    },
    async fail(file: File) {
      const [item] = await uploader.add([file]);
      const failed = await until(uploader, item!.id, 'failed').catch(() => uploader.item(item!.id)!);
      assert('error' in failed && failed.error);
      return failed.error;
    },
    async [Symbol.asyncDispose]() {
      uploader.destroy();
      await proxy.close();
      await storage.close();
      await fake[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const operations = (fake: FakeCognito): string[] => fake.calls.map(({ operation }) => operation);

test('a file is stored with temporary credentials, below the identity that got them', async () => {
  await using bench = await startBench();
  const { key, etag, location } = await bench.upload(textFile('Ein Brief.txt', 'words'));
  const { IdentityId } = bench.fake.calls[1]!.body as { IdentityId: string };
  assert.match(key, new RegExp(`^in/${IdentityId}/[0-9a-f-]{36}\\.txt$`));
  assert.equal(location, `${bench.proxy.url}/uploads/${key.replaceAll(':', '%3A')}`);
  assert.equal((await bench.stored(key)).toString(), 'words');
  assert.match(etag!, /^[0-9a-f]{32}$/);
  assert.deepEqual(operations(bench.fake), ['GetId', 'GetCredentialsForIdentity']);
});

test('the policy is exact in key, type, size and token', async () => {
  await using bench = await startBench({ metadata: { Album: 'Sommer' } });
  const file = { id: '1', name: 'a.png', size: 7, type: 'image/png' };
  const [grant] = await cognito(bench.options)([file], { signal: AbortSignal.timeout(5000) });
  assert(grant && 'fields' in grant);
  const policy = readPolicy(grant.fields['policy']!)!;
  assert.deepEqual([policy.least, policy.most], [7, 7]);
  const { policy: _, 'x-amz-signature': __, ...rest } = grant.fields;
  assert.deepEqual(
    Object.fromEntries(policy.conditions.map(({ operator, field, value }) => [`${operator} ${field}`, value])),
    {
      'eq bucket': 'uploads',
      ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [`eq ${name.toLowerCase()}`, value])),
    },
  );
  assert.equal(rest['x-amz-security-token'], bench.fake.credentials[0]!.sessionToken);
  assert.equal(rest['x-amz-meta-album'], 'Sommer');
});

test('a file of 20 MiB goes in parts, and what arrives is what was sent', async () => {
  await using bench = await startBench();
  const file = bytesFile(20 * MIB + 5, 'big.bin');
  const { key } = await bench.upload(file);
  assert.deepEqual(await bench.stored(key), Buffer.from(await file.arrayBuffer()));
});

test('an upload in parts goes on when a part is cut, and sends the others once', async () => {
  await using bench = await startBench();
  bench.proxy.faults = [{ do: 'cut', at: { share: 0.5 }, method: 'PUT', times: 1 }];
  const file = bytesFile(17 * MIB, 'big.bin');
  const { key } = await bench.upload(file);
  assert.equal((await bench.stored(key)).length, file.size);
  assert.equal(bench.proxy.requests.filter(({ method }) => method === 'PUT').length, 4);
});

test('a canceled upload in parts leaves nothing in the storage', async () => {
  await using bench = await startBench();
  bench.proxy.faults = [{ do: 'stall', at: { share: 0.1 }, method: 'PUT' }];
  const [item] = await bench.uploader.add([bytesFile(17 * MIB, 'big.bin')]);
  await bench.proxy.arrived(1, { method: 'PUT' });
  bench.uploader.cancel(item!.id);
  bench.proxy.release();
  await bench.proxy.arrived(1, { method: 'DELETE' });
});

test('one hundred files ask Cognito once', async () => {
  await using bench = await startBench();
  await bench.uploader.add(Array.from({ length: 100 }, (_, index) => textFile(`${index}.txt`)));
  await new Promise((resolve) => bench.uploader.addEventListener('upload-complete', resolve));
  assert.equal(bench.uploader.items.filter(({ status }) => status === 'done').length, 100);
  assert.deepEqual(operations(bench.fake), ['GetId', 'GetCredentialsForIdentity']);
});

test('credentials are kept until five minutes are left, and then renewed once for all who ask', async (context) => {
  await using fake = await startFakeCognito();
  const start = Date.now();
  context.mock.timers.enable({ apis: ['Date'], now: start });
  const sign = cognito({ identityPoolId: fake.poolId, identityUrl: fake.url, region: 'us-east-1', bucket: 'uploads' });
  const ask = (id: string) => sign([{ id, name: 'a', size: 1, type: 'a/b' }], { signal: new AbortController().signal });
  await ask('1');
  context.mock.timers.setTime(start + 54 * 60_000);
  await ask('2');
  assert.deepEqual(operations(fake), ['GetId', 'GetCredentialsForIdentity']);
  context.mock.timers.setTime(start + 56 * 60_000);
  const grants = await Promise.all([ask('3'), ask('4')]);
  assert.deepEqual(operations(fake), ['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
  assert.deepEqual(fake.calls[2]!.body, fake.calls[1]!.body);
  for (const [grant] of grants) {
    assert(grant && 'fields' in grant);
    assert.equal(grant.fields['x-amz-security-token'], fake.credentials[1]!.sessionToken);
  }
});

test('a token the storage will not have any more is replaced, and the file is stored under the same key', async () => {
  await using bench = await startBench();
  await bench.upload(textFile('first.txt'));
  Object.assign(bench.fake.credentials[0]!, { expires: new Date(0) });
  const retries = record(bench.uploader, 'upload-retry');
  await bench.upload(textFile('second.txt'));
  assert.equal(bench.fake.credentials.length, 2);
  assert.deepEqual(retries, []);
  const posts = bench.proxy.requests.filter(({ method }) => method === 'POST').map(({ status }) => status);
  assert.deepEqual(posts, [201, 400, 201]);
});

for (const [clock, offset] of [
  ['an hour fast', -3600_000],
  ['an hour slow', 3600_000],
  ['a day fast', -86_400_000],
  ['a day slow', 86_400_000],
] as const) {
  for (const [size, how] of [
    [10, 'a form'],
    [17 * MIB, 'parts'],
  ] as const) {
    for (const showsDate of [true, false]) {
      const told = showsDate ? 'Cognito tells the time' : 'only the storage tells the time';
      test(`a machine whose clock is ${clock} uploads in ${how}, when ${told}`, async () => {
        await using bench = await startBench();
        bench.fake.now = () => Date.now() + offset;
        bench.fake.showsDate = showsDate;
        const { key } = await bench.upload(bytesFile(size));
        assert.equal((await bench.stored(key)).length, size);
        const refused = bench.proxy.requests.filter(({ status = 0 }) => status >= 400);
        // a refusal, and the question what time it is
        assert(refused.length <= (showsDate ? 0 : 2), `${refused.length} refusals`);
      });
    }
  }
}

for (const [type, status, logins, code, words] of [
  ['ResourceNotFoundException', 400, undefined, 'config', /attribute identity-pool-id names no pool/],
  ['InvalidParameterException', 400, undefined, 'config', /identity-pool-id or the property logins/],
  ['com.amazonaws.cognito#InvalidIdentityPoolConfigurationException', 400, undefined, 'config', /trust policy/],
  ['NotAuthorizedException', 400, undefined, 'config', /set the property logins/],
  ['NotAuthorizedException', 400, { 'idp.example': 'token' }, 'auth-required', /the login is over/],
  ['constructor', 400, undefined, 'signer-unreachable', /Cognito refused/],
] as const) {
  test(`${type} ${logins ? 'of a login' : 'of a guest'} is told as ${code}`, async () => {
    await using bench = await startBench({ logins });
    bench.fake.failures.push({ status, body: JSON.stringify({ __type: type, message: 'No.' }) });
    const error = await bench.fail(textFile());
    assert.equal(error.code, code);
    assert.match(error.message, words);
    assert.equal(bench.fake.calls.length, 1);
  });
}

for (const type of ['TooManyRequestsException', 'InternalErrorException', 'ResourceConflictException']) {
  test(`${type} is waited out`, async () => {
    await using bench = await startBench();
    bench.fake.failures.push({
      status: type === 'InternalErrorException' ? 500 : 400,
      body: JSON.stringify({ __type: type }),
    });
    await bench.upload(textFile());
    assert.deepEqual(operations(bench.fake), ['GetId', 'GetId', 'GetCredentialsForIdentity']);
  });
}

test('logins go with both questions, and a function is asked for them each time', async () => {
  let asked = 0;
  const logins = () => ({ 'idp.example': `token-${++asked}` });
  await using bench = await startBench({ logins });
  await bench.upload(textFile());
  assert.deepEqual(
    bench.fake.calls.map(({ body }) => body['Logins']),
    [{ 'idp.example': 'token-1' }, { 'idp.example': 'token-1' }],
  );
});

for (const [what, body] of [
  ['HTML', '<html>sign in</html>'],
  ['an answer without IdentityId', '{"identityid":"x"}'],
  ['null', 'null'],
]) {
  test(`${what} in place of an identity is told as bad-signer-response`, async () => {
    await using bench = await startBench();
    bench.fake.failures.push({ status: 200, body: body! });
    const error = await bench.fail(textFile());
    assert.equal(error.code, 'bad-signer-response');
    assert.match(error.message, /wanted are IdentityId/);
  });
}

test('neither errors nor events carry a credential', async () => {
  await using bench = await startBench();
  const events = record(bench.uploader, 'upload-success');
  const retries = record(bench.uploader, 'upload-retry');
  bench.proxy.faults = [
    { do: 'answer', status: 503, times: 1 },
    { do: 'reset', times: 1 },
  ];
  await bench.upload(textFile());
  bench.proxy.faults = [{ do: 'answer', status: 403, body: '<Error><Code>SignatureDoesNotMatch</Code></Error>' }];
  const error = await bench.fail(textFile());
  const said = JSON.stringify([events, retries, error, error.message, error.stack, bench.uploader.items]);
  for (const { accessKeyId, secretAccessKey, sessionToken } of bench.fake.credentials) {
    for (const secret of [accessKeyId, secretAccessKey, sessionToken!]) assert(!said.includes(secret));
  }
});

test('a storage that takes no POST gets a PUT with the same rights', async () => {
  await using bench = await startBench();
  bench.proxy.faults = [{ do: 'answer', status: 501, method: 'POST' }];
  const { key } = await bench.upload(textFile());
  assert.equal((await bench.stored(key)).toString(), 'words');
  const put = bench.proxy.requests.find(({ method }) => method === 'PUT')!;
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
