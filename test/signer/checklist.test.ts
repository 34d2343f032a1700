// The security checklist, row by row. Rows about tokens, rates, IAM and the log line are beside the modules they are about.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { createSigner } from '../../signer/app.ts';
import { readConfig } from '../../signer/settings.ts';
import { COMMON_TYPES } from '../../signer/media-types.ts';
import { plan, type Rules } from '../../signer/policy.ts';
import type { SignerEvent, SignerOptions } from '../../signer/options.ts';
import { sealTicket, type Ticket } from '../../signer/ticket.ts';
import type { SignedPost } from '../../widget/core/protocol.ts';
import { CREDENTIALS, fileOf, ORIGIN, policyOf, problemOf, SECRET, signerOf } from '../helpers/signer.ts';

const ticket: Ticket = {
  method: 'MULTIPART',
  owner: 'ann',
  key: 'uploads/ann/x.mp4',
  size: 20_000_000,
  type: 'video/mp4',
  headers: {},
  uploadId: 'u-1',
  partSize: 8_388_608,
  expires: Math.floor(Date.now() / 1000) + 60,
};

const post = async (options: Partial<SignerOptions> = {}): Promise<SignedPost> =>
  (await signerOf(options).sign([{}]))[0] as SignedPost;

test('S-01 without authorize there is no signer', () => {
  const { authorize: _none, ...rest } = {
    client: new S3Client({}),
    bucket: 'uploads',
    secret: SECRET,
    authorize: undefined,
  };
  assert.throws(() => createSigner(rest as unknown as SignerOptions), /authorize/);
  assert.throws(() => readConfig({ S3_BUCKET: 'uploads', AWS_REGION: 'x' }), /SIGNER_AUTH/);
});

test('S-01 whom authorize does not know gets no signature', async () => {
  const signer = signerOf({ authorize: () => null, form: true });
  const response = await signer.post('/', { files: [fileOf()] });
  assert.equal(response.status, 401);
  assert.equal((await problemOf(response)).code, 'auth-required');
  for (const path of ['/form', '/form?fragment']) assert.equal((await signer.app.request(path)).status, 401);
});

test('S-02 the key is made by the signer, in the folder of the owner', async () => {
  assert.match((await post()).key, /^uploads\/ann\/[0-9a-f-]{36}\.jpg$/);
  const { key } = await post({ authorize: () => ({ owner: '../bob' }), prefix: 'in' });
  assert.match(key, /^in\/.2E.2E.2Fbob\/[0-9a-f-]{36}\.jpg$/);
  const { key: tenant } = await post({ authorize: () => ({ owner: 'ann', prefix: 'tenants/7' }) });
  assert.match(tenant, /^uploads\/tenants\/7\/[0-9a-f-]{36}\.jpg$/);
  assert.match((await post({ authorize: () => ({ owner: '' }) })).key, /^uploads\/[0-9a-f-]{36}\.jpg$/);
});

test('S-03 of 10,000 hostile names none reaches the key', () => {
  const rules: Rules = {
    ...{ types: COMMON_TYPES, maxFileSize: 1e9, minFileSize: 0, multipartFrom: 1e9, partSize: 8_388_608 },
    ...{ method: 'POST', folder: 'uploads/ann/' },
  };
  const tokens = ['${filename}', '$$', '..', '/', '\\', '%2f', '{', '}', '"', '\0', '\r\n', '.jpg', '.html', 'a'];
  const hostile = fc.oneof(
    fc.array(fc.constantFrom(...tokens), { minLength: 1, maxLength: 6 }).map((each) => each.join('')),
    fc.string({ unit: 'binary', minLength: 1 }),
  );
  fc.assert(
    fc.property(hostile, (name) => {
      const result = plan(fileOf({ name }), {}, rules);
      if (!('error' in result)) assert.match(result.key, /^[A-Za-z0-9/_.-]{1,512}$/);
      if (!('error' in result)) assert.match(result.key, /^uploads\/ann\/[0-9a-f-]{36}\.(jpg|jpeg|jpe|jfif)$/);
    }),
    { numRuns: 10_000 },
  );
});

