// Files wait in a quarantine until the application accepts them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { Webhook } from 'standardwebhooks';
import { copyObject } from '../../../signer/core/copy-object.ts';
import type { StoredObject } from '../../../signer/core/events.ts';
import { MIN_PART_BYTES } from '../../../signer/core/multipart.ts';
import type { SignerOptions } from '../../../signer/core/options.ts';
import type { QuarantinedObject, Verdict } from '../../../signer/core/quarantine-option.ts';
import { createStorageCalls } from '../../../signer/core/storage-calls.ts';
import { openStorage } from '../../../signer/core/storage.ts';
import { readConfig, readSettings } from '../../../signer/service/settings.ts';
import { webhookVerdict } from '../../../signer/service/webhook-verdict.ts';
import type { SignedMultipart, SignedPost, SignedPut, StoredFile } from '../../../widget/core/protocol.ts';
import { deferred } from '../../fixtures/deferred.ts';
import { fieldsOf, problemOf, signerOf, type TestSigner } from '../../fixtures/signer.ts';
import { until } from '../../fixtures/wait.ts';
import { openBucket, type TestBucket } from '../bucket.ts';
import { bytesOf, call, listOpenUploads, sendPut, startMultipart } from '../multipart.ts';
import { sendPost } from './send-post.ts';

let bucket: TestBucket;
before(async () => {
  bucket = await openBucket();
});
beforeEach(() => bucket.proxy.reset());
after(() => bucket.close());

type Accept = (object: QuarantinedObject) => Verdict | Promise<Verdict>;

const hello = Buffer.from('hello');

/** A signer whose files wait until `accept` has decided. Its calls wait longer for the verdict than the tests take. */
const quarantineSigner = (accept: Accept, options: Partial<SignerOptions> = {}): TestSigner =>
  signerOf({
    client: bucket.client,
    bucket: bucket.name,
    multipartFrom: MIN_PART_BYTES + 1,
    partSize: MIN_PART_BYTES,
    quarantine: { accept, wait: 30_000 },
    ...options,
  });

/** For files that are stored twice by one signature. */
const WITHOUT_CONDITION = { conditionalWrites: false };

/** The same, for slow checks: a call waits for a moment. */
const impatientSigner = (accept: Accept): TestSigner => quarantineSigner(accept, { quarantine: { accept, wait: 50 } });

/** Signs a file of five bytes, and stores it. */
async function storeFile(signer: TestSigner): Promise<SignedPost> {
  const [file] = (await signer.sign([{ size: 5 }])) as [SignedPost];
  assert.equal((await sendPost(file, hello)).status, 201);
  return file;
}

/** The keys of all objects with this name, without their folder's name. */
async function keysOf({ key }: { key: string }): Promise<string[]> {
  const { Contents = [] } = await bucket.directClient.send(new ListObjectsV2Command({ Bucket: bucket.name }));
  return Contents.map(({ Key }) => Key!).filter((each) => each.endsWith(key));
}

/** The keys of a small file that is being checked: of the copy that is checked, and of the upload. */
const waitingKeys = ({ key }: { key: string }): string[] => [`quarantine/=/${key}`, `quarantine/${key}`];

const readObject = async (key: string) => {
  const object = await bucket.directClient.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
  return { ...object, body: Buffer.from(await object.Body!.transformToByteArray()) };
};

const confirm = (signer: TestSigner, { ticket }: { ticket?: string }): Promise<Response> =>
  signer.post('/confirm', { ticket });

async function assertProcessing(response: Response): Promise<void> {
  assert.equal(response.status, 202, await response.clone().text());
  assert.deepEqual(await response.json(), { status: 'processing' });
  assert.match(response.headers.get('Retry-After')!, /^[1-9]\d?$/);
}

