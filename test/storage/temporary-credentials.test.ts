import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { demoCredential } from '../../demo/storage/index.ts';
import { readS3Response } from './s3-response.ts';
import { withChanges, filePart, formParts, postForm, signForm } from './post-form.ts';
import {
  createClient,
  headObject,
  newKey,
  startLocalStorageUnderTest,
  type LocalStorageUnderTest,
} from './storage-under-test.ts';

// Only for the local storage: a test cannot let the gateway's temporary credentials expire.
describe('the storage, given temporary credentials,', () => {
  const temporary = { accessKeyId: 'ASIATEMPORARY0000001', secretAccessKey: 'temporary', sessionToken: 'token/+=of+A' };
  const expired = { accessKeyId: 'ASIATEMPORARY0000002', secretAccessKey: 'temporary', sessionToken: 'token of B' };
  let storage: LocalStorageUnderTest;
  before(async () => {
    const credentials = [demoCredential, temporary, { ...expired, expires: new Date(Date.now() - 1000) }];
    storage = await startLocalStorageUnderTest({ credentials });
  });
  after(() => storage.close());

  const cases = [
    { description: 'with its token', credential: temporary, form: [204, ''], signed: [200, ''] },
    {
      description: 'without its token',
      credential: { ...temporary, sessionToken: undefined },
      form: [403, 'InvalidAccessKeyId'],
      signed: [403, 'InvalidAccessKeyId'],
    },
    {
      description: 'with the token of another credential',
      credential: { ...temporary, sessionToken: expired.sessionToken },
      form: [400, 'InvalidToken'],
      signed: [400, 'InvalidToken'],
    },
    {
      description: 'that has expired',
      credential: expired,
      form: [400, 'ExpiredToken'],
      signed: [400, 'ExpiredToken'],
    },
    {
      description: 'that is permanent, with a token',
      credential: { ...demoCredential, sessionToken: 'made up' },
      form: [400, 'InvalidToken'],
      signed: [400, 'InvalidToken'],
    },
  ] as const;

  for (const { description, credential, form, signed } of cases) {
    const { accessKeyId, secretAccessKey, sessionToken } = credential;
    const sdkCredential = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };

    it(`responds ${form[0]} to a form signed by a credential ${description}`, async () => {
      const key = newKey();
      const response = await postForm(storage, formParts(signForm(storage, { key, signer: credential })));
      assert.deepEqual([response.status, response.code], form, response.text);
      assert.equal((await headObject(storage, key)) !== undefined, form[0] === 204);
    });

    it(`responds ${signed[0]} to a URL presigned by a credential ${description}`, async () => {
      const client = createClient(storage.url, storage.region, sdkCredential);
      const url = await getSignedUrl(client, new PutObjectCommand({ Bucket: storage.bucket, Key: newKey() }));
      const response = await readS3Response(await fetch(url, { method: 'PUT', body: 'hello' }));
      assert.deepEqual([response.status, response.code], signed, response.text);
      client.destroy();
    });

    it(`responds ${signed[0]} to a request signed by a credential ${description}`, async () => {
      const client = createClient(storage.url, storage.region, sdkCredential);
      const sent = client.send(new PutObjectCommand({ Bucket: storage.bucket, Key: newKey(), Body: 'x' }));
      if (signed[0] === 200) await sent;
      else await assert.rejects(sent, { name: signed[1] });
      client.destroy();
    });
  }

  it('accepts a form that the AWS SDK signs with a temporary credential', async () => {
    const client = createClient(storage.url, storage.region, temporary);
    const { fields } = await createPresignedPost(client, { Bucket: storage.bucket, Key: newKey() });
    assert.equal(fields['X-Amz-Security-Token'], temporary.sessionToken);
    const parts = [...Object.entries(fields).map(([name, value]) => ({ name, value })), filePart('hello')];
    assert.equal((await postForm(storage, parts)).status, 204);
    client.destroy();
  });

  it('refuses a form whose policy has no condition for the token', async () => {
    const permanent = signForm(storage, { key: newKey(), signer: { ...temporary, sessionToken: undefined } });
    const response = await postForm(
      storage,
      formParts(withChanges(permanent, { 'x-amz-security-token': temporary.sessionToken })),
    );
    assert.deepEqual([response.status, response.code], [403, 'AccessDenied']);
    assert.equal(response.message, 'Invalid according to Policy: Extra input fields: x-amz-security-token');
  });

  it('checks expiry against the clock in its options', async () => {
    const key = newKey();
    const later = await startLocalStorageUnderTest({ now: () => new Date(Date.now() + 3_600_000) });
    const response = await postForm(later, formParts(signForm(later, { key })));
    assert.equal(response.message, 'Invalid according to Policy: Policy expired.');
    await assert.rejects(later.client.send(new PutObjectCommand({ Bucket: 'uploads', Key: key, Body: 'x' })), {
      name: 'RequestTimeTooSkewed',
    });
    await later.close();
  });
});
