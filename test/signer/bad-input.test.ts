import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealTicket, type Ticket } from '../../signer/core/tickets.ts';
import type { RefusedFile } from '../../widget/core/protocol.ts';
import { fileOf, ORIGIN, problemOf, SECRET, signerOf, type TestSigner } from '../fixtures/signer.ts';

/** Checks for a complete Problem without internals, and that nothing was requested from the storage. */
async function assertRefused(signer: TestSigner, response: Response, status: number, code?: string): Promise<void> {
  const text = await response.clone().text();
  assert.equal(response.status, status, text);
  assert.equal(response.headers.get('Content-Type'), 'application/problem+json');
  assert.equal(response.headers.get('Cache-Control'), 'no-store');
  assert.equal(response.headers.get('X-Content-Type-Options'), 'nosniff');
  const problem = await problemOf(response);
  assert.equal(problem.status, status);
  assert.ok(problem.code && problem.title && problem.type && problem.detail, text);
  if (code) assert.equal(problem.code, code);
  assert.doesNotMatch(text, /\n\s+at |node_modules|\.ts\b/, 'no stack');
  assert.deepEqual(signer.calls, []);
}

const file = fileOf();
/** SHA-256 of nothing. */
const SHA256 = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

const INVALID_BODIES: Record<string, [body: string | Uint8Array, status?: number]> = {
  'an empty text': [''],
  null: ['null'],
  'an array': ['[]'],
  'a string': ['"x"'],
  'a number': ['1'],
  'truncated JSON': ['{"files":[{"id":"1"'],
  '16 MB of JSON': [`{"files":[{"id":"${'x'.repeat(16_000_000)}"}]}`, 413],
  'UTF-16': [Buffer.from(JSON.stringify({ files: [file] }), 'utf16le')],
  '7,000 nested arrays': ['['.repeat(7_000) + ']'.repeat(7_000)],
};

for (const [name, [body, status = 400]] of Object.entries(INVALID_BODIES)) {
  test(`the signer responds with ${status} if the body is ${name}`, async () => {
    const signer = signerOf();
    await assertRefused(signer, await signer.post('/', body), status);
    await assertRefused(signer, await signer.post('/complete', body), status);
  });
}