describe('A file in the quarantine', () => {
  it('is moved to its final key once it is accepted, with its type, name and metadata, and then announced', async () => {
    const checked: QuarantinedObject[] = [];
    const announced: StoredObject[] = [];
    const signer = quarantineSigner(
      (object) => {
        checked.push(object);
        return 'accepted';
      },
      { onUploaded: (object) => announced.push(object) },
    );
    const file = await storeFile(signer);
    assert.equal(file.confirm, true);
    assert.match(file.key, /^uploads\/ann\//);
    assert.deepEqual(await keysOf(file), [`quarantine/${file.key}`]);

    const { key, size, etag, receipt } = await call<StoredFile>(signer, '/confirm', { ticket: file.ticket });
    assert.deepEqual([key, size], [file.key, 5]);
    assert.ok(receipt);
    assert.deepEqual(await keysOf(file), [file.key]);
    const object = await readObject(file.key);
    assert.equal(object.body.toString(), 'hello');
    assert.equal(object.ContentType, 'image/jpeg');
    assert.equal(object.Metadata?.name, 'cat.jpg');
    const [{ finalKey, ...waiting } = { finalKey: '', key: '' }] = checked;
    assert.deepEqual([waiting.key, finalKey], [`quarantine/=/${file.key}`, file.key]);
    assert.deepEqual(
      announced.map((each) => [each.key, each.etag, each.size]),
      [[file.key, etag, 5]],
    );

    assert.equal((await call<StoredFile>(signer, '/confirm', { ticket: file.ticket })).key, file.key);
    assert.deepEqual([checked.length, announced.length], [1, 1]);
  });

  it('is deleted once it is refused, with words for the visitor, also if the response was lost', async () => {
    const signer = quarantineSigner(() => ({ refused: 'It contains a virus.' }), { onUploaded: assert.fail });
    const file = await storeFile(signer);
    for (let i = 0; i < 3; i++) {
      const response = await confirm(signer, file);
      assert.equal(response.status, 422);
      const { code, detail } = await problemOf(response);
      assert.deepEqual([code, detail], ['file-refused', 'It contains a virus.']);
      assert.deepEqual(await keysOf(file), []);
    }
    const again = await call<{ code: string }>(signer, '/sign-again', { ticket: file.ticket }, 422);
    assert.equal(again.code, 'file-refused');
  });

  it('is still being checked while the check has not decided, and is asked about again', async () => {
    const verdicts: Verdict[] = ['processing', 'processing', 'accepted'];
    const signer = quarantineSigner(() => verdicts.shift()!);
    const file = await storeFile(signer);
    for (let i = 0; i < 2; i++) await assertProcessing(await confirm(signer, file));
    assert.deepEqual(await keysOf(file), waitingKeys(file));
    await call(signer, '/confirm', { ticket: file.ticket });
    assert.deepEqual(verdicts, []);
  });

  it('is checked once at a time, and its slow verdict is for the next confirmation', async () => {
    for (const [verdict, status] of [
      ['accepted', 200],
      [{ refused: 'No.' }, 422],
    ] as const) {
      const decided = deferred<Verdict>();
      let calls = 0;
      const signer = impatientSigner(() => {
        calls++;
        return decided.promise;
      });
      const file = await storeFile(signer);
      const responses = await Promise.all(Array.from({ length: 5 }, () => confirm(signer, file)));
      for (const response of responses) await assertProcessing(response);
      await assertProcessing(await confirm(signer, file));
      decided.resolve(verdict);
      let response = await confirm(signer, file);
      // the copy may take longer than one call waits
      while (response.status === 202) response = await confirm(signer, file);
      assert.equal(response.status, status);
      assert.equal(calls, 1);
    }
  });

  it('stays there if the check fails or returns nonsense, and is checked again', async () => {
    const nonsense: unknown[] = [undefined, null, true, 'ok', 'refused', {}, { refused: 1 }, { accepted: true }];
    const results = [
      ...nonsense.map((value) => () => value as Verdict),
      () => {
        throw new Error('the scanner has stopped');
      },
      () => Promise.reject(new Error('the scanner has stopped')),
    ];
    const count = results.length;
    const signer = quarantineSigner(() => (results.shift() ?? (() => 'accepted' as const))());
    const file = await storeFile(signer);
    for (let i = 0; i < count; i++) assert.equal((await confirm(signer, file)).status, 500);
    assert.deepEqual(await keysOf(file), waitingKeys(file));
    await call(signer, '/confirm', { ticket: file.ticket });
  });

  it('reports a check that failed after the call had stopped waiting', async () => {
    const stopped = deferred();
    const signer = impatientSigner(() =>
      stopped.promise.then(() => {
        throw new Error('the scanner has stopped');
      }),
    );
    const file = await storeFile(signer);
    await assertProcessing(await confirm(signer, file));
    stopped.resolve();
    assert.equal((await confirm(signer, file)).status, 500);
  });

  it('is checked by another process if the first one dies', async () => {
    const dead = impatientSigner(() => new Promise(() => undefined));
    const file = await storeFile(dead);
    await assertProcessing(await confirm(dead, file));
    const alive = quarantineSigner(() => 'accepted');
    assert.equal((await call<StoredFile>(alive, '/confirm', { ticket: file.ticket })).key, file.key);
    assert.deepEqual(await keysOf(file), [file.key]);
  });

  for (const [when, fault, left] of [
    ['before it was set aside', { method: 'PUT', path: 'uploads/' }, 1],
    ['before the copy', { method: 'PUT', path: 'uploads/', skip: 1 }, 2],
    ['before the deletion', { method: 'DELETE', path: 'quarantine/' }, 3],
  ] as const) {
    it(`is accepted with the next confirmation after a process died ${when}`, async () => {
      const file = await storeFile(quarantineSigner(() => 'accepted'));
      bucket.proxy.faults = [
        { do: 'answer', status: 500, body: '<Error><Code>InternalError</Code></Error>', ...fault },
      ];
      assert.equal(
        (
          await confirm(
            quarantineSigner(() => 'accepted'),
            file,
          )
        ).status,
        502,
      );
      bucket.proxy.reset();
      assert.equal((await keysOf(file)).length, left);
      await call(
        quarantineSigner(() => 'accepted'),
        '/confirm',
        { ticket: file.ticket },
      );
      assert.deepEqual(await keysOf(file), [file.key]);
    });
  }

  it('is the one that was checked, although others are stored in its place again and again', async () => {
    for (const isAccepted of [true, false]) {
      const seen = new Set<string>();
      const signer = quarantineSigner(async ({ key }) => {
        for (const body of ['evil!', 'clean', 'hello']) {
          seen.add((await readObject(key)).body.toString());
          assert.equal((await sendPost(file, Buffer.from(body))).status, 201);
        }
        return isAccepted ? 'accepted' : { refused: 'No.' };
      }, WITHOUT_CONDITION);
      const file = await storeFile(signer);
      assert.equal((await confirm(signer, file)).status, isAccepted ? 200 : 422);
      assert.deepEqual([...seen], ['hello']);
      assert.deepEqual(await keysOf(file), isAccepted ? [file.key] : []);
      if (isAccepted) assert.equal((await readObject(file.key)).body.toString(), 'hello');
    }
  });

  it('is not accepted if it gets other attributes while it is set aside', async () => {
    const signer = quarantineSigner(() => assert.fail('checked'), WITHOUT_CONDITION);
    const file = await storeFile(signer);
    // it is looked at, and then stored again before the copy
    const look = { method: 'HEAD', path: 'quarantine/uploads/' };
    bucket.proxy.faults = [{ do: 'swallow', ...look }];
    const response = confirm(signer, file);
    await bucket.proxy.arrived(1, look);
    const Key = `quarantine/${file.key}`;
    const same = { Bucket: bucket.name, Key, Body: hello, ContentType: 'image/jpeg', ContentEncoding: 'gzip' };
    await bucket.directClient.send(new PutObjectCommand(same));
    bucket.proxy.release();
    assert.equal((await problemOf(await response)).code, 'object-differs');
    assert.deepEqual(await keysOf(file), [Key]);
  });

  for (const [what, store] of [
    ['small file', storeFile],
    ['multipart upload', startMultipart],
  ] as const) {
    it(`is not lost if two processes check it at the same time: a ${what}`, async () => {
      const verdict = deferred<Verdict>();
      let calls = 0;
      const accept = (): Promise<Verdict> => {
        calls++;
        return verdict.promise;
      };
      const signers = [quarantineSigner(accept), quarantineSigner(accept)];
      const file = await store(signers[0]!);
      if (what === 'multipart upload') {
        const first = quarantineSigner(() => 'processing');
        await assertProcessing(await first.post('/complete', { ticket: file.ticket }));
      }
      const responses = signers.map((signer) => confirm(signer, file));
      await until('both checks', () => calls === 2);
      verdict.resolve('accepted');
      for (const [i, first] of (await Promise.all(responses)).entries()) {
        let response = first;
        while (response.status === 202) response = await confirm(signers[i]!, file);
        assert.equal(response.status, 200, await response.text());
      }
      assert.deepEqual(await keysOf(file), [file.key]);
    });
  }

  it('never replaces the accepted file', async () => {
    const signer = quarantineSigner(() => 'accepted');
    const file = await storeFile(signer);
    const { etag } = await call<StoredFile>(signer, '/confirm', { ticket: file.ticket });
    assert.equal((await sendPost(file, Buffer.from('evil!'))).status, 201);
    assert.equal((await call<StoredFile>(signer, '/confirm', { ticket: file.ticket })).etag, etag);
    assert.deepEqual(await keysOf(file), [file.key]);
    assert.equal((await readObject(file.key)).body.toString(), 'hello');
    await call(signer, '/sign-again', { ticket: file.ticket }, 409);
  });

  it('is not signed again', async () => {
    const signer = quarantineSigner(() => 'processing');
    const file = await storeFile(signer);
    const { code } = await call<{ code: string }>(signer, '/sign-again', { ticket: file.ticket }, 409);
    assert.equal(code, 'already-stored');
  });

  it('is not checked before it is stored, or if it was stored other than signed', async () => {
    const signer = quarantineSigner(() => assert.fail('checked'), { method: 'put' });
    const [file] = (await signer.sign([{ size: 5 }])) as [SignedPut];
    assert.equal((await confirm(signer, file)).status, 404);
    await sendPut(file.url, hello, { ...file.headers, 'Cache-Control': 'public' });
    assert.equal((await problemOf(await confirm(signer, file))).code, 'object-differs');
  });

  it('is deleted by its ticket, before and after it is accepted', async () => {
    const signer = quarantineSigner(() => 'accepted', { allowDelete: true });
    for (const isAccepted of [false, true]) {
      const file = await storeFile(signer);
      if (isAccepted) await call(signer, '/confirm', { ticket: file.ticket });
      await call(signer, '/delete', { ticket: file.ticket }, 204);
      assert.deepEqual(await keysOf(file), []);
    }
  });
});

describe('A ticket from before the quarantine', () => {
  it('stores and confirms nothing, and may only remove', async () => {
    const options = { client: bucket.client, bucket: bucket.name, multipartFrom: MIN_PART_BYTES, allowDelete: true };
    const before = signerOf(options);
    const film = { name: 'a.mp4', type: 'video/mp4', size: MIN_PART_BYTES };
    const [small, large] = (await before.sign([{ size: 5 }, film])) as [SignedPost, SignedMultipart];
    assert.equal((await sendPost(small, hello)).status, 201);
    const signer = quarantineSigner(() => assert.fail('checked'), options);
    const parts = [{ number: 1, size: MIN_PART_BYTES }];
    for (const [path, body] of [
      ['/confirm', { ticket: small.ticket }],
      ['/sign-again', { ticket: small.ticket }],
      ['/parts', { ticket: large.ticket, parts }],
      ['/parts/list', { ticket: large.ticket }],
      ['/complete', { ticket: large.ticket }],
    ] as const) {
      const { code } = await call<{ code: string }>(signer, path, body, 403);
      assert.equal(code, 'ticket-refused', path);
    }
    assert.deepEqual(await keysOf(small), [small.key]);
    await call(signer, '/abort', { ticket: large.ticket }, 204);
    await call(signer, '/delete', { ticket: small.ticket }, 204);
    assert.deepEqual(await keysOf(small), []);
  });
});

describe('A multipart upload to the quarantine', () => {
  it('is completed, checked and moved, and can be completed again', async () => {
    const verdicts: Verdict[] = ['processing', 'accepted'];
    const signer = quarantineSigner(() => verdicts.shift()!);
    const file = await startMultipart(signer);
    const { ticket } = file;
    assert.match(file.key, /^uploads\//);
    const { parts } = await call<{ parts: object[] }>(signer, '/parts/list', { ticket });
    assert.equal(parts.length, 3);
    await assertProcessing(await signer.post('/complete', { ticket }));
    assert.deepEqual(await keysOf(file), [`quarantine/${file.key}`]);
    for (const path of ['/confirm', '/complete']) {
      const stored = await call<StoredFile>(signer, path, { ticket });
      assert.deepEqual([stored.key, stored.size], [file.key, file.size]);
    }
    const object = await readObject(file.key);
    assert.ok(object.body.equals(file.body));
    assert.equal(object.ContentType, 'video/mp4');
    assert.equal(object.Metadata?.name, 'a.mp4');
    assert.deepEqual(await keysOf(file), [file.key]);
  });

  it('is aborted', async () => {
    const signer = quarantineSigner(() => 'accepted');
    const { ticket } = await startMultipart(signer, [1]);
    await call(signer, '/abort', { ticket }, 204);
    assert.deepEqual(await listOpenUploads(bucket), []);
    await call(signer, '/complete', { ticket }, 404);
  });

  it('is begun once for one nonce, also by another instance', async () => {
    const film = { name: 'a.mp4', type: 'video/mp4', size: MIN_PART_BYTES + 1, nonce: 'a nonce' };
    const [one, two] = [quarantineSigner(() => 'accepted'), quarantineSigner(() => 'accepted')];
    const [a] = (await one.sign([film])) as [SignedMultipart];
    for (const signer of [one, two]) {
      const [b] = (await signer.sign([{ ...film, repeated: true }])) as [SignedMultipart];
      assert.equal(b.key, a.key);
    }
    assert.equal((await listOpenUploads(bucket)).length, 1);
    await call(one, '/abort', { ticket: a.ticket }, 204);
  });
});

describe('A copy in parts', () => {
  const client = () => bucket.directClient;
  const Key = 'quarantine/uploads/film.mp4';
  const limits = { maxBytes: MIN_PART_BYTES, partBytes: MIN_PART_BYTES };

  it('has the bytes and attributes of the object, and is refused for another one', async () => {
    const body = Buffer.concat([bytesOf(3 * MIN_PART_BYTES), Buffer.from('the end')]);
    await client().send(
      new PutObjectCommand({
        Bucket: bucket.name,
        Key,
        Body: body,
        ContentType: 'video/mp4',
        ContentDisposition: 'attachment',
        Metadata: { name: 'film' },
      }),
    );
    const head = await openStorage(client(), bucket.name, 900).headObject(Key);
    const copy = {
      bucket: bucket.name,
      from: Key,
      to: 'uploads/ä film.mp4',
      head: head!,
      ifAbsent: false,
      withoutTags: false,
    };
    const calls = createStorageCalls();
    assert.equal(await copyObject(client(), calls, copy, limits), true);
    const object = await readObject(copy.to);
    assert.ok(object.body.equals(body));
    assert.match(object.ETag!, /-4"$/);
    assert.deepEqual(
      [object.ContentType, object.ContentDisposition, object.Metadata],
      ['video/mp4', 'attachment', { name: 'film' }],
    );
    const missing = { ...copy, from: 'quarantine/other' };
    const another = { ...copy, head: { ...copy.head, etag: 'd41d8cd98f00b204e9800998ecf8427e' } };
    // Ceph's gateway ignores the condition on the source. The signer compares the copy afterwards.
    for (const changed of bucket.isGateway ? [missing] : [missing, another]) {
      assert.equal(await copyObject(client(), calls, changed, limits), false);
      assert.equal(await copyObject(client(), calls, changed), false);
    }
    assert.deepEqual(await listOpenUploads(bucket), []);
  });
});

describe('The HTML form of a signer with a quarantine', () => {
  it('stores its files in the quarantine', async () => {
    const signer = quarantineSigner(() => 'accepted', { form: true });
    const page = await (await signer.app.request('http://signer.example/form?type=image/png')).text();
    assert.match(fieldsOf(page).key!, /^quarantine\/uploads\/ann\//);
  });
});

describe('The option quarantine', () => {
  it('needs accept, and a folder outside of the signer’s', () => {
    const accept = (): Verdict => 'accepted';
    const invalid = [
      [{ quarantine: {} as never }, /quarantine.accept must be a function/],
      [{ quarantine: { accept, prefix: 'uploads/new' } }, /quarantine.prefix must be a folder outside of prefix/],
      [{ quarantine: { accept, prefix: 'up' }, prefix: 'up/loads' }, /quarantine.prefix must be a folder outside/],
      [{ quarantine: { accept, prefix: '../' } }, /quarantine.prefix/],
      [{ quarantine: { accept, wait: NaN } }, /quarantine.wait/],
    ] as const;
    for (const [options, message] of invalid) assert.throws(() => signerOf(options), { name: 'TypeError', message });
    assert.ok(signerOf({ quarantine: { accept, prefix: 'uploads-waiting' } }));
  });
});

describe('SIGNER_QUARANTINE', () => {
  const env = {
    ...{ S3_BUCKET: 'uploads', AWS_REGION: 'us-east-1', SIGNER_AUTH: 'public', SIGNER_ORIGINS: 'https://a.example' },
    SIGNER_QUARANTINE: '1',
  };
  const webhookEnv = {
    SIGNER_WEBHOOK_URL: 'https://app.example',
    SIGNER_WEBHOOK_SECRET: 'a secret of the webhook, long enough',
  };

  it('needs a webhook, and a folder outside of SIGNER_PREFIX', () => {
    assert.throws(() => readSettings(env), /SIGNER_WEBHOOK_URL: not set; SIGNER_QUARANTINE needs it/);
    assert.equal(readSettings({ ...env, ...webhookEnv }).quarantinePrefix, 'quarantine/');
    assert.equal(readSettings({ ...env, ...webhookEnv, SIGNER_QUARANTINE: '0' }).quarantinePrefix, undefined);
    assert.throws(() => readConfig({ ...env, ...webhookEnv }), /SIGNER_QUARANTINE: readConfig does not return it/);
    assert.throws(
      () => readSettings({ ...env, ...webhookEnv, SIGNER_QUARANTINE_PREFIX: 'uploads/x' }),
      /SIGNER_QUARANTINE_PREFIX: must be a folder outside/,
    );
  });
});

describe('The webhook object.quarantined', () => {
  const SECRET = `whsec_${Buffer.from('the secret of the webhook').toString('base64')}`;
  const OBJECT: QuarantinedObject = {
    ...{ bucket: 'bucket', key: 'quarantine/uploads/1.png', finalKey: 'uploads/1.png', etag: 'e1', size: 5 },
    ...{ location: 'https://bucket.example/quarantine/uploads/1.png', type: 'image/png', owner: 'anna' },
  };

  /** Starts an application that responds with this status and body. */
  async function startApplication(respond: (i: number) => readonly [status: number, body?: string] | 'never') {
    const calls: { body: string; headers: IncomingMessage['headers'] }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const answer = respond(calls.push({ body, headers: request.headers }) - 1);
        if (answer !== 'never') response.writeHead(answer[0]).end(answer[1]);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/quarantined`;
    return {
      calls,
      accept: webhookVerdict({ url, secret: SECRET, timeout: 500, waits: [1] }),
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  }

  for (const [body, verdict] of [
    ['{"status":"accepted"}', 'accepted'],
    ['{"status":"processing"}', 'processing'],
    ['{"status":"refused","message":"It contains a virus."}', { refused: 'It contains a virus.' }],
    ['{"status":"refused"}', { refused: '' }],
  ] as const) {
    it(`takes ${body} for a verdict`, async () => {
      await using application = await startApplication((i) => (i === 0 ? [503] : [200, body]));
      assert.deepEqual(await application.accept(OBJECT), verdict);
      const [first, second] = application.calls;
      assert.equal(first!.headers['webhook-id'], second!.headers['webhook-id']);
      const event = new Webhook(SECRET).verify(second!.body, second!.headers as Record<string, string>);
      assert.deepEqual(
        [(event as { type: string }).type, (event as { data: object }).data],
        ['object.quarantined', OBJECT],
      );
    });
  }

  for (const [what, answer] of [
    ['no body', [204]],
    ['a page', [200, '<p>accepted</p>']],
    ['another status', [200, '{"status":"ok"}']],
    ['a text', [200, '"accepted"']],
    ['a megabyte', [200, `{"status":"accepted","message":"${'x'.repeat(1_000_000)}"}`]],
    ['a 4xx', [422, '{"status":"accepted"}']],
    ['a redirect', [307, '{"status":"accepted"}']],
    ['nothing at all', 'never'],
  ] as const) {
    it(`accepts no file if the application responds with ${what}`, async () => {
      await using application = await startApplication(() => answer);
      await assert.rejects(application.accept(OBJECT), { status: 502, code: 'not-checked' });
    });
  }

  it('does not ask again for five minutes after a final status, but does so for another file', async () => {
    await using application = await startApplication(() => [404]);
    for (let i = 0; i < 5; i++) await assert.rejects(application.accept(OBJECT), { code: 'not-checked' });
    assert.equal(application.calls.length, 1);
    await assert.rejects(application.accept({ ...OBJECT, etag: 'another' }), { code: 'not-checked' });
    assert.equal(application.calls.length, 2);
  });
});
