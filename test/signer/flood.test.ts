import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CREDENTIALS, fileOf, ORIGIN, SECRET } from '../fixtures/signer.ts';

const SECONDS = 3;
/** Requests a second, whether or not they are answered as fast. */
const RATE = 10_000;
const CONNECTIONS = 50;
const MIB = 1024 ** 2;

/** As they come: each is refused by another part of the signer. */
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

test('ten thousand requests of garbage a second leave the signer up, small, and good for those who mean it', async (t) => {
  const { PATH = '', HOME = '' } = process.env;
  const entry = fileURLToPath(new URL('../../signer/platforms/node/server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry], {
    env: {
      ...{ PATH, HOME, NODE_NO_WARNINGS: '1', PORT: '0' },
      ...{ S3_BUCKET: 'uploads', AWS_REGION: 'us-east-1', SIGNER_SECRET: SECRET, SIGNER_ORIGINS: ORIGIN },
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      SIGNER_AUTH: 'public',
      // The flood comes through a proxy, from ever other addresses: none is held for its rate alone.
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
  const per = (count: number) => `${Math.round(count / SECONDS)} a second`;

  // As many as it can answer: those who mean it are still heard.
  const closed = startFlood(Number(url.port), 'wait');
  let slowest = 0;
  for (const end = performance.now() + SECONDS * 1000; performance.now() < end; await sleep(100)) {
    const asked = performance.now();
    assert.equal((await fetch(new URL('/healthz', url))).status, 200);
    slowest = Math.max(slowest, performance.now() - asked);
  }
  const { statuses } = closed.stop();
  const answered = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  t.diagnostic(`${per(answered)} were answered; health was told within ${Math.round(slowest)} ms`);
  assert.ok(slowest < 5_000);
  for (const status of statuses.keys()) assert.ok(status >= 400 && status < 500, `${status}`);

  // More than it can answer, pipelined: it comes back, and has not grown.
  const open = startFlood(Number(url.port), 'pipeline');
  await sleep(SECONDS * 1000);
  const { sent } = open.stop();
  assert.ok(sent >= RATE * SECONDS * 0.9, `only ${per(sent)} were offered`);
  const over = performance.now();
  const signed = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: ORIGIN },
    body: JSON.stringify({ files: [fileOf()] }),
  });
  assert.equal(signed.status, 200);
  const grown = (await memory()) - before;
  t.diagnostic(
    `${per(sent)} were pipelined; ${Math.round(performance.now() - over)} ms later it signed, ${Math.round(grown / MIB)} MiB larger`,
  );
  assert.equal(child.exitCode, null);
  assert.ok(grown < 300 * MIB);
});

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
 * Keeps its connections, and opens anew those that are closed. `wait`: the next request follows each answer; `pipeline`:
 * at `RATE`, without waiting for any.
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
      // The head of an answer comes in one piece, but maybe behind the body of the one before.
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
    const due = pace === 'pipeline' ? Math.floor(((performance.now() - begin) / 1000) * RATE) : 0;
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
