import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MiB } from '../fixtures/files.ts';
import { CREDENTIALS, fileOf, ORIGIN, SECRET } from '../fixtures/signer.ts';

/** Seconds that each flood lasts. */
const FLOOD_S = 3;
/** Requests a second that the pipelined flood sends, whether or not the server keeps up. */
const REQUESTS_PER_SECOND = 10_000;
/** Connections that are open at once. */
const CONNECTIONS = 50;

/** Invalid requests, each refused by another part of the signer. */
const GARBAGE = [
  request('GET', '/.env'),
  request('POST', '/sign', '{"files":[{"name":"${filename}"'),
  request('POST', '/sign', '{"files":[],"__proto__":{}}'),
  request('POST', '/sign/complete', JSON.stringify({ ticket: 'x'.repeat(2000) })),
  request('POST', '/sign', 'a=b', { 'Content-Type': 'application/x-www-form-urlencoded' }),
  request('POST', '/sign', '{}', { Origin: 'https://evil.example' }),
  request('DELETE', '/sign/delete'),
  request('POST', '/sign', JSON.stringify({ files: [fileOf({ size: -1 })] })),
];

test('ten thousand invalid requests a second neither stop the signer nor fill its memory, and it still serves valid requests', async (t) => {
  const { PATH = '', HOME = '' } = process.env;
  const entry = fileURLToPath(new URL('../../signer/platforms/node/server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry], {
    env: {
      ...{ PATH, HOME, NODE_NO_WARNINGS: '1', PORT: '0' },
      ...{ S3_BUCKET: 'uploads', AWS_REGION: 'us-east-1', SIGNER_SECRET: SECRET, SIGNER_ORIGINS: ORIGIN },
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      SIGNER_AUTH: 'public',
      // The flood comes through a trusted proxy from changing addresses, so no address reaches its limit.
      SIGNER_TRUSTED_PROXIES: '127.0.0.1,::1',
      SIGNER_METRICS_PORT: '0',
    },
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data) => (output = (output + String(data)).slice(-10_000)));
  const find = async (path: string): Promise<URL> => {
    for (;;) {
      const [url] = new RegExp(`http://localhost:\\d+${path}`).exec(output) ?? [];
      if (url) return new URL(url);
      await once(child.stdout, 'data');
    }
  };
  const url = await find('/sign');
  const metrics = await find('/metrics');
  const memory = async (): Promise<number> =>
    Number(/^process_resident_memory_bytes (\d+)/m.exec(await (await fetch(metrics)).text())?.[1]);
  const before = await memory();
  const rateOf = (count: number) => `${Math.round(count / FLOOD_S)} a second`;

  // The flood sends as many requests as the server can answer. Valid requests must still be served.
  const closed = startFlood(Number(url.port), 'wait');
  let slowest = 0;
  for (const end = performance.now() + FLOOD_S * 1000; performance.now() < end; await sleep(100)) {
    const start = performance.now();
    assert.equal((await fetch(new URL('/healthz', url))).status, 200);
    slowest = Math.max(slowest, performance.now() - start);
  }
  const { statuses } = closed.stop();
  const served = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  t.diagnostic(`${rateOf(served)} were served; /healthz responded within ${Math.round(slowest)} ms`);
  assert.ok(slowest < 5_000);
  for (const status of statuses.keys()) assert.ok(status >= 400 && status < 500, `${status}`);

  // More pipelined requests than the server can answer. It must recover, without having grown.
  const open = startFlood(Number(url.port), 'pipeline');
  await sleep(FLOOD_S * 1000);
  const { sent } = open.stop();
  assert.ok(sent >= REQUESTS_PER_SECOND * FLOOD_S * 0.9, `only ${rateOf(sent)} were sent`);
  const end = performance.now();
  const signed = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: ORIGIN },
    body: JSON.stringify({ files: [fileOf()] }),
  });
  assert.equal(signed.status, 200);
  const grown = (await memory()) - before;
  t.diagnostic(
    `${rateOf(sent)} were pipelined; ${Math.round(performance.now() - end)} ms later it signed, ${Math.round(grown / MiB)} MiB larger`,
  );
  assert.equal(child.exitCode, null);
  assert.ok(grown < 300 * MiB);
});

/** Makes a function that returns an HTTP request as text, forwarded for the given address. */
function request(method: string, path: string, body = '', headers: Record<string, string> = {}) {
  const all = {
    Host: 'localhost',
    ...(method === 'POST' && { 'Content-Type': 'application/json', Origin: ORIGIN }),
    'Content-Length': String(body.length),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return (from: string): string =>
    `${method} ${path} HTTP/1.1\r\nX-Forwarded-For: ${from}\r\n${lines.join('')}\r\n${body}`;
}

/**
 * Sends invalid requests over permanent connections, and reopens those that are closed. `wait`: sends the next request after
 * each response. `pipeline`: sends `REQUESTS_PER_SECOND` without waiting for responses.
 */
function startFlood(port: number, pace: 'wait' | 'pipeline') {
  const statuses = new Map<number, number>();
  const sockets: ReturnType<typeof connect>[] = [];
  let sent = 0;
  let isOver = false;
  const send = (socket = sockets[sent % CONNECTIONS]!): void => {
    const from = `198.18.${(sent >> 8) & 255}.${sent & 255}`;
    socket.write(GARBAGE[sent++ % GARBAGE.length]!(from));
  };
  const open = (i: number): void => {
    const socket = connect(port, 'localhost');
    sockets[i] = socket;
    socket.setEncoding('latin1');
    if (pace === 'wait') send(socket);
    socket.on('data', (chunk: string) => {
      if (pace === 'pipeline') return;
      // The head of a response arrives in one piece, possibly after the body of the previous one.
      for (const [, status] of chunk.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
        statuses.set(Number(status), (statuses.get(Number(status)) ?? 0) + 1);
        send(socket);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!isOver) open(i);
    });
  };
  for (let i = 0; i < CONNECTIONS; i++) open(i);
  const begin = performance.now();
  const timer = setInterval(() => {
    const due = pace === 'pipeline' ? Math.floor(((performance.now() - begin) / 1000) * REQUESTS_PER_SECOND) : 0;
    while (sent < due) send();
  }, 5);
  return {
    stop() {
      isOver = true;
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      return { sent, statuses };
    },
  };
}
