import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { createSigner } from '../../signer/core/app.ts';
import { publicAccess } from '../../signer/auth/public.ts';
import type { StoredObject } from '../../signer/core/options.ts';
import { claims } from '../../signer/service/redis.ts';
import { DELIVERY, webhook, type Claims, type WebhookOptions } from '../../signer/service/webhook.ts';
import { needs } from '../fixtures/requirements.ts';
import { openBucket } from './bucket.ts';
import { connected, startRedis } from './redis-server.ts';

const SECRET = `whsec_${Buffer.from('the secret of the webhook').toString('base64')}`;
const OBJECT: StoredObject = {
  bucket: 'bucket',
  key: 'uploads/anna/1.png',
  location: 'https://bucket.example/uploads/anna/1.png',
  etag: 'e1',
  size: 5,
  type: 'image/png',
  owner: 'anna',
};

describe('the webhook', () => {
  it('is signed as Standard Webhooks has it', async () => {
    await using application = await listen(() => 204);
    await webhook({ url: application.url, secret: SECRET })(OBJECT);
    const [{ body, headers } = { body: '', headers: {} }] = application.calls;
    const event = new Webhook(SECRET).verify(body, headers as Record<string, string>) as {
      type: string;
      data: unknown;
    };
    assert.equal(event.type, 'object.stored');
    assert.deepEqual(event.data, OBJECT);
    assert.throws(() => new Webhook(SECRET).verify(`${body} `, headers as Record<string, string>));
  });

  it('is tried again, under the same id, until the application has taken note', async () => {
    const answers = [500, 'reset', 204] as const;
    await using application = await listen((i) => answers[i] ?? 204);
    await webhook({ url: application.url, secret: SECRET, waits: [1, 1] })(OBJECT);
    assert.equal(application.calls.length, 3);
    assert.equal(new Set(application.calls.map(({ headers }) => headers['webhook-id'])).size, 1);
  });

  it('has an id of its own for each object, and for each content of it', async () => {
    await using application = await listen(() => 204);
    const announce = webhook({ url: application.url, secret: SECRET });
    for (const object of [OBJECT, { ...OBJECT, key: 'other' }, { ...OBJECT, etag: 'e2' }]) await announce(object);
    assert.equal(new Set(application.calls.map(({ headers }) => headers['webhook-id'])).size, 3);
  });

  it('is given up when all tries fail, and at once on a 4xx', async () => {
    await using broken = await listen(() => 503);
    const refusal = { code: 'not-announced', status: 502 };
    await assert.rejects(webhook({ url: broken.url, secret: SECRET, waits: [1, 1] })(OBJECT), refusal);
    assert.equal(broken.calls.length, 3);
    await using refusing = await listen(() => 410);
    await assert.rejects(webhook({ url: refusing.url, secret: SECRET, waits: [1, 1] })(OBJECT), refusal);
    assert.equal(refusing.calls.length, 1);
  });

  it('is not held up by an application that never answers', async () => {
    await using application = await listen(() => 'never');
    await assert.rejects(webhook({ url: application.url, secret: SECRET, timeout: 50, waits: [] })(OBJECT), {
      code: 'not-announced',
    });
  });

  it('follows no redirect, for the event was not meant for others', async () => {
    await using application = await listen(() => 307);
    await assert.rejects(webhook({ url: application.url, secret: SECRET, waits: [] })(OBJECT));
    assert.equal(application.calls.length, 1);
  });

  it('is not set up with a password in its address, which fetch would not send', () => {
    const isSilent = (error: Error) => error instanceof TypeError && !error.message.includes('canary');
    assert.throws(() => webhook({ url: 'https://user:canary@app.example', secret: SECRET }), isSilent);
  });

  it('is not set up with a short secret', () => {
    assert.throws(() => webhook({ url: 'https://app.example', secret: 'short' }), /at least 16/);
  });

  it('comes once for an upload that is confirmed again and again, and its failure fails the confirmation', async () => {
    const live = await openBucket();
    await using application = await listen((i) => (i === 0 ? 400 : 204));
    try {
      const signer = createSigner({
        client: live.client,
        bucket: live.bucket,
        secret: 'the secret of the tickets',
        authorize: publicAccess,
        onUploaded: webhook({ url: application.url, secret: SECRET }),
        onEvent: () => undefined,
      });
      const post = async (path: string, body: unknown) =>
        signer.request(path, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        });
      const signed = (await (
        await post('/', { files: [{ id: '1', name: 'a.txt', type: 'text/plain', size: 5 }] })
      ).json()) as { files: [{ url: string; fields: Record<string, string>; ticket: string; confirm?: boolean }] };
      const [{ url, fields, ticket, confirm }] = signed.files;
      assert.equal(confirm, true);
      assert.equal((await post('/confirm', { ticket })).status, 404);
      assert.equal(application.calls.length, 0, 'nothing is told of what is not stored');
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      form.set('file', new Blob(['hello']));
      assert.equal((await fetch(url, { method: 'POST', body: form })).status, 201);
      assert.equal((await post('/confirm', { ticket })).status, 502);
      const answers = await Promise.all([1, 2, 3].map(() => post('/confirm', { ticket })));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200],
      );
      assert.equal(application.calls.length, 2, 'the refused one, and one for all the others');
    } finally {
      await live.close();
    }
  });
});

