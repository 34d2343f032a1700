import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { HttpResponse } from '../../widget/core/http.ts';
import { CognitoError } from '../../widget/sign/cognito/cognito-error.ts';
import { cognito } from '../../widget/sign/cognito/cognito.ts';
import { beginMultipart } from '../../widget/sign/cognito/multipart.ts';
import type { CognitoRequests } from '../../widget/sign/cognito/requests.ts';
import { UniqueFileNames } from '../../widget/sign/form/file-names.ts';
import { createRedirectFallback } from '../../widget/sign/form/redirect-transport.ts';
import { unexpectedMembers } from '../../widget/sign/http/bad-response.ts';
import { completedEtag, requestStorage } from '../../widget/sign/http/storage-request.ts';

const { signal } = new AbortController();
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

/** Starts a server on a free port. */
async function serve(respond: RequestListener) {
  const server = createServer((request, response) => {
    request.resume();
    respond(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A server that redirects all requests, also their bodies, to another host, and the requests that the other one gets. */
async function serveRedirect() {
  const received: string[] = [];
  const other = await serve(({ method }, response) => {
    received.push(method!);
    response.end('{}');
  });
  const server = await serve((_request, response) => response.writeHead(307, { location: other.url }).end());
  return {
    url: server.url,
    received,
    async [Symbol.asyncDispose]() {
      await Promise.all([server, other].map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

describe('A redirect to another host', () => {
  it('gets neither the tokens of a visitor of Cognito nor a file', async () => {
    await using server = await serveRedirect();
    const sign = cognito({
      ...{ identityPoolId: 'eu-central-1:1234abcd', region: 'eu-central-1', bucket: 'my-uploads' },
      ...{ identityUrl: server.url, logins: { 'idp.example': 'anna.1' } },
    });
    const signing = sign([{ id: '1', name: 'a', size: 1, type: 'a/b' }], { signal });
    await assert.rejects(signing, { code: 'signer-unreachable' });
    assert.deepEqual(server.received, []);
  });

  it('gets no metadata and no list of parts', async () => {
    await using server = await serveRedirect();
    const headers = { 'x-amz-meta-patient': 'Jane' };
    await assert.rejects(requestStorage(`${server.url}/b/k`, { method: 'POST', headers, body: '<Part>' }, signal));
    assert.deepEqual(server.received, []);
  });

  it('is no proof that a form was stored', async () => {
    const request = { method: 'POST' as const, url: 'https://first.example/bucket', body: new FormData() };
    const responseAt = (url: string): Promise<HttpResponse> =>
      createRedirectFallback()(() => Promise.resolve({ status: 500, text: '', url, header: () => null }))(request, {
        signal,
        onProgress: () => undefined,
        onSent: () => undefined,
      });
    assert.equal((await responseAt('https://second.example/x?etag=abc')).status, 500);
    assert.equal((await responseAt('https://first.example/bucket?etag=abc')).status, 204);
  });
});

describe('A page in place of a response of the storage', () => {
  const response = (text: string) => ({ text, header: () => null });

  it('does not complete a multipart upload', () => {
    assert.throws(() => completedEtag(response('<!doctype html><title>Sign in</title>'), 'b.example'), {
      ...{ code: 'network', phase: 'finalize', retry: 'transient' },
    });
    const result = '<?xml version="1.0"?><CompleteMultipartUploadResult><ETag>"a-2"</ETag>';
    assert.equal(completedEtag(response(result), 'b.example'), 'a-2');
  });

  it('is an error if S3’s comes after white space', async () => {
    await using server = await serve((_request, response) => response.end(`${' '.repeat(10_000)}<Error><Code>Slow`));
    await assert.rejects(requestStorage(server.url, { method: 'POST' }, signal), { status: 500 });
  });
});

describe('A list of parts', () => {
  it('ends at the maximum number of parts', async () => {
    let lists = 0;
    const requests = {
      objectUrl: (key: string) => `https://b.example/${key}`,
      request: (_path: unknown, { query }: { query: Record<string, string> }) => {
        const from = Number(query['part-number-marker']) + 1;
        lists += 1;
        const parts = Array.from({ length: 1000 }, (_, i) => `<Part><PartNumber>${from + i}</PartNumber></Part>`);
        const text = `<UploadId>u</UploadId>${parts.join('')}<IsTruncated>true</IsTruncated>`;
        return Promise.resolve({ text, header: () => null });
      },
    } as unknown as CognitoRequests;
    const file = { id: '1', name: 'a', size: 17 * 2 ** 20, type: 'a/b' };
    const grant = await beginMultipart(requests, file, { key: 'k', identityId: 'i' }, {}, signal);
    await assert.rejects(grant.listParts(signal), { code: 'storage-config' });
    assert.ok(lists <= 12, String(lists));
  });
});

describe('An error of a backend', () => {
  it('has no secret in the place of a name', () => {
    const { message, type } = new CognitoError(400, { __type: SECRET, message: 'no' }, true);
    assert.doesNotMatch(message + type, /wJalrX/);
    assert.equal(new CognitoError(400, { __type: 'a#NotAuthorizedException:' }, true).type, 'NotAuthorized');
    const error = unexpectedMembers({ [SECRET]: 1, url: 2, ['x'.repeat(1_000_000)]: 3 }, 'fields');
    assert.match(error.message, /\[…, url, …\]/);
  });
});

describe('The names of files in a form', () => {
  it('are unique, in linear time', () => {
    const names = new UniqueFileNames();
    const before = process.cpuUsage();
    const all = Array.from({ length: 20_000 }, (_, i) =>
      names.nameFor({ id: `${i}`, name: 'a.html', size: 1, type: '' }),
    );
    const { user } = process.cpuUsage(before);
    assert.equal(new Set(all).size, all.length);
    assert.deepEqual(all.slice(0, 3), ['a.html', 'a-2.html', 'a-3.html']);
    assert.ok(user < 2_000_000, `${user / 1000} ms`);
  });
});