for (const member of ['__proto__', 'constructor', 'prototype']) {
  test(`the signer refuses a member ${member} anywhere in the body`, async () => {
    const signer = signerOf({ metadata: ['album'] });
    const escaped = member.replace('o', '\\u006f');
    for (const key of [member, escaped]) {
      const json = JSON.stringify(file);
      const places = [
        `{"files":[${json}],"${key}":{"a":"b"}}`,
        `{"files":[${json.replace('{', `{"${key}":{"a":"b"},`)}]}`,
        `{"files":[${json}],"metadata":{"${key}":"x"}}`,
      ];
      for (const body of places) await assertRefused(signer, await signer.post('/', body), 400);
    }
  });
}

const UNKNOWN_MEMBERS: Record<string, unknown> = {
  key: 'x',
  bucket: 'other',
  acl: 'public-read',
  fields: { acl: 'public-read' },
  conditions: [['starts-with', '$key', '']],
  expires: 604_800,
  success_action_redirect: 'https://evil.example',
  tagging: '<Tagging/>',
  endpoint: 'https://evil.example',
  region: 'eu-central-1',
  prefix: '../',
  ticket: 'x',
};

for (const [member, value] of Object.entries(UNKNOWN_MEMBERS)) {
  test(`the signer refuses an unknown member ${member}`, async () => {
    const signer = signerOf();
    for (const body of [{ files: [file], [member]: value }, { files: [{ ...file, [member]: value }] }]) {
      const response = await signer.post('/', body);
      assert.ok((await problemOf(response.clone())).detail!.includes(member), 'the detail names it');
      await assertRefused(signer, response, 400, 'bad-request');
    }
  });
}

const { size: _size, ...withoutSize } = file;
const { name: _name, ...withoutName } = file;

const INVALID_REQUESTS: Record<string, unknown> = {
  'no files': {},
  'an empty list of files': { files: [] },
  '101 files': { files: Array.from({ length: 101 }, (_, i) => fileOf({ id: `${i}` })) },
  'the same id twice': { files: [file, file] },
  'an empty id': { files: [fileOf({ id: '' })] },
  'no size': { files: [withoutSize] },
  'a size in quotes': { files: [{ ...file, size: '10' }] },
  'a negative size': { files: [fileOf({ size: -1 })] },
  'half a byte': { files: [fileOf({ size: 1.5 })] },
  'a size that is not a safe integer': { files: [fileOf({ size: 1e300 })] },
  'no name': { files: [withoutName] },
  'an empty name': { files: [fileOf({ name: '' })] },
  'a name of 10,000 characters': { files: [fileOf({ name: 'x'.repeat(10_000) })] },
  'a type of 10,000 characters': { files: [fileOf({ type: 'x'.repeat(10_000) })] },
  'a method that is not PUT': { files: [file], method: 'DELETE' },
  'metadata that is not on the list': { files: [file], metadata: { tag: 'x' } },
  'metadata with a space in its key': { files: [file], metadata: { 'al bum': 'x' } },
  'metadata with upper case in its key': { files: [file], metadata: { Album: 'x' } },
  'metadata named x-amz-acl': { files: [file], metadata: { 'x-amz-acl': 'public-read' } },
  'metadata that is not a string': { files: [file], metadata: { album: 1 } },
  '3 KB of metadata': { files: [file], metadata: { album: 'x'.repeat(3072) } },
  'metadata that is 3 KB once encoded': { files: [file], metadata: { album: 'ä'.repeat(512) } },
  'a checksum of the wrong length': { files: [{ ...file, checksum: { algorithm: 'crc32', value: SHA256 } }] },
  'a checksum that is not Base64': { files: [{ ...file, checksum: { algorithm: 'crc32', value: 'AAAA*A==' } }] },
  'a checksum of an unknown algorithm': { files: [{ ...file, checksum: { algorithm: 'md5', value: 'AAAAAA==' } }] },
};

for (const [name, body] of Object.entries(INVALID_REQUESTS)) {
  test(`the signer refuses a request with ${name}`, async () => {
    const signer = signerOf({ metadata: ['album'] });
    await assertRefused(signer, await signer.post('/', body), 400);
  });
}

for (const type of [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/json; charset=utf-16',
  '',
]) {
  test(`the signer refuses a body of type "${type}"`, async () => {
    const signer = signerOf();
    const response = await signer.post('/', { files: [file] }, { 'Content-Type': type });
    await assertRefused(signer, response, 415, 'not-json');
  });
}

const REFUSED_FILES: Record<string, [Partial<typeof file>, string]> = {
  'one byte too many': [{ size: 2001 }, 'file-too-large'],
  'no byte if the minimum is one': [{ size: 0 }, 'file-too-small'],
  'type HTML': [{ type: 'text/html', name: 'a.html' }, 'file-type'],
  'type SVG': [{ type: 'image/svg+xml', name: 'a.svg' }, 'file-type'],
  'two types in one': [{ type: 'image/png,text/html' }, 'file-type'],
  'a type with a parameter': [{ type: 'image/png; charset=x"' }, 'file-type'],
  'a wildcard as its type': [{ type: '*/*' }, 'file-type'],
  'a second extension that a browser executes': [{ name: 'a.jpg.html' }, 'file-type'],
};

for (const [name, [given, code]] of Object.entries(REFUSED_FILES)) {
  test(`the signer refuses a file with ${name}, and not the rest of the batch`, async () => {
    const signer = signerOf({ limits: { minFileSize: 1, maxFileSize: 2000 } });
    const [refused, granted] = await signer.sign([given, {}]);
    assert.equal((refused as RefusedFile).error.code, code);
    assert.ok(!('url' in refused!) && !('ticket' in refused!));
    assert.ok('url' in granted!);
    assert.deepEqual(signer.calls, []);
  });
}

const HOSTILE_NAMES = [
  '../../etc/passwd',
  '..\\..\\x',
  '%2e%2e%2f',
  '${filename}',
  'a${filename}b',
  '$$',
  'a\0b',
  'a\r\nb',
  'x\u202egpj.txt',
];

for (const name of [...HOSTILE_NAMES, '🎉.jpg', 'A.JPG', 'a b.jpg', 'a+b&c#d%.jpg']) {
  test(`the signer signs a file called ${JSON.stringify(name)} with a key that contains none of its name`, async () => {
    const signer = signerOf();
    const [granted] = await signer.sign([{ name }]);
    assert.ok('key' in granted!);
    assert.match(granted.key, /^uploads\/ann\/[0-9a-f-]{36}\.jpg$/);
  });
}

test('the signer signs a file of one byte, and one of the largest allowed size', async () => {
  const granted = await signerOf({ limits: { maxFileSize: 2000 } }).sign([{ size: 1 }, { size: 2000 }]);
  assert.ok(granted.every((each) => 'url' in each));
});

const ticket: Ticket = {
  method: 'MULTIPART',
  owner: 'ann',
  key: 'uploads/ann/x.mp4',
  size: 20_000_000,
  type: 'video/mp4',
  headers: {},
  uploadId: 'u-1',
  partSize: 8_388_608,
  bucket: 'uploads',
  audience: 'uploads/',
  issued: Math.floor(Date.now() / 1000),
  // longer than this file may run on a slow machine
  expires: Math.floor(Date.now() / 1000) + 3600,
};

const part = { number: 1, size: 8_388_608 };

const INVALID_PARTS: Record<string, unknown> = {
  'part 0': [{ ...part, number: 0 }],
  'part 1.5': [{ ...part, number: 1.5 }],
  'a part beyond the last': [{ ...part, number: 4 }],
  'part 10,001': [{ ...part, number: 10_001 }],
  'a part that is too long': [{ ...part, size: part.size + 1 }],
  'a part that is too short': [{ ...part, size: 5 }],
  'a last part that is too long': [{ ...part, number: 3 }],
  'an empty list of parts': [],
  '10,001 parts': Array.from({ length: 10_001 }, (_, i) => ({ ...part, number: i + 1 })),
  'the same part twice': [part, part],
  'parts in descending order': [{ ...part, number: 2 }, part],
  'a checksum that was not requested': [{ ...part, checksum: { algorithm: 'sha256', value: SHA256 } }],
  'a member uploadId': [{ ...part, uploadId: 'u-2' }],
};

for (const [name, value] of Object.entries(INVALID_PARTS)) {
  test(`/parts refuses ${name}`, async () => {
    const signer = signerOf();
    const sealed = sealTicket(ticket, [SECRET]);
    const response = await signer.post('/parts', { ticket: sealed, parts: value });
    await assertRefused(signer, response, name === '10,001 parts' ? 413 : 400);
  });
}

const TICKET_PATHS = ['/sign-again', '/parts', '/parts/list', '/complete', '/abort', '/confirm', '/delete'];

for (const path of TICKET_PATHS) {
  test(`${path} refuses a ticket that is of another owner, expired, edited or not a ticket`, async () => {
    const signer = signerOf({ allowDelete: true });
    const sealed = sealTicket(ticket, [SECRET]);
    const invalid = [
      sealTicket({ ...ticket, owner: 'bob' }, [SECRET]),
      sealTicket({ ...ticket, expires: 1 }, [SECRET]),
      sealTicket(ticket, ['another-secret-of-someone-0123456789']),
      `${sealed.slice(0, 20)}${sealed[20] === 'A' ? 'B' : 'A'}${sealed.slice(21)}`,
      'eyJhbGciOiJub25lIn0.eyJvd25lciI6ImFubiJ9.',
      'x',
    ];
    for (const each of invalid) {
      const body = { ticket: each, ...(path === '/parts' && { parts: [part] }) };
      await assertRefused(signer, await signer.post(path, body), 403, 'ticket-refused');
    }
    await assertRefused(signer, await signer.post(path, {}), 400);
    await assertRefused(signer, await signer.post(path, { ticket: 7 }), 400);
    await assertRefused(signer, await signer.post(path, { ticket: sealed, uploadId: 'u-2' }), 400);
    // /complete takes longer bodies, with the tickets of several uploads.
    const tooLong = path === '/complete' ? 400 : 413;
    await assertRefused(signer, await signer.post(path, { ticket: 'x'.repeat(20_000) }), tooLong);
  });
}

test('the multipart calls refuse the ticket of a file that is uploaded in one request', async () => {
  const signer = signerOf();
  const [granted] = await signer.sign([{}]);
  assert.ok('ticket' in granted!);
  for (const path of ['/parts/list', '/complete']) {
    await assertRefused(signer, await signer.post(path, { ticket: granted.ticket }), 400, 'bad-ticket');
  }
});

test('the signer refuses every method except POST, also with X-HTTP-Method-Override', async () => {
  const signer = signerOf();
  for (const path of ['/', ...TICKET_PATHS]) {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const response = await signer.app.request(path, {
        method,
        headers: { Origin: ORIGIN, 'X-HTTP-Method-Override': 'POST', 'Content-Type': 'application/json' },
        ...(method !== 'GET' && { body: JSON.stringify({ files: [file] }) }),
      });
      assert.equal(response.headers.get('Allow'), 'POST');
      await assertRefused(signer, response, 405, 'method-not-allowed');
    }
  }
});

