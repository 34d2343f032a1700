import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MiB } from '../../fixtures/files.ts';
import { CREDENTIALS, fileOf, ORIGIN, SECRET } from '../../fixtures/signer.ts';

/** As in the server: the connections that it accepts at once. */
const MAX_CONNECTIONS = 1_000;
const UNFINISHED = 600;
/**
 * The server's limits are 10 s for headers and 15 s for a request; the rest is for a busy machine. It is far below Node's own
 * limit of 300 s, which would also close them.
 */
const CLOSED_WITHIN_MS = 60_000;

test('connections with unfinished bodies and headers are closed, and their memory is freed', async (t) => {
  const server = await startServer(t);
  const before = await server.memory();
  const chunk = 'x'.repeat(65_536);
  const head = [
    'POST /sign HTTP/1.1',
    'Host: signer.example',
    `Origin: ${ORIGIN}`,
    'Content-Type: application/json',
    `Content-Length: ${384 * 1024}`,
  ].join('\r\n');
  const bodies = await openSockets(t, server.port, UNFINISHED, (socket) => {
    socket.write(`${head}\r\n\r\n{"files":["${chunk.repeat(4)}`);
  });
  assert.equal((await fetch(server.health)).status, 200, 'others are served meanwhile');
  const headers = await openSockets(t, server.port, 100, (socket) => {
    socket.write('GET /healthz HTTP/1.1\r\nHost: signer.example\r\nX-A: ');
  });
  const silent = await openSockets(t, server.port, 100, () => undefined);

  const deadline = performance.now() + CLOSED_WITHIN_MS;
  const areClosed = (sockets: readonly Socket[]) => sockets.every(({ destroyed }) => destroyed);
  while (![bodies, headers, silent].every(areClosed) && performance.now() < deadline) {
    // A header that grows does not extend the limit.
    for (const socket of headers) if (!socket.destroyed) socket.write('a');
    await wait(500);
  }
  const leftOf = (sockets: readonly Socket[]) => sockets.filter(({ destroyed }) => !destroyed).length;
  assert.deepEqual([leftOf(bodies), leftOf(headers), leftOf(silent)], [0, 0, 0]);
  // Garbage is collected when further requests need memory.
  let grown = Infinity;
  while (grown > 50 * MiB && performance.now() < deadline + CLOSED_WITHIN_MS) {
    await Promise.all(Array.from({ length: 20 }, () => sign(server.url)));
    grown = (await server.memory()) - before;
  }
  assert.ok(grown <= 50 * MiB, `${Math.round(grown / MiB)} MiB are still held`);
  assert.equal((await sign(server.url)).status, 200);
});

test('the server accepts a bounded number of connections, and idle ones make room for new ones', async (t) => {
  const server = await startServer(t);
  const answered = new Set<Socket>();
  const sockets = await openSockets(t, server.port, MAX_CONNECTIONS + 100, (socket) => {
    socket.once('data', () => answered.add(socket));
    socket.write('GET /healthz HTTP/1.1\r\nHost: signer.example\r\n\r\n');
  });
  const isDone = (socket: Socket) => answered.has(socket) || socket.destroyed;
  while (!sockets.every(isDone)) await wait(50);
  assert.ok(sockets.filter(({ destroyed }) => !destroyed).length < MAX_CONNECTIONS, 'some are closed');
  const statuses = new Set<number | string>();
  for (let i = 0; i < 20 && !statuses.has(200); i++) {
    await sign(server.url).then(
      ({ status }) => statuses.add(status),
      (error: Error) => statuses.add(error.message),
    );
  }
  assert.ok(statuses.has(200), [...statuses].join());
});

test('a connection that sends many requests at once and reads no response is closed, and its memory is freed', async (t) => {
  const server = await startServer(t);
  await sign(server.url);
  const before = await server.memory();
  const sockets = await openSockets(t, server.port, 60, (socket) => {
    socket.pause();
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: signer.example\r\n\r\n'.repeat(400));
  });
  let most = 0;
  for (let i = 0; i < 20; i++) {
    most = Math.max(most, (await server.memory()) - before);
    assert.equal((await fetch(server.health)).status, 200, 'others are served meanwhile');
  }
  assert.ok(most <= 100 * MiB, `${Math.round(most / MiB)} MiB`);
  while (!sockets.every(({ destroyed }) => destroyed)) {
    for (const socket of sockets) socket.resume(); // sees the end of the connection
    await wait(50);
  }
});

for (const [what, text] of [
  ['send nothing', ''],
  ['send half a request', 'GET /healthz HTTP/1.1\r\nHost: a'],
  ['send a request and half of the next one', 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHo'],
] as const) {
  test(`others are served while a client keeps opening connections that ${what}`, async (t) => {
    const server = await startServer(t);
    let opened = 0;
    let isOver = false;
    const open = (): void => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
      opened += 1;
      socket.on('error', () => undefined).resume();
      // one that is closed is opened again
      socket.on('close', () => !isOver && open());
      t.after(() => socket.destroy());
    };
    for (let i = 0; i < MAX_CONNECTIONS; i++) open();
    while (opened < MAX_CONNECTIONS + 50) await wait(10);
    const statuses: (number | string)[] = [];
    for (let i = 0; i < 10; i++) statuses.push(await sign(server.url).then(({ status }) => status, String));
    isOver = true;
    assert.deepEqual(new Set(statuses), new Set([200]));
  });
}

/** Opens connections, writes to each, and discards what comes back. */
async function openSockets(t: TestContext, port: number, count: number, write: (socket: Socket) => void) {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(
    sockets.map(async (socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
      write(socket);
    }),
  );
  return sockets;
}

const sign = (url: string) =>
  fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: ORIGIN },
    body: JSON.stringify({ files: [fileOf()] }),
  });

/** Starts a public signer as a process, and waits until it listens. */
async function startServer(t: TestContext) {
  const { PATH = '', HOME = '' } = process.env;
  const entry = fileURLToPath(new URL('../../../signer/platforms/node/server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry], {
    env: {
      ...{ PATH, HOME, NODE_NO_WARNINGS: '1', PORT: '0', SIGNER_METRICS_PORT: '0' },
      ...{ S3_BUCKET: 'uploads', AWS_REGION: 'us-east-1', SIGNER_SECRET: SECRET, SIGNER_ORIGINS: ORIGIN },
      ...{ AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey },
      ...{ SIGNER_AUTH: 'public', SIGNER_REQUESTS_PER_MINUTE: '0' },
    },
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  const find = async (path: string): Promise<string> => {
    for (;;) {
      const [url] = new RegExp(`http://localhost:\\d+${path}`).exec(output) ?? [];
      if (url) return url.replace('localhost', '127.0.0.1');
      if (child.exitCode !== null) throw new Error(output);
      await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
    }
  };
  const url = await find('/sign');
  const metrics = await find('/metrics');
  return {
    url,
    health: new URL('/healthz', url),
    port: Number(new URL(url).port),
    /** Bytes that the process holds, with buffers outside of the heap. */
    async memory(): Promise<number> {
      const text = await (await fetch(metrics)).text();
      const read = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
      return read('nodejs_heap_size_used_bytes') + read('nodejs_external_memory_bytes');
    },
  };
}
