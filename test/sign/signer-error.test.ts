import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { isUploadError, type UploadError } from '../../widget/core/errors.ts';
import { createSignerRequest } from '../../widget/sign/http/signer-request.ts';
import { startStubSigner, type StubResponse } from '../fixtures/stub-signer.ts';

const signal = new AbortController().signal;
const page = '<!doctype html><title>Page</title>';
const html = { 'content-type': 'text/html' };

/** The error of a request to a signer that responds like this, by the path below its own. */
async function errorOf(
  respond: StubResponse | ((path: string, request: IncomingMessage) => StubResponse),
  headers?: Record<string, string>,
  body: object = {},
): Promise<UploadError> {
  await using signer = await startStubSigner((path, request) =>
    typeof respond === 'function' ? respond(path, request) : respond,
  );
  const error: unknown = await createSignerRequest({ url: `${signer.url}?key=secret`, headers })({ body }, signal).then(
    () => assert.fail('the request succeeded'),
    (error: unknown) => error,
  );
  assert(isUploadError(error), String(error));
  assert.equal(error.phase, error.code === 'file-refused' || error.code === 'object-differs' ? 'finalize' : 'sign');
  assert(!error.message.includes('secret'), error.message);
  return error;
}

describe('An error of the signer', () => {
  for (const [name, response, code, message] of [
    ['401', { status: 401, body: {} }, 'auth-required', /401/],
    ['403 without a code', { status: 403, body: {} }, 'auth-required', /403/],
    [
      "419, Laravel's ended session",
      { status: 419, body: { message: 'CSRF token mismatch.' } },
      'auth-required',
      /419/,
    ],
    [
      'a 403 for the origin',
      { status: 403, body: { code: 'origin-refused', detail: 'No.' } },
      'config',
      /POST http:\/\/127\.0\.0\.1:\d+\/sign answered 403 \(origin-refused\)\. No\. Add the origin .* SIGNER_ORIGINS/,
    ],
    [
      "Django's 403 for a missing token",
      { status: 403, headers: html, body: `${page}CSRF verification failed.` },
      'config',
      /<meta name="csrf-token">/,
    ],
    [
      'a body that a parser has read',
      { status: 400, body: { code: 'body-consumed', detail: 'Read.' } },
      'config',
      /express\.json\(\)/,
    ],
    [
      'metadata that the signer does not allow',
      { status: 400, body: { code: 'bad-metadata', detail: 'metadata.a: not allowed.' } },
      'config',
      /metadata\.a: not allowed\..*SIGNER_METADATA/,
    ],
    ['404 and a page', { status: 404, headers: html, body: page }, 'config', /answered 404\..*"endpoint"/],
    ['404 and a text', { status: 404, body: '404 Not Found' }, 'config', /answered 404/],
    [
      "a framework's 404 in JSON",
      { status: 404, body: { detail: 'Not Found' } },
      'config',
      /404\. Not Found .*"endpoint"/,
    ],
    [
      "the signer's own 404",
      { status: 404, body: { code: 'not-found', detail: 'The signer is at /sign.' } },
      'config',
      /The signer is at \/sign\..*"endpoint"/,
    ],
    ['405', { status: 405, body: 'Method Not Allowed' }, 'config', /405.*must accept POST/],
    ['a 404 that a backend has decided', { status: 404, body: { code: 'no-album' } }, 'signer-refused', /no-album/],
    [
      'a page with status 200',
      { headers: html, body: page },
      'bad-signer-response',
      /answered with 200 and text\/html, not JSON, to POST http.*\/sign; it is a page/,
    ],
    ['a page with status 400', { status: 400, headers: html, body: page }, 'bad-signer-response', /400 and text\/html/],
    ['a text with status 400', { status: 400, headers: html, body: 'Too large' }, 'signer-refused', /400/],
    ['a refusal', { status: 422, body: { message: 'No cats.' } }, 'signer-refused', /422: No cats\./],
    ['a page with status 500', { status: 500, headers: html, body: page }, 'signer-unreachable', /500/],
    ['a page with status 429', { status: 429, headers: html, body: page }, 'signer-unreachable', /429/],
    ['an upload that is gone', { status: 404, body: { code: 'no-such-upload' } }, 'upload-lost', /404/],
    ['a stored file', { status: 409, body: { code: 'already-stored' } }, 'already-stored', /409/],
    [
      'a refused file',
      { status: 422, body: { code: 'file-refused', detail: 'A virus.' } },
      'file-refused',
      /^A virus\.$/,
    ],
    [
      'an object that differs',
      { status: 422, body: { code: 'object-differs', detail: 'Its type is text/html.' } },
      'object-differs',
      /text\/html/,
    ],
    ['a quota', { status: 429, body: { code: 'quota-exceeded' } }, 'quota-exceeded', /429/],
  ] as [string, StubResponse, string, RegExp][]) {
    it(`is ${code} for ${name}`, async () => {
      const error = await errorOf(response);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.equal(error.retry === 'never', code !== 'signer-unreachable');
    });
  }

  for (const [name, target, code, message] of [
    ['a sign-in page', { headers: html, body: page }, 'auth-required', /\/sign redirects to the page \/sign\/login/],
    ['a sign-in page with status 403', { status: 403, headers: html, body: page }, 'auth-required', /\/sign\/login/],
    ['JSON with status 401', { status: 401, body: {} }, 'auth-required', /401/],
    ['a page that is missing', { status: 404, headers: html, body: page }, 'config', /404/],
    ['a page that fails', { status: 500, headers: html, body: page }, 'signer-unreachable', /500/],
  ] as [string, StubResponse, string, RegExp][]) {
    it(`is ${code} when the signer redirects to ${name}`, async () => {
      const error = await errorOf((path) =>
        path === '/login' ? target : { status: 302, headers: { location: '/sign/login?next=%2Fsign' } },
      );
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
    });
  }

  it('is no missing upload when a ticket is refused with 404', async () => {
    const { code, status } = await errorOf({ status: 404, body: { code: 'ticket-refused' } });
    assert.deepEqual([code, status], ['upload-lost', 403]);
  });

  it('is auth-required when the redirect leads to a site that does not answer the page', async () => {
    const error = await errorOf({ status: 302, headers: { location: 'http://127.0.0.1:1/sso' } });
    assert.equal(error.code, 'auth-required');
    assert.match(error.message, /\/sign redirects to another site/);
  });

  it('is config when the redirect only adds a slash, and names the URL to set', async () => {
    const error = await errorOf((path) =>
      path === '/' ? { status: 405, body: {} } : { status: 301, headers: { location: '/sign/' } },
    );
    assert.equal(error.code, 'config');
    assert.match(error.message, /\/sign redirects to http:\/\/127\.0\.0\.1:\d+\/sign\/: set the attribute "endpoint"/);
  });

  it('is none when a redirect of status 307 leads to the signer', async () => {
    await using signer = await startStubSigner((path) =>
      path === '/' ? { body: { ok: 1 } } : { status: 307, headers: { location: '/sign/' } },
    );
    assert.deepEqual(await createSignerRequest({ url: signer.url })({ body: {} }, signal), { ok: 1 });
    // the second request has no body, and finds out where the redirect leads
    assert.deepEqual(signer.requests, ['POST /sign', 'POST /sign', 'POST /sign/', 'POST /sign/']);
  });

  for (const status of [302, 307, 308]) {
    it(`is config when a redirect of status ${status} leads to another origin, which gets nothing of the request`, async () => {
      const received: IncomingHttpHeaders[] = [];
      await using other = await startStubSigner((_path, { headers }) => {
        received.push(headers);
        return { body: { files: [{ id: '1', method: 'PUT', url: 'https://evil.example/', key: 'k' }] } };
      });
      const error = await errorOf(
        { status, headers: { location: `${other.url}/grants` } },
        { 'x-api-key': 'key-of-the-page', authorization: 'Bearer token-of-the-visitor' },
        { files: [{ name: 'names-are-private.png' }] },
      );
      assert.equal(error.code, 'config');
      assert.match(error.message, /\/sign redirects to http:\/\/127\.0\.0\.1:\d+\/sign\/grants: set the attribute/);
      assert.doesNotMatch(JSON.stringify(received), /key-of-the-page|token-of-the-visitor/);
      for (const headers of received) assert.equal(Number(headers['content-length'] ?? 0), 0);
    });
  }

  it('is config when the request is redirected and a request without a body is not', async () => {
    const error = await errorOf((_path, request) =>
      request.headers['content-length'] === '0' ? { body: {} } : { status: 307, headers: { location: '/elsewhere' } },
    );
    assert.equal(error.code, 'config');
  });

  it('is config for a header of the page that browsers cannot send, and names it', async () => {
    for (const [headers, name] of [
      [{ 'X-Fine': '1', 'X-Name': 'Αναφορά' }, 'X-Name'],
      [{ 'X Name': '1' }, 'X Name'],
    ] as [Record<string, string>, string][]) {
      const error = await errorOf({ body: {} }, headers);
      assert.equal(error.code, 'config');
      assert.match(error.message, new RegExp(`The property "headers" .*"${name}"`));
    }
  });
});