test('the signer refuses pages of any other origin', async () => {
  const signer = signerOf({ origins: [ORIGIN, 'https://www.site.example:8443'] });
  const foreign = [
    'null',
    'https://evil.example',
    'https://site.example.evil.example',
    'https://evilsite.example',
    'https://www.site.example',
    'http://site.example',
    'https://site.example:444',
    'https://SITE.example',
    'https://site.example/',
    'https://site.example,https://evil.example',
  ];
  for (const Origin of foreign) {
    const response = await signer.post('/', { files: [file] }, { Origin });
    assert.equal(response.headers.get('Access-Control-Allow-Origin'), null);
    await assertRefused(signer, response, 403, 'origin-refused');
    const preflight = await signer.app.request('/', { method: 'OPTIONS', headers: { Origin } });
    assert.equal(preflight.headers.get('Access-Control-Allow-Origin'), null);
    await assertRefused(signer, preflight, 403, 'origin-refused');
  }
});

test('Host and X-Forwarded headers change neither the origin check nor the signature', async () => {
  const signer = signerOf();
  const spoofed = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-For': '10.0.0.1' };
  const refused = await signer.post('/', { files: [file] }, { ...spoofed, Origin: 'https://evil.example' });
  await assertRefused(signer, refused, 403);
  const granted = await signer.post('/', { files: [file] }, spoofed);
  assert.doesNotMatch(await granted.text(), /evil/);
});
