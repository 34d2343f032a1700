import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpResponse } from '../../widget/core/http.ts';
import { isFromStorage } from '../../widget/core/stored.ts';

const URL = 'https://bucket.example/in';
const HTML = '<!DOCTYPE html><title>Welcome to our Wi-Fi</title>';
const POST_RESPONSE = '<?xml version="1.0"?><PostResponse><Key>k</Key></PostResponse>';

interface Sample {
  status: number;
  text?: string;
  url?: string;
  etag?: string;
  /** Fields of the form; absent: a PUT. */
  fields?: Record<string, string>;
}

const SAMPLES: readonly [what: string, isFromStorage: boolean, Sample][] = [
  ['204 without a body', true, { status: 204, fields: {} }],
  ['200 with an ETag', true, { status: 200, etag: '"e"' }],
  ['200 without a body, whose ETag CORS hides', true, { status: 200 }],
  ['201 with <PostResponse>', true, { status: 201, text: POST_RESPONSE, fields: { success_action_status: '201' } }],
  ['201 without a body, as signed', true, { status: 201, fields: { success_action_status: '201' } }],
  [
    '204 although 201 was signed, with an ETag',
    true,
    { status: 204, etag: 'e', fields: { success_action_status: '201' } },
  ],
  ['204 although 404 was signed', true, { status: 204, fields: { success_action_status: '404' } }],
  ['200 without a body although 201 was signed', false, { status: 200, fields: { success_action_status: '201' } }],
  ['200 with an HTML page', false, { status: 200, text: HTML }],
  ['200 with an HTML page and an ETag', false, { status: 200, text: HTML, etag: '"page"', fields: {} }],
  ['200 with JSON', false, { status: 200, text: '{"ok":true}' }],
  ['200 with an <Error>', false, { status: 200, text: '<Error><Code>InternalError</Code></Error>' }],
  ['202 without a body', false, { status: 202 }],
  ['200 of another address', false, { status: 200, etag: '"e"', url: 'https://portal.example/in' }],
  ['200 of another path', false, { status: 200, url: 'https://bucket.example/login' }],
  ['200 of the same address with a query', true, { status: 200, url: `${URL}?key=1` }],
  ['200 of the signed redirect', true, redirected('https://site.example/thanks?key=k')],
  ['200 of another redirect', false, redirected('https://portal.example/')],
  ['a redirect that was not followed', true, { ...redirected('https://site.example/thanks'), status: 204, text: '' }],
  ['302', false, { status: 302 }],
  ['301 PermanentRedirect', true, { status: 301, text: '<Error><Code>PermanentRedirect</Code></Error>' }],
  ['404 of another address', false, { status: 404, text: HTML, url: 'https://portal.example/' }],
  ['403 AccessDenied', true, { status: 403, text: '<Error><Code>AccessDenied</Code></Error>' }],
];

function redirected(url: string): Sample {
  return { status: 200, text: HTML, url, fields: { success_action_redirect: 'https://site.example/thanks' } };
}

describe('A response', () => {
  for (const [what, expected, { status, text = '', url, etag, fields }] of SAMPLES) {
    it(`${expected ? 'is accepted' : 'is not accepted'} as the storage's: ${what}`, () => {
      const body = fields ? new FormData() : new Blob(['x']);
      if (body instanceof FormData) for (const [name, value] of Object.entries(fields!)) body.append(name, value);
      const response: HttpResponse = {
        status,
        text,
        header: (name) => (name === 'etag' ? (etag ?? null) : null),
        ...(url && { url }),
      };
      assert.equal(isFromStorage({ method: fields ? 'POST' : 'PUT', url: URL, body }, response), expected);
    });
  }
});
