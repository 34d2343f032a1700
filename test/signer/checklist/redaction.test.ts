// What no log line contains, whatever the text that it comes in.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { createRedactor } from '../../../signer/core/redact.ts';
import { sealReceipt } from '../../../signer/core/receipt.ts';
import { sealToken } from '../../../signer/core/sealed-token.ts';
import { deletionTicket, sealTicket } from '../../../signer/core/tickets.ts';
import { createLog } from '../../../signer/service/log.ts';
import type { SignedMultipart, SignedPost, SignedPut } from '../../../widget/core/protocol.ts';
import { CREDENTIALS, SECRET, signerOf } from '../../fixtures/signer.ts';

const redact = createRedactor([]);

const issued = Math.floor(Date.now() / 1000);
const common = { key: 'uploads/ann/x.jpg', size: 1, type: 'image/jpeg', owner: 'ann', bucket: 'uploads', audience: '' };

const TOKENS: Record<string, string> = {
  'a ticket': sealTicket({ ...common, method: 'POST', headers: {}, issued, expires: issued + 60 }, [SECRET]),
  'a receipt': sealReceipt({ ...common, etag: 'e', issued }, [SECRET]),
  'a deletion ticket': deletionTicket(common, SECRET),
  'a token of a later kind': sealToken('x17', common, [SECRET]),
  'a token of another version': sealToken('t2', common, [SECRET]),
  'a JSON Web Token': 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl',
};

/** The ways in which a text gets into a message. */
const CONTEXTS: Record<string, (text: string) => string> = {
  'by itself': (text) => text,
  'in a sentence': (text) => `the client sent ${text}, which is invalid`,
  'in JSON': (text) => JSON.stringify({ ticket: text }),
  'in JSON in JSON': (text) => JSON.stringify({ body: JSON.stringify({ ticket: text }) }),
  'percent-encoded in quotes': (text) => encodeURIComponent(JSON.stringify({ ticket: text })),
  'after an escaped line break': (text) => JSON.stringify(`first\n${text}`),
  'in a URL': (text) => `https://signer.example/?ticket=${text}&x=1`,
  'with characters after it': (text) => `${text}xx`,
  'as a printed object': (text) => inspect({ ticket: text }, { breakLength: Infinity }),
};

/** Substrings of a secret that must not be left: its longest parts without punctuation. */
const partsOf = (secret: string): string[] => secret.split('.').filter((part) => part.length > 8);

for (const [name, token] of Object.entries(TOKENS)) {
  for (const [where, put] of Object.entries(CONTEXTS)) {
    test(`the log hides ${name} ${where}`, () => {
      const redacted = redact(put(token));
      for (const part of partsOf(token)) assert.ok(!redacted.includes(part), redacted);
      assert.match(redacted, /\[hidden\]/);
    });
  }
}

