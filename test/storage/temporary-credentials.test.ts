import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { demoCredential } from '../../demo/storage/index.ts';
import { readAnswer } from './answer.ts';
import { altered, filePart, formParts, post, signForm } from './form.ts';
import { clientFor, head, newKey, startLocal, type LocalServer } from './server.ts';

// Of the local storage alone: the gateway hands out temporary credentials, but none that a test can let expire.
describe('temporary credentials', () => {
  const temporary = { accessKeyId: 'ASIATEMPORARY0000001', secretAccessKey: 'temporary', sessionToken: 'token/+=of+A' };
  const expired = { accessKeyId: 'ASIATEMPORARY0000002', secretAccessKey: 'temporary', sessionToken: 'token of B' };
  let server: LocalServer;
  before(async () => {
    const credentials = [demoCredential, temporary, { ...expired, expires: new Date(Date.now() - 1000) }];
    server = await startLocal({ credentials });
  });
  after(() => server.close());

  const outcomes = [
    { what: 'with its token', credential: temporary, form: [204, ''], signed: [200, ''] },
    {
      what: 'without its token',
      credential: { ...temporary, sessionToken: undefined },
      form: [403, 'InvalidAccessKeyId'],
      signed: [403, 'InvalidAccessKeyId'],
    },
    {
      what: "with another's token",
      credential: { ...temporary, sessionToken: expired.sessionToken },
      form: [400, 'InvalidToken'],
      signed: [400, 'InvalidToken'],
    },
    {
      what: 'after it has expired',
      credential: expired,
      form: [400, 'ExpiredToken'],
      signed: [400, 'ExpiredToken'],
    },
    {
      what: 'when it is permanent and comes with a token',
      credential: { ...demoCredential, sessionToken: 'made up' },
      form: [400, 'InvalidToken'],
      signed: [400, 'InvalidToken'],
    },
  ] as const;

  for (const { what, credential, form, signed } of outcomes) {
    const { accessKeyId, secretAccessKey, sessionToken } = credential;
    const sdkCredential = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };

    it(`signs a form ${what}: ${form[0]}`, async () => {
      const key = newKey();
      const answer = await post(server, formParts(signForm(server, { key, signer: credential })));
      assert.deepEqual([answer.status, answer.code], form, answer.text);
      assert.equal((await head(server, key)) !== undefined, form[0] === 204);
    });

    it(`signs a URL ${what}: ${signed[0]}`, async () => {
      const client = clientFor(server.url, server.region, sdkCredential);
      const url = await getSignedUrl(client, new PutObjectCommand({ Bucket: server.bucket, Key: newKey() }));
      const answer = await readAnswer(await fetch(url, { method: 'PUT', body: 'hello' }));
      assert.deepEqual([answer.status, answer.code], signed, answer.text);
      client.destroy();
    });

    it(`signs a request ${what}: ${signed[0]}`, async () => {
      const client = clientFor(server.url, server.region, sdkCredential);
      const sent = client.send(new PutObjectCommand({ Bucket: server.bucket, Key: newKey(), Body: 'x' }));
      if (signed[0] === 200) await sent;
      else await assert.rejects(sent, { name: signed[1] });
      client.destroy();
    });
  }

  it('takes the form that the SDK signs', async () => {
    const client = clientFor(server.url, server.region, temporary);
    const { fields } = await createPresignedPost(client, { Bucket: server.bucket, Key: newKey() });
    assert.equal(fields['X-Amz-Security-Token'], temporary.sessionToken);
    const parts = [...Object.entries(fields).map(([name, value]) => ({ name, value })), filePart('hello')];
    assert.equal((await post(server, parts)).status, 204);
    client.destroy();
  });

  it('wants the token covered by the policy', async () => {
    const permanent = signForm(server, { key: newKey(), signer: { ...temporary, sessionToken: undefined } });
    const answer = await post(
      server,
      formParts(altered(permanent, { 'x-amz-security-token': temporary.sessionToken })),
    );
    assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied']);
    assert.equal(answer.message, 'Invalid according to Policy: Extra input fields: x-amz-security-token');
  });

  it('takes its clock from whoever starts it', async () => {
    const key = newKey();
    const later = await startLocal({ now: () => new Date(Date.now() + 3_600_000) });
    const answer = await post(later, formParts(signForm(later, { key })));
    assert.equal(answer.message, 'Invalid according to Policy: Policy expired.');
    await assert.rejects(later.client.send(new PutObjectCommand({ Bucket: 'uploads', Key: key, Body: 'x' })), {
      name: 'RequestTimeTooSkewed',
    });
    await later.close();
  });
});
