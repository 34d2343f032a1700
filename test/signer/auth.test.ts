import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createSigner } from '../../signer/core/app.ts';
import { forwardAuth } from '../../signer/auth/forward.ts';
import { jwtAuth } from '../../signer/auth/jwt.ts';
import { readTokens, tokenAuth } from '../../signer/auth/token.ts';
import type { SignerEvent } from '../../signer/core/events.ts';
import type { Authorize } from '../../signer/core/principal.ts';
import type { SignedPost } from '../../widget/core/protocol.ts';
import { signerOf } from '../fixtures/signer.ts';

const ISSUER = 'https://id.example';
const AUDIENCE = 'uploads';
const SECRET = 'a secret of at least thirty-two bytes';

describe('tokenAuth', () => {
  const authorize = tokenAuth(readTokens('anna=anna-has-this-token,bert=bert-has-this-token'));

  it('accepts a token, and signs a key in its owner’s folder', async () => {
    const result = await signWith(authorize, { Authorization: 'Bearer bert-has-this-token' });
    assert.equal(result.status, 200);
    assert.match(result.key, /^uploads\/bert\//);
  });

  for (const [name, header] of Object.entries({
    'another token': 'Bearer anna-has-this-tokem',
    'a longer token': 'Bearer anna-has-this-tokenn',
    'the owner in front of the token': 'Bearer anna=anna-has-this-token',
    'another scheme': 'Basic anna-has-this-token',
    'an empty token': 'Bearer ',
    'a request without a header': undefined,
  })) {
    it(`refuses ${name}`, async () => {
      const result = await signWith(authorize, header === undefined ? {} : { Authorization: header });
      assert.equal(result.status, 401);
      assert.ok(!JSON.stringify(result).includes('anna-has'));
    });
  }

  it('refuses to be created with a short token or none', () => {
    assert.throws(() => tokenAuth(readTokens('anna=short')), /at least 16/);
    assert.throws(() => tokenAuth([]), /must contain a token/);
    for (const token of ['short', 'a'.repeat(64)]) {
      assert.throws(() => tokenAuth([{ owner: 'anna', token }]), /at least 16 characters, of which at least 6 differ/);
    }
    assert.throws(
      () => readTokens('anna=has spaces in this one'),
      (error: Error) => !error.message.includes('spaces'),
    );
  });
});

describe('jwtAuth with a secret', () => {
  const authorize = jwtAuth({ secret: SECRET, issuer: ISSUER, audience: AUDIENCE, cookie: 'session' });
  const key = new TextEncoder().encode(SECRET);

  it('accepts a token, and signs a key in its owner’s folder', async () => {
    const result = await signWith(authorize, bearer(await token(key)));
    assert.equal(result.status, 200);
    assert.match(result.key, /^uploads\/anna\//);
  });

  it('reads the token from the configured cookie only', async () => {
    assert.equal((await signWith(authorize, { Cookie: `session=${await token(key)}` })).status, 200);
    assert.equal((await signWith(authorize, { Cookie: `other=${await token(key)}` })).status, 401);
  });

  const invalid: Record<string, () => Promise<string> | string> = {
    'no algorithm': () => unsigned({ alg: 'none' }),
    'another algorithm for the same key': () => token(key, { alg: 'HS512' }),
    'another secret': () => token(new TextEncoder().encode(`${SECRET}!`)),
    'another issuer': () => token(key, { iss: 'https://id.example.net' }),
    'another audience': () => token(key, { aud: 'downloads' }),
    'an expiry in the past': () => token(key, { exp: Math.floor(Date.now() / 1000) - 60 }),
    'no expiry': () => token(key, { exp: undefined }),
    'a start in the future': () => token(key, { nbf: Math.floor(Date.now() / 1000) + 600 }),
    'no owner': () => token(key, { sub: undefined }),
    'an empty owner': () => token(key, { sub: '' }),
    'a changed payload': async () => edit(await token(key)),
    'three parts that are not Base64 of JSON': () => 'a.b.c',
  };
  for (const [name, make] of Object.entries(invalid)) {
    it(`refuses a token with ${name}`, async () => {
      const result = await signWith(authorize, bearer(await make()));
      assert.equal(result.status, 401);
      assert.equal(result.code, 'token-refused');
    });
  }
});

describe('an owner’s id that is too long', () => {
  const owner = 'x'.repeat(300);

  it('gets a 403 from a signer with jwtAuth', async () => {
    const authorize = jwtAuth({ secret: SECRET, issuer: ISSUER, audience: AUDIENCE });
    const key = new TextEncoder().encode(SECRET);
    const result = await signWith(authorize, bearer(await token(key, { sub: owner })));
    assert.deepEqual([result.status, result.code], [403, 'owner-too-long']);
  });

  it('gets a 403 from a signer with forwardAuth', async () => {
    await using application = await startServer((_request, response) => response.end(JSON.stringify({ owner })));
    const result = await signWith(forwardAuth({ url: application.url }), {});
    assert.deepEqual([result.status, result.code], [403, 'owner-too-long']);
  });

  it('gets a 403 from a signer with tokenAuth', async () => {
    const result = await signWith(tokenAuth([{ owner, token: 'anna-has-this-token' }]), bearer('anna-has-this-token'));
    assert.deepEqual([result.status, result.code], [403, 'owner-too-long']);
  });
});

describe('jwtAuth with published keys', () => {
  it('accepts a token of the issuer, and refuses one that uses the public key as a shared secret', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' };
    await using issuer = await startServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
    const authorize = jwtAuth({ jwksUrl: issuer.url, issuer: ISSUER, audience: AUDIENCE });
    assert.equal((await signWith(authorize, bearer(await token(privateKey, { alg: 'RS256', kid: 'k1' })))).status, 200);

    const confused = await token(new TextEncoder().encode(JSON.stringify(jwk)), { alg: 'HS256', kid: 'k1' });
    assert.equal((await signWith(authorize, bearer(confused))).status, 401);
    const stranger = await generateKeyPair('RS256');
    const forged = await token(stranger.privateKey, { alg: 'RS256', kid: 'k1' });
    assert.equal((await signWith(authorize, bearer(forged))).status, 401);
    const unknown = await token(stranger.privateKey, { alg: 'RS256', kid: 'k2' });
    assert.equal((await signWith(authorize, bearer(unknown))).status, 401);
    assert.ok(issuer.requests.length <= 2, 'the keys are not loaded for every token');
  });

  it('responds with 503 if the keys cannot be loaded', async () => {
    await using issuer = await startServer((_request, response) => response.writeHead(500).end());
    const { privateKey } = await generateKeyPair('RS256');
    const authorize = jwtAuth({ jwksUrl: issuer.url, issuer: ISSUER, audience: AUDIENCE });
    const result = await signWith(authorize, bearer(await token(privateKey, { alg: 'RS256' })));
    assert.deepEqual([result.status, result.code], [503, 'auth-unavailable']);
  });

  it('refuses to be created without issuer, audience or key, or with an algorithm for another kind of key', () => {
    const url = 'https://id.example/keys';
    assert.throws(() => jwtAuth({ jwksUrl: url, issuer: '', audience: AUDIENCE }), /issuer/);
    assert.throws(() => jwtAuth({ jwksUrl: url, issuer: ISSUER, audience: '' }), /audience/);
    assert.throws(() => jwtAuth({ issuer: ISSUER, audience: AUDIENCE }), /either jwksUrl or secret/);
    assert.throws(() => jwtAuth({ jwksUrl: url, algorithm: 'HS256', issuer: ISSUER, audience: AUDIENCE }), /RS256/);
    assert.throws(() => jwtAuth({ secret: SECRET, algorithm: 'none', issuer: ISSUER, audience: AUDIENCE }), /HS256/);
    for (const secret of ['short', 'a'.repeat(64), 'changeme'.repeat(8)]) {
      assert.throws(
        () => jwtAuth({ secret, issuer: ISSUER, audience: AUDIENCE }),
        /32 bytes, and at least 10 different/,
      );
    }
  });
});

describe('forwardAuth', () => {
  it('forwards only Cookie and Authorization, and applies the returned owner, prefix and limits', async () => {
    await using application = await startServer((_request, response) =>
      response.end(JSON.stringify({ owner: 'anna', prefix: 'members/anna', limits: { maxFileSize: 10 } })),
    );
    const authorize = forwardAuth({ url: application.url });
    const sent = { Cookie: 'sid=1', Authorization: 'Bearer x', 'X-Forwarded-For': '1.2.3.4', 'X-Other': 'y' };
    const small = await signWith(authorize, sent, 10);
    assert.match(small.key, /^uploads\/members\/anna\/[0-9a-f-]{36}\.png$/);
    assert.equal((await signWith(authorize, sent, 11)).refusal, 'file-too-large');
    const { cookie, authorization, ...rest } = application.requests[0]?.headers ?? {};
    assert.deepEqual([cookie, authorization], ['sid=1', 'Bearer x']);
    assert.deepEqual(
      Object.keys(rest).filter((name) => name.startsWith('x-')),
      [],
    );
  });

  it('refuses a ticket that was issued before the notBefore that the application returns', async () => {
    let notBefore: number | undefined;
    await using application = await startServer((_request, response) =>
      response.end(JSON.stringify({ owner: 'anna', notBefore })),
    );
    const signer = signerOf({ authorize: forwardAuth({ url: application.url }) });
    const [file] = (await signer.sign([{}])) as [SignedPost];
    // nothing is to be aborted, so the storage gets no request
    const abort = async (): Promise<number> => (await signer.post('/abort', { ticket: file.ticket })).status;
    assert.equal(await abort(), 204);
    notBefore = Math.floor(Date.now() / 1000) - 60;
    assert.equal(await abort(), 204);
    notBefore += 120;
    assert.equal(await abort(), 403);
    notBefore = Date.now();
    assert.equal(await abort(), 503, 'milliseconds are a fault of the application');
  });

  it('refuses to be created with the http URL of a host on the internet', () => {
    assert.throws(() => forwardAuth({ url: 'http://app.example/may' }), /must be an https URL/);
  });

  it('refuses to be created with a password in its URL', () => {
    const url = 'https://user:canary@app.example';
    const hidesPassword = (error: Error) => error instanceof TypeError && !error.message.includes('canary');
    assert.throws(() => forwardAuth({ url }), hidesPassword);
    assert.throws(() => jwtAuth({ jwksUrl: url, issuer: ISSUER, audience: AUDIENCE }), hidesPassword);
  });

  it('accepts an empty 204', async () => {
    await using application = await startServer((_request, response) => response.writeHead(204).end());
    assert.equal((await signWith(forwardAuth({ url: application.url }), {})).status, 200);
  });

  const refusals: Record<string, [(response: ServerResponse) => unknown, status: number, code: string]> = {
    'a 401': [(response) => response.writeHead(401).end(), 401, 'auth-required'],
    'a 401 with a body of a megabyte': [
      (response) => response.writeHead(401).end('x'.repeat(1_000_000)),
      401,
      'auth-required',
    ],
    'a 401 with an endless body': [(response) => response.writeHead(401).write('x'), 401, 'auth-required'],
    'a 403': [(response) => response.writeHead(403).end(), 403, 'not-allowed'],
    'a redirect to a login page': [
      (response) => response.writeHead(302, { Location: '/login' }).end(),
      401,
      'auth-required',
    ],
    'a 431, as for a cookie that is too long': [(response) => response.writeHead(431).end(), 401, 'auth-required'],
    'a 404': [(response) => response.writeHead(404).end(), 503, 'auth-unavailable'],
    'a 500': [(response) => response.writeHead(500).end(), 503, 'auth-unavailable'],
    'a 200 with a login page': [(response) => response.end('<html>Log in</html>'), 503, 'auth-unavailable'],
    'a 200 with a misspelt member': [(response) => response.end('{"owner":"a","limit":{}}'), 503, 'auth-unavailable'],
    'a 200 with a negative limit': [
      (response) => response.end('{"owner":"a","limits":{"maxFileSize":-1}}'),
      503,
      'auth-unavailable',
    ],
    'a 200 with a prefix with ..': [
      (response) => response.end('{"owner":"a","prefix":"../b"}'),
      503,
      'auth-unavailable',
    ],
    'a 200 with a megabyte': [(response) => response.end(' '.repeat(1_000_000)), 503, 'auth-unavailable'],
    'a reset connection': [(response) => response.destroy(), 503, 'auth-unavailable'],
    'no response': [() => undefined, 503, 'auth-unavailable'],
  };
  for (const [name, [respond, status, code]] of Object.entries(refusals)) {
    it(`refuses the caller if it gets ${name} from the application`, async () => {
      await using application = await startServer((_request, response) => respond(response));
      const result = await signWith(forwardAuth({ url: application.url, timeout: 300 }), { Cookie: 'sid=1' });
      assert.deepEqual([result.status, result.code], [status, code]);
      assert.deepEqual(
        result.events.filter(({ action }) => action === 'sign'),
        [],
      );
    });
  }
});

/** Signs a file with a signer that uses `authorize`. */
async function signWith(authorize: Authorize, headers: Record<string, string>, size = 5) {
  const events: SignerEvent[] = [];
  const signer = createSigner({
    client: new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' } }),
    bucket: 'bucket',
    secret: 'the secret of the tickets 0123456789',
    authorize,
    onEvent: (event) => events.push(event),
  });
  const response = await signer.request('/', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ files: [{ id: '1', name: 'a.png', type: 'image/png', size }] }),
  });
  const body = (await response.json()) as {
    code?: string;
    files?: [{ key?: string; error?: { code: string } }];
  };
  const [file] = body.files ?? [];
  const { status } = response;
  return { status, code: body.code, key: file?.key ?? '', refusal: file?.error?.code, events };
}

const bearer = (value: string) => ({ Authorization: `Bearer ${value}` });

function token(
  key: Parameters<SignJWT['sign']>[0],
  { alg = 'HS256', kid, ...claims }: Record<string, unknown> & { alg?: string; kid?: string } = {},
): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 600;
  return new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'anna', exp, ...claims })
    .setProtectedHeader({ alg, ...(kid && { kid }) })
    .sign(key);
}

function unsigned(header: object): string {
  const exp = Math.floor(Date.now() / 1000) + 600;
  return `${encode(header)}.${encode({ iss: ISSUER, aud: AUDIENCE, sub: 'anna', exp })}.`;
}

function edit(jwt: string): string {
  const [header, payload = '', signature] = jwt.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  return `${header}.${encode({ ...claims, sub: 'bert' })}.${signature}`;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Starts the application or issuer. */
async function startServer(respond: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    respond(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