test('S-03 the key is one exact condition', async () => {
  const { fields, key } = await post();
  const { conditions } = policyOf(fields);
  assert.doesNotMatch(JSON.stringify(conditions), /starts-with/);
  assert.deepEqual(
    conditions.filter((each) => JSON.stringify(each).includes(key)),
    [{ key }],
  );
});

test('S-04 the size is exact, and within the limit', async () => {
  const signer = signerOf({ limits: { maxFileSize: 5000 } });
  const [exact, large] = await signer.sign([{ size: 4999 }, { size: 5001 }]);
  const { conditions } = policyOf((exact as SignedPost).fields);
  assert.deepEqual(
    conditions.filter((each) => Array.isArray(each)),
    [['content-length-range', 4999, 4999]],
  );
  assert.ok('error' in large!);
});

test('S-05 a signature lasts 15 minutes unless told otherwise, and never over an hour', async () => {
  for (const [expires, seconds] of [
    [undefined, 900],
    [3600, 3600],
  ] as const) {
    const { fields, expires: told } = await post({ expires });
    const { expiration } = policyOf(fields);
    assert.match(expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const left = (Date.parse(expiration) - Date.now()) / 1000;
    assert.ok(left > seconds - 60 && left <= seconds, `${left} s`);
    assert.equal(told, seconds);
  }
  assert.throws(() => signerOf({ expires: 3601 }), /expires must be/);
  assert.throws(() =>
    readConfig({ S3_BUCKET: 'uploads', AWS_REGION: 'x', SIGNER_AUTH: 'public', SIGNER_EXPIRES: '3601' }),
  );
});

test('S-06 the type is exact and from the list; what a browser runs is on no list', async () => {
  const { fields } = await post();
  assert.ok(policyOf(fields).conditions.some((each) => !Array.isArray(each) && each['Content-Type'] === 'image/jpeg'));
  const signer = signerOf({ limits: { types: ['*/*'] } });
  const types = [
    'image/svg+xml',
    'text/html',
    'application/xhtml+xml',
    'text/xml',
    'text/javascript',
    'application/javascript',
  ];
  const shapes = ['image/png,text/html', 'image/png;a=b', 'image/png\r\n', 'image/png\0', 'image/*'];
  for (const file of await signer.sign([...types, ...shapes].map((type) => ({ type })))) assert.ok('error' in file);
  for (const type of types) assert.throws(() => signerOf({ limits: { types: [type] } }), /types must not name/);
});

test('S-07 what is stored is a download, and the name is in it and in the metadata, encoded', async () => {
  const [file] = await signerOf().sign([{ name: 'Käse "1";.jpg' }]);
  const { fields, key } = file as SignedPost;
  const encoded = 'K%C3%A4se%20%221%22%3B.jpg';
  assert.equal(fields['Content-Disposition'], `attachment; filename*=UTF-8''${encoded}`);
  assert.equal(fields['x-amz-meta-name'], encoded);
  assert.ok(!key.includes('se'));
});

test('S-08 the fields are those of a fixed list, each an exact condition', async () => {
  const { fields } = await post();
  const names = [
    ...['Content-Type', 'Content-Disposition', 'x-amz-meta-name', 'success_action_status', 'bucket', 'key', 'Policy'],
    ...['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature'],
  ];
  assert.deepEqual(Object.keys(fields).sort(), names.sort());
  const exact = Object.assign({}, ...policyOf(fields).conditions.filter((each) => !Array.isArray(each))) as object;
  const { Policy: _policy, 'X-Amz-Signature': _signature, ...covered } = fields;
  assert.deepEqual(exact, covered);
});

test('S-09 only a ticket of this signer, of this owner, in its time opens an upload', async () => {
  const signer = signerOf({ allowDelete: true });
  const bad = [
    sealTicket({ ...ticket, owner: 'bob' }, [SECRET]),
    sealTicket({ ...ticket, expires: 1 }, [SECRET]),
    sealTicket(ticket, [SECRET]).replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
  ];
  for (const each of bad) {
    for (const path of ['/sign-again', '/parts/list', '/complete', '/abort', '/confirm', '/delete']) {
      assert.equal((await signer.post(path, { ticket: each })).status, 403);
    }
  }
  assert.deepEqual(signer.calls, []);
});

test('S-10 a part is one of the plan, and its URL takes just its bytes', async () => {
  // Even with a client that adds the checksum of an empty body to whatever it presigns.
  const signer = signerOf({}, { requestChecksumCalculation: 'WHEN_SUPPORTED' });
  const sealed = sealTicket(ticket, [SECRET]);
  const parts = [
    { number: 1, size: 8_388_608 },
    { number: 3, size: 20_000_000 - 2 * 8_388_608 },
  ];
  const response = await signer.post('/parts', { ticket: sealed, parts });
  const { parts: signed } = (await response.json()) as { parts: { number: number; url: string; headers?: object }[] };
  for (const [i, { number, url, headers }] of signed.entries()) {
    assert.equal(number, parts[i]!.number);
    assert.match(url, /[?&]X-Amz-SignedHeaders=content-length%3Bhost(&|$)/);
    assert.doesNotMatch(url, /checksum/i);
    assert.equal(headers, undefined);
    const { pathname, searchParams } = new URL(url);
    assert.equal(pathname, `/uploads/${ticket.key}`);
    assert.equal(searchParams.get('uploadId'), 'u-1');
    assert.equal(searchParams.get('partNumber'), `${number}`);
    assert.equal(searchParams.get('X-Amz-Expires'), '900');
  }
  assert.equal((await signer.post('/parts', { ticket: sealed, parts: [{ number: 4, size: 1 }] })).status, 400);
});

test('S-10 the length, type and headers of a PUT are signed too', async () => {
  const [file] = await signerOf({}, { requestChecksumCalculation: 'WHEN_SUPPORTED' }).sign([{}], { method: 'PUT' });
  assert.ok(file && 'method' in file && file.method === 'PUT');
  const { searchParams } = new URL(file.url);
  assert.equal(
    searchParams.get('X-Amz-SignedHeaders'),
    'content-disposition;content-length;content-type;host;x-amz-meta-name',
  );
  assert.doesNotMatch(file.url, /checksum/i);
  assert.deepEqual(Object.keys(file.headers!), ['Content-Type', 'Content-Disposition', 'x-amz-meta-name']);
});

test('S-12 only exact origins are answered, credentials with them', async () => {
  const signer = signerOf();
  const preflight = await signer.app.request('/', {
    method: 'OPTIONS',
    headers: {
      Origin: ORIGIN,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type,x-evil',
    },
  });
  assert.equal(preflight.headers.get('Access-Control-Allow-Origin'), ORIGIN);
  assert.equal(preflight.headers.get('Access-Control-Allow-Credentials'), 'true');
  assert.doesNotMatch(preflight.headers.get('Access-Control-Allow-Headers')!, /x-evil/, 'not reflected');
  assert.match(preflight.headers.get('Access-Control-Allow-Headers')!, /Content-Type/);
  for (const path of ['/', '/complete']) {
    const response = await signer.post(path, {});
    assert.equal(response.headers.get('Vary'), 'Origin');
    assert.equal(response.headers.get('Access-Control-Allow-Origin'), ORIGIN, 'errors can be read, too');
  }
  for (const Origin of ['null', 'https://evil.example', `${ORIGIN}.evil.example`, 'https://evil-site.example']) {
    const response = await signer.post('/', { files: [fileOf()] }, { Origin });
    assert.equal(response.status, 403);
    assert.equal(response.headers.get('Access-Control-Allow-Origin'), null);
    assert.equal(response.headers.get('Vary'), 'Origin');
  }
});

test('S-12 with no origins named, only pages of the signer’s own host are let in', async () => {
  const signer = signerOf({ origins: [] });
  assert.equal((await signer.post('/', { files: [fileOf()] }, { Origin: 'http://localhost' })).status, 200);
  for (const Origin of ['null', ORIGIN, 'http://localhost.evil.example', 'http://localhost:81']) {
    assert.equal((await signer.post('/', { files: [fileOf()] }, { Origin })).status, 403, Origin);
  }
});

test('S-13 what a foreign page could send without a preflight is refused', async () => {
  const signer = signerOf();
  const body = { files: [fileOf()] };
  assert.equal((await signer.post('/', body, { 'Content-Type': 'text/plain' })).status, 415);
  const headers = { 'Content-Type': 'application/json' };
  const request = { method: 'POST', body: JSON.stringify(body) };
  const bare = await signer.app.request('/', { ...request, headers });
  assert.equal(bare.status, 200, 'no browser: it would have sent an Origin');
  const cross = await signer.app.request('/', { ...request, headers: { ...headers, 'Sec-Fetch-Site': 'cross-site' } });
  assert.equal(cross.status, 403);
});

test('S-14 a body is read up to its limit, also when it comes in chunks', async () => {
  const signer = signerOf();
  const send = (path: string, bytes: number, headers: Record<string, string>): [Promise<Response>, () => number] => {
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (sent >= bytes) return controller.close();
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const init = {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { 'Content-Type': 'application/json', Origin: ORIGIN, ...headers },
    };
    return [Promise.resolve(signer.app.request(path, init as RequestInit)), () => sent];
  };
  for (const path of ['/', '/complete']) {
    for (const headers of [
      {},
      { 'Transfer-Encoding': 'chunked' },
      { 'Transfer-Encoding': 'chunked', 'Content-Length': '10' },
    ]) {
      const [answer, sent] = send(path, 16_000_000, headers as Record<string, string>);
      const response = await answer;
      assert.equal(response.status, 413);
      assert.equal((await problemOf(response)).code, 'body-too-large');
      assert.ok(sent() < 600_000, `${sent()} bytes were read`);
    }
  }
});

test('S-14 a full batch with long names and paths fits', async () => {
  const files = Array.from({ length: 100 }, (_, i) => ({
    name: `${'漢'.repeat(80)}.jpg`,
    path: `${'dir/'.repeat(200)}${i}.jpg`,
  }));
  assert.equal((await signerOf().sign(files)).length, 100);
});

test('S-17 no secret and nothing of the storage’s errors is in any answer or log', async (t) => {
  const xml = `<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>canary-message</Message>
    <AWSAccessKeyId>${CREDENTIALS.accessKeyId}</AWSAccessKeyId><StringToSign>canary-string-to-sign</StringToSign>
    <Resource>arn:aws:s3:::canary-bucket</Resource></Error>`;
  let status = 403;
  const server = createServer((_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/xml' }).end(xml);
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const logged: unknown[] = [];
  for (const level of ['log', 'info', 'warn', 'error'] as const) {
    t.mock.method(console, level, (...args: unknown[]) => logged.push(...args));
  }
  const { port } = server.address() as AddressInfo;
  const signer = signerOf({ onEvent: undefined, allowDelete: true }, { endpoint: `http://127.0.0.1:${port}` });
  const sealed = sealTicket(ticket, [SECRET]);
  let answers = '';
  for (status of [400, 403, 500, 503]) {
    const large = await signer.post('/', { files: [fileOf({ name: 'a.mp4', type: 'video/mp4', size: 2e7 })] });
    assert.equal(large.status, status === 503 ? 503 : 502);
    answers += await large.text();
    for (const path of ['/parts/list', '/complete', '/abort', '/confirm', '/delete']) {
      const response = await signer.post(path, { ticket: sealed });
      assert.ok(response.status >= 404, `${path} ${response.status}`);
      answers += (await response.text()) + JSON.stringify([...response.headers]);
    }
  }
  const broken = signerOf({
    onEvent: undefined,
    authorize: () => {
      throw new Error('canary-of-the-application');
    },
  });
  answers += await (await broken.post('/', { files: [fileOf()] })).text();
  answers += await (await broken.post('/', '{"files":[{"canary')).text();
  const log = logged.map((each) => (each instanceof Error ? '' : String(each))).join('\n');
  for (const canary of [/canary/i, /arn:/, /CANARY/, /StringToSign/, /\n\s+at /, /X-Amz-Signature/i]) {
    assert.doesNotMatch(answers, canary);
    assert.doesNotMatch(log, canary);
  }
  assert.match(log, /storage-failed/, 'the operator is told');
});

test('S-17 a grant holds the credential’s scope, and no secret', async () => {
  const signer = signerOf();
  const text = await (await signer.post('/', { files: [fileOf()] })).text();
  assert.ok(text.includes(`${CREDENTIALS.accessKeyId}/`));
  assert.ok(!text.includes(CREDENTIALS.secretAccessKey) && !text.includes(SECRET));
});

test('S-18 no request names a place: nothing but the configured storage is ever asked', async () => {
  const signer = signerOf();
  for (const member of ['endpoint', 'region', 'bucket', 'url', 'source']) {
    const response = await signer.post('/', { files: [fileOf()], [member]: 'http://169.254.169.254/' });
    assert.equal(response.status, 400);
  }
  assert.deepEqual(signer.calls, []);
});

test('S-19 no answer is stored or sniffed', async () => {
  const signer = signerOf({ form: true });
  const responses = [
    await signer.post('/', { files: [fileOf()] }),
    await signer.post('/', {}),
    await signer.post('/', {}, { Origin: 'null' }),
    await signer.post('/nowhere', {}),
    await signer.app.request('/'),
    await signer.app.request('/form?type=image/png'),
    await signer.app.request('/form/done'),
    await signer.app.request('/', { method: 'OPTIONS', headers: { Origin: ORIGIN } }),
    await signerOf({ authorize: () => new Response('no', { status: 403 }) }).post('/', { files: [fileOf()] }),
  ];
  for (const response of responses) {
    assert.equal(response.headers.get('Cache-Control'), 'no-store', `${response.status}`);
    assert.equal(response.headers.get('X-Content-Type-Options'), 'nosniff');
  }
});

test('S-21 metadata is from the list, and names no prototype', async () => {
  const signer = signerOf({ metadata: ['album'] });
  const [file] = await signer.sign([{}], { metadata: { album: 'Süd & "West"' } });
  const album = (file as SignedPost).fields['x-amz-meta-album']!;
  assert.equal(decodeURIComponent(album), 'Süd & "West"');
  for (const metadata of ['{"tag":"x"}', '{"__proto__":"x"}', '{"Album":"x"}', `{"album":"${'x'.repeat(2048)}"}`]) {
    const response = await signer.post('/', `{"files":[${JSON.stringify(fileOf())}],"metadata":${metadata}}`);
    assert.equal(response.status, 400, metadata.slice(0, 40));
  }
});

test('S-22 no name changes the structure of the policy', async () => {
  const shape = async (name: string): Promise<string[]> => {
    const [file] = await signerOf().sign([{ name }]);
    return policyOf((file as SignedPost).fields).conditions.map((each) =>
      Array.isArray(each) ? each[0] : Object.keys(each).join(),
    );
  };
  const plain = await shape('cat.jpg');
  for (const name of ['"', '\\', '\n', '"},{"acl":"public-read', '"]]}', "'", '\u2028.jpg'])
    assert.deepEqual(await shape(name), plain);
});

test('S-23 every grant and refusal is an event, without ticket or signature', async () => {
  const events: SignerEvent[] = [];
  const signer = signerOf({ onEvent: (event) => events.push(event) });
  const [granted] = await signer.sign([{}, { type: 'text/html' }]);
  assert.ok('key' in granted!);
  assert.deepEqual(events, [
    { action: 'sign', owner: 'ann', key: granted.key, size: 1000, type: 'image/jpeg', method: 'POST', expires: 900 },
    { action: 'sign', owner: 'ann', code: 'file-type' },
  ]);
});

test('S-24 signing a file twice gives two keys; signing it again by its ticket the same one', async () => {
  const signer = signerOf();
  const [one, two] = (await signer.sign([{}, {}])) as SignedPost[];
  assert.notEqual(one!.key, two!.key);
  const again = (await (await signer.post('/sign-again', { ticket: one!.ticket })).json()) as SignedPost;
  assert.equal(again.key, one!.key);
  assert.equal(again.id, one!.id);
  assert.deepEqual(policyOf(again.fields).conditions.slice(0, 5), policyOf(one!.fields).conditions.slice(0, 5));
});
