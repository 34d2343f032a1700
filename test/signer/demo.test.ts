import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveDemo } from '../../demo/serve.ts';
import { CREDENTIALS, fileOf } from '../fixtures/signer.ts';

const env = {
  PORT: '0',
  S3_BUCKET: 'uploads',
  S3_FORCE_PATH_STYLE: '1',
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};

/** Starts the demo, signs a file with each of the headers, and returns the statuses. */
async function sign(settings: Record<string, string>, headers: Record<string, string>[]): Promise<number[]> {
  const demo = await serveDemo({ ...env, ...settings }, () => {});
  try {
    const body = JSON.stringify({ files: [fileOf()] });
    const send = (more: Record<string, string>) =>
      fetch(`${demo.url}/sign`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: demo.url, ...more },
        body,
      });
    const statuses = [];
    for (const each of headers) statuses.push((await send(each)).status);
    return statuses;
  } finally {
    await demo.close();
  }
}

test('the demo lets anyone upload, unless SIGNER_AUTH is set', async () => {
  const token = 'the-token-of-anna';
  const headers: Record<string, string>[] = [
    {},
    { Authorization: 'Bearer another-token-of-anna' },
    { Authorization: `Bearer ${token}` },
  ];
  assert.deepEqual(await sign({}, [{}]), [200]);
  assert.deepEqual(await sign({ SIGNER_AUTH: 'token', SIGNER_TOKENS: `anna=${token}` }, headers), [401, 401, 200]);
});

test('the demo applies the signer’s limits and refuses a misspelt one', async () => {
  assert.deepEqual(await sign({ SIGNER_FILES_PER_DAY: '1' }, [{}, {}]), [200, 429]);
  await assert.rejects(
    serveDemo({ ...env, SIGNER_FILE_PER_DAY: '1' }, () => {}),
    /^ConfigError: SIGNER_FILE_PER_DAY: /,
  );
});
