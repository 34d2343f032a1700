import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { steadyNetwork } from '../../widget/core/index.ts';
import type { Transport } from '../../widget/core/http.ts';
import { send } from '../../widget/core/send.ts';
import { RequestLimiter } from '../../widget/core/request-limiter.ts';
import { seeThrough, sendRedirected } from '../../widget/sign/form/redirect-transport.ts';
import { startStubSigner } from '../fixtures/stub-signer.ts';
import { type FaultProxy, startFaultProxy } from '../helpers/faults.ts';

// The page's own server and the storage, each behind a proxy that can be told to break.
let site: FaultProxy;
let storage: FaultProxy;
const closing: AsyncDisposable[] = [];

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

const form = (size: number): FormData => {
  const body = new FormData();
  body.append('file', new File([new Uint8Array(size)], 'cat.png'));
  return body;
};
const options = { onProgress: () => {}, onSent: () => {}, network: steadyNetwork(), limiter: new RequestLimiter() };
const request = (size: number) => ({ method: 'POST' as const, url: `${storage.url}/bucket`, body: form(size) });

test('a storage that takes its time is waited for, while the page’s own server can be reached', async () => {
  storage.faults = [{ do: 'swallow', method: 'POST' }];
  const sending = send(request(10), {
    ...options,
    send: sendRedirected,
    timeout: 3_000,
    signal: new AbortController().signal,
  });
  // long after the time without a sign of life is over
  await site.arrived(2, { method: 'HEAD' });
  storage.release();
  assert.equal((await sending).status, 204);
});

test('a line that is dead is noticed, however long the file might take', async () => {
  site.faults = [{ do: 'reset', stored: false }];
  storage.faults = [{ do: 'swallow', method: 'POST' }];
  const signal = new AbortController().signal;
  const sending = send(request(30_000_000), { ...options, send: sendRedirected, timeout: 3_000, signal });
  await assert.rejects(sending, { code: 'timeout', retry: 'transient' });
});

test('what the page itself has ended says nothing of how the storage answers', async () => {
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
  const through = seeThrough()(transport);
  await assert.rejects(through(request(10), { ...options, signal: paused.signal }), /paused/);
  await assert.rejects(through(request(10), { ...options, signal }), /Failed to fetch/);
  assert.deepEqual(ends, [], 'both times the transport was asked');
  await through(request(10), { ...options, signal });
  assert.equal(storage.requests.length, 1, 'and then fetch was');
});