describe('the webhook of two signers that share Redis', needs('redis-server'), () => {
  it('comes once, and again if the first could not tell', async () => {
    await using both = await startTwo();
    await using application = await listen((i) => (i === 0 ? 400 : 204));
    const [one, two] = both.webhooks({ url: application.url, secret: SECRET });
    await assert.rejects(one(OBJECT), { code: 'not-announced' });
    await two(OBJECT);
    for (const announce of [one, two, one]) await announce(OBJECT);
    assert.equal(application.calls.length, 2);
    const [key = ''] = await both.redis.keys('*');
    assert.ok((await both.redis.ttl(key)) > 6 * 86_400, 'as long as a ticket may hold');
  });

  it('is not taken for told before the application has taken note', async () => {
    await using both = await startTwo();
    const [asked, ask] = signal<void>();
    const [answered, answer] = signal<number>();
    await using application = await listen(() => {
      ask();
      return answered;
    });
    const [one, two] = both.webhooks({ url: application.url, secret: SECRET });
    const first = one(OBJECT);
    await asked;
    await assert.rejects(two(OBJECT), { status: 503, code: 'being-announced', headers: { 'Retry-After': '1' } });
    answer(204);
    await first;
    await two(OBJECT);
    assert.equal(application.calls.length, 1);
  });

  it('comes from the other where one dies before it could tell', async () => {
    await using both = await startTwo();
    await using application = await listen((i) => (i === 0 ? 'never' : 204));
    const dies: Partial<Claims> = { giveUp: async () => undefined };
    const [one] = both.webhooks({ url: application.url, secret: SECRET, timeout: 50, waits: [] }, dies);
    const [, two] = both.webhooks({ url: application.url, secret: SECRET });
    await assert.rejects(one(OBJECT));
    await assert.rejects(two(OBJECT), { code: 'being-announced' });
    const [key = ''] = await both.redis.keys('*');
    const lease = await both.redis.pttl(key);
    assert.ok(lease > 0 && lease <= 50 + 5_000, `${lease} ms`);
    await both.redis.pexpire(key, 0);
    await two(OBJECT);
    assert.equal(application.calls.length, 2);
  });

  it('comes all the same when Redis is away', async () => {
    await using both = await startTwo();
    await using application = await listen(() => 204);
    const [one] = both.webhooks({ url: application.url, secret: SECRET });
    await both.stop();
    await one(OBJECT);
    assert.equal(application.calls.length, 1);
  });
});

test('telling takes no longer than the server waits when it is told to stop, nor than the tag waits for a signer', () => {
  assert.ok(DELIVERY < 8_000, `${DELIVERY} ms`);
});

/** Two connections to one Redis, and webhooks over each. */
async function startTwo() {
  const server = await startRedis();
  const connections = await Promise.all([1, 2].map(() => connected(server.url)));
  return {
    redis: connections[0]!,
    stop: server.stop,
    webhooks: (options: WebhookOptions, change: Partial<Claims> = {}) =>
      connections.map((redis) => webhook({ ...options, claims: { ...claims(redis), ...change } })) as [
        Announce,
        Announce,
      ],
    async [Symbol.asyncDispose]() {
      for (const redis of connections) redis.disconnect();
      await server.stop();
    },
  };
}

function signal<T>(): [Promise<T>, (value: T) => void] {
  let settle!: (value: T) => void;
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return [promise, settle];
}

type Announce = ReturnType<typeof webhook>;

/** The application; it answers its calls, numbered from 0, with a status or worse. */
async function listen(answer: (i: number) => number | 'reset' | 'never' | Promise<number>) {
  const calls: { body: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const i = calls.push({ body: Buffer.concat(chunks).toString(), headers: request.headers }) - 1;
      void Promise.resolve(answer(i)).then((status) => {
        if (status === 'never') return;
        if (status === 'reset') response.destroy();
        else response.writeHead(status, { Location: '/elsewhere' }).end();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/uploaded`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
