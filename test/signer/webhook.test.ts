import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { createSigner } from '../../signer/core/app.ts';
import { publicAccess } from '../../signer/auth/public.ts';
import type { StoredObject } from '../../signer/core/events.ts';
import { deliveryLeases } from '../../signer/service/redis.ts';
import { MAX_DELIVERY_MS } from '../../signer/service/webhook-request.ts';
import { webhook, type DeliveryLeases, type WebhookOptions } from '../../signer/service/webhook.ts';
import { needs } from '../fixtures/requirements.ts';
import { openBucket } from './bucket.ts';
import { connectToRedis, startRedis } from './redis-server.ts';
import { deferred } from '../fixtures/deferred.ts';

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
  it('is signed as Standard Webhooks defines it', async () => {
    await using application = await startApplication(() => 204);
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

  it('is retried with the same id until the application accepts it', async () => {
    const responses = [500, 'reset', 204] as const;
    await using application = await startApplication((i) => responses[i] ?? 204);
    await webhook({ url: application.url, secret: SECRET, waits: [1, 1] })(OBJECT);
    assert.equal(application.calls.length, 3);
    assert.equal(new Set(application.calls.map(({ headers }) => headers['webhook-id'])).size, 1);
  });

  it('has a different id for each object and each content', async () => {
    await using application = await startApplication(() => 204);
    const deliver = webhook({ url: application.url, secret: SECRET });
    for (const object of [OBJECT, { ...OBJECT, key: 'other' }, { ...OBJECT, etag: 'e2' }]) await deliver(object);
    assert.equal(new Set(application.calls.map(({ headers }) => headers['webhook-id'])).size, 3);
  });

  it('fails after all retries, and after a 4xx without a retry', async () => {
    await using broken = await startApplication(() => 503);
    const refusal = { code: 'not-announced', status: 502 };
    await assert.rejects(webhook({ url: broken.url, secret: SECRET, waits: [1, 1] })(OBJECT), refusal);
    assert.equal(broken.calls.length, 3);
    await using refusing = await startApplication(() => 410);
    await assert.rejects(webhook({ url: refusing.url, secret: SECRET, waits: [1, 1] })(OBJECT), refusal);
    assert.equal(refusing.calls.length, 1);
  });

  it('fails after the timeout if the application never responds', async () => {
    await using application = await startApplication(() => 'never');
    await assert.rejects(webhook({ url: application.url, secret: SECRET, timeout: 50, waits: [] })(OBJECT), {
      code: 'not-announced',
    });
  });

  it('does not follow a redirect, which would send the event to someone else', async () => {
    await using application = await startApplication(() => 307);
    await assert.rejects(webhook({ url: application.url, secret: SECRET, waits: [] })(OBJECT));
    assert.equal(application.calls.length, 1);
  });

  it('refuses a URL with a password', () => {
    const hidesPassword = (error: Error) => error instanceof TypeError && !error.message.includes('canary');
    assert.throws(() => webhook({ url: 'https://user:canary@app.example', secret: SECRET }), hidesPassword);
  });

  it('refuses a secret that can be guessed', () => {
    const text = 'a-webhook-secret-of-32-characters';
    for (const secret of ['short', 'a'.repeat(64), `whsec_${'A'.repeat(64)}`, text.slice(0, 31)]) {
      assert.throws(
        () => webhook({ url: 'https://app.example', secret }),
        /at least 32 characters, of which at least 10/,
      );
    }
    webhook({ url: 'https://app.example', secret: text });
  });

  it('is delivered once for an upload that is confirmed repeatedly, and its failure fails the confirmation', async () => {
    await using bucket = await openBucket();
    // 429 may be retried, unlike the other 4xx
    await using application = await startApplication((i) => (i === 0 ? 429 : 204));
    const signer = createSigner({
      client: bucket.client,
      bucket: bucket.name,
      secret: 'the secret of the tickets 0123456789',
      authorize: publicAccess,
      onUploaded: webhook({ url: application.url, secret: SECRET, waits: [] }),
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
    assert.equal(application.calls.length, 0, 'no webhook before the file is stored');
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob(['hello']));
    assert.equal((await fetch(url, { method: 'POST', body: form })).status, 201);
    assert.equal((await post('/confirm', { ticket })).status, 502);
    const responses = await Promise.all([1, 2, 3].map(() => post('/confirm', { ticket })));
    assert.deepEqual(
      responses.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(application.calls.length, 2, 'one that was refused, and one for all later confirmations');
  });
});

describe('a webhook that the application refuses with a final 4xx', () => {
  it('is sent once, however often the upload is confirmed', async () => {
    await using application = await startApplication(() => 422);
    const deliver = webhook({ url: application.url, secret: SECRET, waits: [] });
    for (let i = 0; i < 5; i++) await assert.rejects(deliver(OBJECT), { status: 502, code: 'not-announced' });
    assert.equal(application.calls.length, 1);
    await assert.rejects(deliver({ ...OBJECT, etag: 'e2' }), { code: 'not-announced' });
    assert.equal(application.calls.length, 2, 'another object is another webhook');
  });
});

describe('a webhook of two signers that share Redis', needs('redis-server'), () => {
  it('is delivered once, by the second signer if the first failed', async () => {
    await using signers = await startTwoSigners();
    await using application = await startApplication((i) => (i === 0 ? 400 : 204));
    const [one, two] = signers.webhooks({ url: application.url, secret: SECRET });
    await assert.rejects(one(OBJECT), { code: 'not-announced' });
    await two(OBJECT);
    for (const deliver of [one, two, one]) await deliver(OBJECT);
    assert.equal(application.calls.length, 2);
    const [key = ''] = await signers.redis.keys('*');
    assert.ok((await signers.redis.ttl(key)) > 6 * 86_400, 'remembered for the lifetime of a ticket');
  });

  it('does not count as delivered before the application has accepted it', async () => {
    await using signers = await startTwoSigners();
    const requested = deferred<void>();
    const response = deferred<number>();
    await using application = await startApplication(() => {
      requested.resolve();
      return response.promise;
    });
    const [one, two] = signers.webhooks({ url: application.url, secret: SECRET });
    const first = one(OBJECT);
    await requested.promise;
    await assert.rejects(two(OBJECT), { status: 503, code: 'being-announced', headers: { 'Retry-After': '1' } });
    response.resolve(204);
    await first;
    await two(OBJECT);
    assert.equal(application.calls.length, 1);
  });

  it('is delivered by the second signer if the first stops during the delivery', async () => {
    await using signers = await startTwoSigners();
    await using application = await startApplication((i) => (i === 0 ? 'never' : 204));
    const stopped: Partial<DeliveryLeases> = { release: async () => undefined };
    const [one] = signers.webhooks({ url: application.url, secret: SECRET, timeout: 50, waits: [] }, stopped);
    const [, two] = signers.webhooks({ url: application.url, secret: SECRET });
    await assert.rejects(one(OBJECT));
    await assert.rejects(two(OBJECT), { code: 'being-announced' });
    const [key = ''] = await signers.redis.keys('*');
    const lease = await signers.redis.pttl(key);
    assert.ok(lease > 0 && lease <= 50 + 5_000, `${lease} ms`);
    await signers.redis.pexpire(key, 0);
    await two(OBJECT);
    assert.equal(application.calls.length, 2);
  });

  it('is delivered while Redis is unavailable', async () => {
    await using signers = await startTwoSigners();
    await using application = await startApplication(() => 204);
    const [one] = signers.webhooks({ url: application.url, secret: SECRET });
    await signers.stop();
    await one(OBJECT);
    assert.equal(application.calls.length, 1);
  });
});

test('a delivery is shorter than the shutdown of the server and the timeout of <s3-uploader>', () => {
  assert.ok(MAX_DELIVERY_MS < 8_000, `${MAX_DELIVERY_MS} ms`);
});

/** Starts a Redis with two connections, and makes a webhook for each. */
async function startTwoSigners() {
  const server = await startRedis();
  const connections = await Promise.all([1, 2].map(() => connectToRedis(server.url)));
  return {
    redis: connections[0]!,
    stop: server.stop,
    webhooks: (options: WebhookOptions, change: Partial<DeliveryLeases> = {}) =>
      connections.map((redis) =>
        webhook({ ...options, leases: { ...deliveryLeases(redis, OBJECT.bucket), ...change } }),
      ) as [Deliver, Deliver],
    async [Symbol.asyncDispose]() {
      for (const redis of connections) redis.disconnect();
      await server.stop();
    },
  };
}

type Deliver = ReturnType<typeof webhook>;

/** Starts the application. Its requests are numbered from 0, and each gets a status, a reset connection or no response. */
async function startApplication(respond: (i: number) => number | 'reset' | 'never' | Promise<number>) {
  const calls: { body: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const i = calls.push({ body: Buffer.concat(chunks).toString(), headers: request.headers }) - 1;
      void Promise.resolve(respond(i)).then((status) => {
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
