import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { withSecrets } from '../../../signer/platforms/lambda-secrets.ts';

const CREDENTIALS = {
  accessKeyId: 'ASIAEXAMPLE000000001',
  secretAccessKey: 'example',
  sessionToken: 'token of Lambda',
};

/** The secrets of the service, by name. */
const SECRETS: Record<string, string> = {
  'arn:own': JSON.stringify({ SIGNER_SECRET: 'from the secret', SIGNER_AUTH: 'token' }),
  'arn:more': JSON.stringify({ SIGNER_TOKENS: 'anna=token-of-anna' }),
  'arn:text': 'SIGNER_SECRET=plain',
  'arn:number': JSON.stringify({ SIGNER_SECRET: 5 }),
  'arn:reserved': JSON.stringify({ AWS_ACCESS_KEY_ID: 'stolen' }),
};

describe('The Lambda function', () => {
  const requests: { request: IncomingMessage; body: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ request, body });
      const { SecretId } = JSON.parse(body) as { SecretId: string };
      const SecretString = SECRETS[SecretId];
      if (SecretString) response.end(JSON.stringify({ SecretString }));
      else response.writeHead(400).end(JSON.stringify({ __type: 'ResourceNotFoundException', Message: 'canary' }));
    });
  });
  let env: Record<string, string>;
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    env = {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    };
  });
  after(() => server.close());

  it('adds the variables of its secrets, and prefers its own', async () => {
    const own = { ...env, S3_BUCKET: 'uploads', SIGNER_AUTH: 'jwt' };
    const { SIGNER_SECRETS: named, ...variables } = await withSecrets({ ...own, SIGNER_SECRETS: 'arn:own, arn:more' });
    assert.equal(named, undefined);
    assert.deepEqual(variables, {
      ...own,
      SIGNER_SECRET: 'from the secret',
      SIGNER_TOKENS: 'anna=token-of-anna',
    });
  });

  it('prefers a variable of a secret to its own if that is empty, as a template leaves it', async () => {
    const { SIGNER_TOKENS } = await withSecrets({ ...env, SIGNER_TOKENS: '', SIGNER_SECRETS: 'arn:more' });
    assert.equal(SIGNER_TOKENS, 'anna=token-of-anna');
  });

  it('signs its request as the AWS SDK does', async () => {
    requests.length = 0;
    await withSecrets({ ...env, SIGNER_SECRETS: 'arn:own' });
    const [{ request, body }] = requests as [(typeof requests)[0]];
    const { authorization = '', host = '' } = request.headers;
    const [, names = ''] = /SignedHeaders=([\w;-]+)/.exec(authorization) ?? [];
    const headers = Object.fromEntries(names.split(';').map((name) => [name, String(request.headers[name])]));
    const date = String(request.headers['x-amz-date']);
    const signer = new SignatureV4({
      credentials: CREDENTIALS,
      region: 'eu-central-1',
      service: 'secretsmanager',
      sha256: new S3Client({ region: 'eu-central-1' }).config.sha256,
      applyChecksum: false,
    });
    const { hostname, port } = new URL(`http://${host}`);
    const signed = await signer.sign(
      { method: 'POST', protocol: 'http:', hostname, port: Number(port), path: '/', query: {}, headers, body },
      { signingDate: new Date(date.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:')) },
    );
    assert.equal(authorization, signed.headers.authorization);
    assert.deepEqual(names.split(';'), ['content-type', 'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']);
  });

  it('asks for no secret unless one is named', async () => {
    requests.length = 0;
    assert.deepEqual(await withSecrets(env), env);
    assert.deepEqual(requests, []);
  });

  for (const [id, reason] of [
    [
      'arn:missing',
      /^ConfigError: SIGNER_SECRETS: the secret arn:missing could not be read: ResourceNotFoundException$/,
    ],
    ['arn:text', /must be a JSON object/],
    ['arn:number', /must be a JSON object/],
    ['arn:reserved', /must not set AWS_ACCESS_KEY_ID/],
  ] as const) {
    it(`does not start if a secret is ${id.slice(4)}, and its error shows nothing of the secret`, async () => {
      await assert.rejects(withSecrets({ ...env, SIGNER_SECRETS: id }), (error) => {
        assert.match(String(error), reason);
        assert.doesNotMatch(String(error), /canary|plain|stolen/);
        return true;
      });
    });
  }
});
