import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { demoCredential, startStorage } from '../../demo/storage/index.ts';
import { encodeForm, filePart, formParts, postForm, signForm } from './post-form.ts';
import {
  createClient,
  digestOf,
  headObject,
  newKey,
  startLocalStorageUnderTest,
  storedDigest,
  type LocalStorageUnderTest,
} from './storage-under-test.ts';
import { until } from '../fixtures/wait.ts';

describe('the local storage', () => {
  let storage: LocalStorageUnderTest;
  before(async () => {
    storage = await startLocalStorageUnderTest();
  });
  after(() => storage.close());

  const put = async (key: string, text = key) => {
    const response = await postForm(storage, formParts(signForm(storage, { key }), text));
    assert.equal(response.status, 204, response.text);
  };
  const readStoredFile = (key: string) => readFile(path.join(storage.dir, 'uploads', key), 'utf8');

  it('stores an object as a plain file under its key', async () => {
    await put('photos/2026/Kätzchen 猫.txt', 'meow');
    assert.equal(await readStoredFile('photos/2026/Kätzchen 猫.txt'), 'meow');
  });

  const unsafeKeys = [
    ...[
      '../outside',
      '../../outside',
      'a/../../../outside',
      '/outside',
      '//x',
      'a//b',
      './x',
      'x/.',
      '..',
      '.',
      'end/',
    ],
    ...[
      'a\\..\\b',
      'con.txt',
      'a:b',
      'question?',
      'trailing.',
      'trailing ',
      'tab\there',
      'nul\u0000byte',
      '\u202egpj.exe',
    ],
    ...[`${'long'.repeat(200)}`, '.s3/uploads/bucket.json', '__proto__', 'constructor'],
  ];
  for (const key of unsafeKeys) {
    it(`stores the key ${JSON.stringify(key.slice(0, 30))} inside its folder, and returns it`, async () => {
      const client = createClient(storage.url, storage.region, storage.credentials);
      await client.send(new PutObjectCommand({ Bucket: storage.bucket, Key: 'sentinel', Body: 'sentinel' }));
      await put(key, `bytes of ${key}`);
      assert.deepEqual(await storedDigest(storage, key), digestOf(Buffer.from(`bytes of ${key}`)));
      assert.deepEqual((await readdir(storage.dir)).toSorted(), ['.s3', 'uploads']);
      assert.ok(!(await readdir(path.dirname(storage.dir))).includes('outside'));
      client.destroy();
    });
  }

  it('stores keys that need a file and a folder of the same name', async () => {
    for (const key of ['both', 'both/x', 'both/x/y', 'first/x', 'first']) await put(key);
    for (const key of ['both', 'both/x', 'both/x/y', 'first/x', 'first'])
      assert.deepEqual(await storedDigest(storage, key), digestOf(Buffer.from(key)), key);
  });

  it('does not overwrite a file that was not uploaded', async () => {
    await mkdir(path.join(storage.dir, 'uploads', 'mine'), { recursive: true });
    await writeFile(path.join(storage.dir, 'uploads', 'mine', 'a.txt'), 'by hand');
    await put('mine/a.txt', 'uploaded');
    assert.equal(await readStoredFile('mine/a.txt'), 'by hand');
    assert.deepEqual(await storedDigest(storage, 'mine/a.txt'), digestOf(Buffer.from('uploaded')));
  });

  it('treats an object as missing when its file was deleted by hand', async () => {
    await put('gone.txt');
    await rm(path.join(storage.dir, 'uploads', 'gone.txt'));
    assert.equal(await headObject(storage, 'gone.txt'), undefined);
    await put('gone.txt', 'again');
    assert.equal(await readStoredFile('gone.txt'), 'again');
  });

  it('deletes folders that become empty', async () => {
    await put('deep/down/below/file');
    await storage.client.send(new DeleteObjectCommand({ Bucket: storage.bucket, Key: 'deep/down/below/file' }));
    assert.ok(!(await readdir(path.join(storage.dir, 'uploads'))).includes('deep'));
  });

  describe('after a failed upload', () => {
    const incoming = () => readdir(path.join(storage.dir, '.s3', 'uploads', 'incoming'));
    beforeEach(async () => assert.deepEqual(await incoming(), []));

    it('keeps the previous object, and nothing of a refused file', async () => {
      const key = newKey();
      await put(key, 'before');
      const form = signForm(storage, { key, extraConditions: [['content-length-range', 0, 1000]] });
      assert.equal((await postForm(storage, formParts(form, 'x'.repeat(5_000_000)))).status, 400);
      assert.deepEqual(await storedDigest(storage, key), digestOf(Buffer.from('before')));
      assert.deepEqual(await incoming(), []);
    });

    /** Sends the start of a request, waits until the storage writes it, and closes the connection. */
    async function sendAndDisconnect(url: string, options: http.RequestOptions, bytes: Uint8Array): Promise<void> {
      const request = http.request(url, options);
      request.on('error', () => {});
      request.write(bytes);
      await until('the temporary file', async () => (await incoming()).length === 1);
      request.destroy();
      await until('its deletion', async () => (await incoming()).length === 0);
    }

    it('keeps nothing of a form whose connection was lost', async () => {
      const key = newKey();
      const body = encodeForm(formParts(signForm(storage, { key }), filePart('x'.repeat(1_000_000))), 'edge');
      const headers = { 'content-type': 'multipart/form-data; boundary=edge', 'content-length': body.length };
      await sendAndDisconnect(
        `${storage.url}/${storage.bucket}`,
        { method: 'POST', headers },
        body.subarray(0, 500_000),
      );
      assert.equal(await headObject(storage, key), undefined);
    });

    it('keeps nothing of a PUT whose connection was lost', async () => {
      const key = newKey();
      const url = await getSignedUrl(storage.client, new PutObjectCommand({ Bucket: storage.bucket, Key: key }));
      const headers = { 'content-length': 1_000_000 };
      await sendAndDisconnect(url, { method: 'PUT', headers }, Buffer.alloc(500_000));
      assert.equal(await headObject(storage, key), undefined);
    });

    it('keeps nothing of a chunked body whose connection was lost', async () => {
      const key = newKey();
      const unsigned = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
      const command = new PutObjectCommand({ Bucket: storage.bucket, Key: key });
      const signed = { 'x-amz-content-sha256': unsigned, 'x-amz-decoded-content-length': '1000000' };
      command.middlewareStack.add(
        (next) => (args) => {
          Object.assign((args.request as { headers: Record<string, string> }).headers, signed);
          return next(args);
        },
        { step: 'build' },
      );
      const names = new Set(Object.keys(signed));
      const url = await getSignedUrl(storage.client, command, { unhoistableHeaders: names, signableHeaders: names });
      const piece = Buffer.concat([Buffer.from('80000\r\n'), Buffer.alloc(0x70000)]);
      await sendAndDisconnect(url, { method: 'PUT', headers: signed }, piece);
      assert.equal(await headObject(storage, key), undefined);
    });
  });

  it('keeps objects and deletes temporary files when it starts again', async () => {
    const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-storage-'));
    const first = await startStorage({ dir });
    const client = createClient(first.url, 'us-east-1', demoCredential);
    await client.send(new PutObjectCommand({ Bucket: 'uploads', Key: 'kept', Body: 'kept' }));
    await first.close();
    client.destroy();
    await writeFile(path.join(dir, '.s3', 'uploads', 'incoming', 'part'), 'half');
    const second = await startStorage({ dir, port: Number(new URL(first.url).port) });
    assert.equal(second.url, first.url);
    const restarted = { ...storage, url: second.url, client: createClient(second.url, 'us-east-1', demoCredential) };
    assert.deepEqual(await storedDigest(restarted, 'kept'), digestOf(Buffer.from('kept')));
    assert.deepEqual(await readdir(path.join(dir, '.s3', 'uploads', 'incoming')), []);
    restarted.client.destroy();
    await second.close();
    await rm(dir, { recursive: true });
  });

  it('changes nothing in its folder once it is closed', async () => {
    for (let round = 0; round < 10; round += 1) {
      const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-storage-'));
      const { url, close } = await startStorage({ dir });
      const target = { ...storage, url };
      const files = Array.from({ length: 20 }, (_, i) => formParts(signForm(target, { key: `${i}.txt` }), `file ${i}`));
      const uploads = files.map((parts) => postForm(target, parts));
      await Promise.race(uploads);
      await close();
      await rm(dir, { recursive: true }); // fails while files are written
      await Promise.allSettled(uploads);
      assert.ok(!existsSync(dir));
    }
  });

  it('does not start on a port that is taken, but rejects with EADDRINUSE', async () => {
    await assert.rejects(startStorage({ dir: storage.dir, port: Number(new URL(storage.url).port) }), {
      code: 'EADDRINUSE',
    });
  });

  it('serves a page that says that it is for development only', async () => {
    const response = await fetch(storage.url);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(await response.text(), /<h1>Local storage, for development only<\/h1>/);
  });

  it('returns one complete version of an object while another is written', async () => {
    const key = newKey();
    const versions = ['a', 'b'].map((letter) => letter.repeat(3_000_000));
    await put(key, versions[0]);
    const writes = (async () => {
      for (let round = 0; round < 10; round += 1) await put(key, versions[round % 2]);
    })();
    for (let round = 0; round < 20; round += 1) {
      const read = await storedDigest(storage, key);
      assert.ok(versions.some((text) => digestOf(Buffer.from(text)).sha256 === read?.sha256));
    }
    await writes;
  });

  it('responds to malformed URLs with an error', async () => {
    for (const address of ['/%', '/uploads/%ff', '/uploads/a%', '/..%2f..%2fetc/passwd', '/uploads/?x=%zz']) {
      const { port } = new URL(storage.url);
      const request = http.request({ host: '127.0.0.1', port, path: address });
      request.end();
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      assert.ok([400, 403, 404].includes(response.statusCode ?? 0), address);
      response.resume();
    }
  });
});
