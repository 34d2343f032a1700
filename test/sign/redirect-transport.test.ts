import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { loadOnce } from '../../widget/core/lazy.ts';
import { steadyNetwork } from '../../widget/core/index.ts';
import type { Transport } from '../../widget/core/http.ts';
import { send } from '../../widget/core/send.ts';
import { Connections } from '../../widget/core/connections.ts';
import { createRedirectFallback, redirectTransport } from '../../widget/sign/form/redirect-transport.ts';
import { startStubSigner } from '../fixtures/stub-signer.ts';
import { type FaultProxy, startFaultProxy } from '../helpers/faults.ts';

// The page's own server and the storage, each behind a fault proxy.
let site: FaultProxy;
let storage: FaultProxy;
const closing: AsyncDisposable[] = [];

const form = (size: number): FormData => {
  const body = new FormData();
  body.append('file', new File([new Uint8Array(size)], 'cat.png'));
  return body;
};
const options = {
  ...{ onProgress: () => {}, onSent: () => {}, load: loadOnce },
  ...{ network: steadyNetwork(), connections: new Connections() },
};
const request = (size: number) => ({ method: 'POST' as const, url: `${storage.url}/bucket`, body: form(size) });

describe('The redirect transport', () => {
  before(async () => {
    const server = await startStubSigner(() => ({ status: 204 }));
    site = await startFaultProxy(new URL(server.url).origin);
    storage = await startFaultProxy(new URL(server.url).origin);
    closing.push(site, storage, server);
    Object.assign(globalThis, { location: { href: `${site.url}/page` } });
  });
  beforeEach(() => {
    site.reset();
    storage.reset();
  });
  after(async () => {
    for (const one of closing) await one[Symbol.asyncDispose]();
  });

  it('waits for a slow storage as long as the page’s own server answers', async () => {
    storage.faults = [{ do: 'swallow', method: 'POST' }];
    const sending = send(request(10), {
      ...options,
      send: redirectTransport,
      timeout: 3_000,
      signal: new AbortController().signal,
    });
    // a second probe: longer than the timeout without progress
    await site.arrived(2, { method: 'HEAD' });
    storage.release();
    assert.equal((await sending).status, 204);
  });

  it('times out when the page’s own server does not answer, whatever the size of the file', async () => {
    site.faults = [{ do: 'reset', stored: false }];
    storage.faults = [{ do: 'swallow', method: 'POST' }];
    const signal = new AbortController().signal;
    const sending = send(request(30_000_000), { ...options, send: redirectTransport, timeout: 3_000, signal });
    await assert.rejects(sending, { code: 'timeout', retry: 'transient' });
  });

  it('switches to fetch after a hidden response, and not after an upload that the page has aborted', async () => {
    const paused = new AbortController();
    const { signal } = new AbortController();
    const ends = [
      () => {
        paused.abort(new Error('paused'));
        throw paused.signal.reason;
      },
      () => {
        throw new TypeError('Failed to fetch');
      },
    ];
    const transport: Transport = async (_request, { onSent }) => {
      onSent();
      return ends.shift()!();
    };
    const wrapped = createRedirectFallback()(transport);
    await assert.rejects(wrapped(request(10), { ...options, signal: paused.signal }), /paused/);
    await assert.rejects(wrapped(request(10), { ...options, signal }), /Failed to fetch/);
    assert.deepEqual(ends, [], 'the transport was used both times');
    await wrapped(request(10), { ...options, signal });
    assert.equal(storage.requests.length, 1, 'then fetch was used');
  });
});
