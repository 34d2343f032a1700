import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Uploader } from '../../widget/core/index.ts';
import { cognito } from '../../widget/sign/cognito.ts';
import { type FakeCognito, startFakeCognito } from '../helpers/fake-cognito.ts';
import { nodeTransport } from '../helpers/node-transport.ts';
import { type Backend, startBackend } from '../helpers/backend.ts';
import { bytesFile, until } from '../helpers/uploads.ts';

// Temporary credentials of the storage's own making: those of the local storage, or of AssumeRole at Ceph's gateway, whose
// POST takes a session token and refuses a wrong or a missing one (found with 16.2.15). Cognito alone is a stand-in.
let backend: Backend;
let fake: FakeCognito;
let uploader: Uploader;

before(async () => {
  backend = await startBackend();
  fake = await startFakeCognito((seconds) => backend.temporary(seconds));
  const { region, bucket, url } = backend;
  const sign = cognito({
    identityPoolId: fake.poolId,
    identityUrl: fake.url,
    storageUrl: `${url}/${bucket}`,
    region,
    bucket,
  });
  uploader = new Uploader({ sign, send: nodeTransport });
});

after(async () => {
  uploader.destroy();
  await fake[Symbol.asyncDispose]();
  await backend.close();
});

for (const [size, how] of [
  [100_000, 'a signed form'],
  [20 * 2 ** 20 + 7, 'presigned parts'],
] as const) {
  test(`the storage's own temporary credentials store a file through ${how}`, async () => {
    const file = bytesFile(size);
    const [item] = await uploader.add([file]);
    const done = await until(uploader, item!.id, 'done');
    assert(done.status === 'done');
    const client = new S3Client({ ...backend, endpoint: backend.url, forcePathStyle: true });
    const { Body } = await client.send(new GetObjectCommand({ Bucket: backend.bucket, Key: done.result.key }));
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    assert.equal(digest(await Body!.transformToByteArray()), digest(new Uint8Array(await file.arrayBuffer())));
    client.destroy();
  });
}

for (const [what, token] of [
  ['without its token', undefined],
  ["with another's token", 'made-up'],
] as const) {
  test(`a form ${what} is refused`, async () => {
    const { region, bucket, url } = backend;
    const given = await backend.temporary(3600);
    const stranger = await startFakeCognito(() =>
      Promise.resolve({ ...given, sessionToken: token ?? given.sessionToken }),
    );
    const sign = cognito({
      identityPoolId: stranger.poolId,
      identityUrl: stranger.url,
      storageUrl: `${url}/${bucket}`,
      region,
      bucket,
    });
    const file = bytesFile(10);
    const [grant] = await sign([{ id: '1', name: 'a', size: 10, type: file.type, file }], {
      signal: AbortSignal.timeout(5000),
    });
    assert(grant && 'fields' in grant);
    const form = new FormData();
    for (const [name, value] of Object.entries(grant.fields)) {
      if (token || name !== 'x-amz-security-token') form.append(name, value);
    }
    form.append('file', file);
    const answer = await fetch(grant.url, { method: 'POST', body: form });
    assert(answer.status === 400 || answer.status === 403, `${answer.status}`);
    await answer.text();
    await stranger[Symbol.asyncDispose]();
  });
}