describe('The log hides signature, policy and credential', () => {
  /** The texts of a signed file that let anyone upload it. */
  async function signedFile() {
    const config = { credentials: { ...CREDENTIALS, sessionToken: 'canary-session-token' } };
    const [post] = (await signerOf({}, config).sign([{}])) as [SignedPost];
    const [put] = (await signerOf({ method: 'put' }, config).sign([{}])) as [SignedPut];
    const signature = new URL(put.url).searchParams.get('X-Amz-Signature')!;
    const secrets = [post.fields['X-Amz-Signature']!, post.fields.Policy!, signature];
    return { post, put, secrets: [...secrets, 'canary-session-token', CREDENTIALS.accessKeyId] };
  }

  const FORMS: Record<string, (file: SignedPost | SignedPut | SignedMultipart) => string> = {
    'in JSON': (file) => JSON.stringify(file),
    'in JSON with spaces': (file) => JSON.stringify(file, null, 2),
    'in JSON in JSON': (file) => JSON.stringify({ body: JSON.stringify(file) }),
    'in JSON in JSON in JSON': (file) => JSON.stringify({ body: JSON.stringify({ body: JSON.stringify(file) }) }),
    'in a printed object': (file) => inspect(file, { depth: 5 }),
    'in an encoded URL': (file) => `next=${encodeURIComponent('url' in file ? file.url : '')}`,
    'in headers': (file) =>
      'fields' in file
        ? Object.entries(file.fields)
            .filter(([name]) => name.startsWith('X-Amz-'))
            .map(([name, value]) => `${name}: ${value}`)
            .join('\n')
        : '',
  };
  for (const [where, print] of Object.entries(FORMS)) {
    test(where, async () => {
      const { post, put, secrets } = await signedFile();
      const texts = [post, put].map(print);
      assert.ok(secrets.some((secret) => texts.join().includes(secret)));
      for (const text of texts) {
        const redacted = redact(text);
        for (const secret of secrets) assert.ok(!redacted.includes(secret), `${secret} in ${redacted}`);
      }
    });
  }

  test('in an error document of S3, and in an Authorization header', () => {
    const texts = [
      '<Error><SignatureProvided>canary</SignatureProvided><AWSAccessKeyId>canary</AWSAccessKeyId></Error>',
      'AWS4-HMAC-SHA256 Credential=canary/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=canary',
      'webhook-signature: v1,canary',
      '{"webhook-signature":"v1,canary"}',
      '{"Authorization":"Bearer canary"}',
      'Signature="canary", keyId="x"',
      'next=X-Amz-Signature%253Dcanary',
      'Authorization: Basic canary',
      'authorization=Bearer%20canary',
      'https://canary:canary@signer.example/',
      '{"secretAccessKey":"canary","sessionToken":"canary"}',
      'AWS_SECRET_ACCESS_KEY=canary AWS_SESSION_TOKEN=canary',
    ];
    for (const text of texts) assert.doesNotMatch(redact(text), /canary/, text);
  });

  test('in a sentence', async () => {
    const { secrets } = await signedFile();
    const [signature = ''] = secrets;
    assert.doesNotMatch(redact(`the signature ${signature} does not match`), new RegExp(signature));
  });

  test('in the members of a line', () => {
    const lines: string[] = [];
    const log = createLog({ secrets: [], clientAddress: () => undefined, write: (line) => lines.push(line) });
    log.info('x', { message: JSON.stringify({ Policy: 'canary' }), nested: { list: [TOKENS['a deletion ticket']] } });
    assert.doesNotMatch(lines[0]!, /canary|d1\./);
  });
});

test('the log keeps ordinary words', () => {
  for (const text of [
    'SignatureDoesNotMatch (403, request 1)',
    'storage-failed: the policy of the bucket refuses it',
    'The Policy: see the README',
    'uploads/ann/0b1c2d3e-0000-4000-8000-000000000000.jpg',
    'version t2.5 of v1.2.3',
  ]) {
    assert.equal(redact(text), text);
  }
});

test('the log hides each of two secrets, also if blanks are around them', () => {
  const text = createRedactor(['canary-of-the-new-secret, canary-of-the-old-secret'])('canary-of-the-old-secret');
  assert.equal(text, '[hidden]');
});

test('a hostile text of 1 MB is redacted in linear time', () => {
  const hostile = [
    'a1.',
    'a1',
    't1.a-',
    'eyJ-',
    'eyJ',
    'eyJa.',
    '-eyJleHBpcmF0aW9uIj',
    'Policy',
    'Policy"',
    '\\',
    'Signature=',
    'Bearer ',
  ];
  for (const piece of hostile) {
    const small = timeOf(piece.repeat(Math.ceil(100_000 / piece.length)));
    const large = timeOf(piece.repeat(Math.ceil(1_000_000 / piece.length)));
    // ten times the length; quadratic would be a hundred times
    assert.ok(large < 40 * small + 100, `${piece}: ${small} ms, then ${large} ms`);
  }
});

/** Milliseconds of CPU time. */
function timeOf(text: string): number {
  const before = process.cpuUsage();
  redact(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
