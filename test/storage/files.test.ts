import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { demoCredential, startStorage } from '../../demo/storage/index.ts';
import { encodeForm, filePart, formParts, post, signForm } from './form.ts';
import { clientFor, digestOf, head, newKey, startLocal, stored, type LocalServer } from './server.ts';

describe("the local storage's folder", () => {
  let server: LocalServer;
  before(async () => {
    server = await startLocal();
  });
  after(() => server.close());

  const put = async (key: string, text = key) => {
    const answer = await post(server, formParts(signForm(server, { key }), text));
    assert.equal(answer.status, 204, answer.text);
  };
  const lookAt = (key: string) => readFile(path.join(server.dir, 'uploads', key), 'utf8');

  it('holds an object as a plain file under its key', async () => {
    await put('photos/2026/Kätzchen 猫.txt', 'meow');
    assert.equal(await lookAt('photos/2026/Kätzchen 猫.txt'), 'meow');
  });

  const odd = [
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
  for (const key of odd) {
    it(`keeps ${JSON.stringify(key.slice(0, 30))} inside the folder, and finds it again`, async () => {
      const client = clientFor(server.url, server.region, server.credentials);
      await client.send(new PutObjectCommand({ Bucket: server.bucket, Key: 'sentinel', Body: 'sentinel' }));
      await put(key, `bytes of ${key}`);
      assert.deepEqual(await stored(server, key), digestOf(Buffer.from(`bytes of ${key}`)));
      assert.deepEqual((await readdir(server.dir)).toSorted(), ['.s3', 'uploads']);
      assert.ok(!(await readdir(path.dirname(server.dir))).includes('outside'));
      client.destroy();
    });
  }

  it('keeps apart keys of which one would be the folder of the other', async () => {
    for (const key of ['both', 'both/x', 'both/x/y', 'first/x', 'first']) await put(key);
    for (const key of ['both', 'both/x', 'both/x/y', 'first/x', 'first'])
      assert.deepEqual(await stored(server, key), digestOf(Buffer.from(key)), key);
  });

  it('lets no key take a file that was put there by hand', async () => {
    await mkdir(path.join(server.dir, 'uploads', 'mine'), { recursive: true });
    await writeFile(path.join(server.dir, 'uploads', 'mine', 'a.txt'), 'by hand');
    await put('mine/a.txt', 'uploaded');
    assert.equal(await lookAt('mine/a.txt'), 'by hand');
    assert.deepEqual(await stored(server, 'mine/a.txt'), digestOf(Buffer.from('uploaded')));
  });

  it('takes it that an object is gone when its file was deleted by hand', async () => {
    await put('gone.txt');
    await rm(path.join(server.dir, 'uploads', 'gone.txt'));
    assert.equal(await head(server, 'gone.txt'), undefined);
    await put('gone.txt', 'again');
    assert.equal(await lookAt('gone.txt'), 'again');
  });

  it('leaves no empty folders behind', async () => {
    await put('deep/down/below/file');
    await server.client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: 'deep/down/below/file' }));
    assert.ok(!(await readdir(path.join(server.dir, 'uploads'))).includes('deep'));
  });

  describe('after an upload that failed', () => {
    const incoming = () => readdir(path.join(server.dir, '.s3', 'uploads', 'incoming'));
    beforeEach(async () => assert.deepEqual(await incoming(), []));

    it('holds nothing of a refused file, and all of the one before it', async () => {
      const key = newKey();
      await put(key, 'before');
      const form = signForm(server, { key, more: [['content-length-range', 0, 1000]] });
      assert.equal((await post(server, formParts(form, 'x'.repeat(5_000_000)))).status, 400);
      assert.deepEqual(await stored(server, key), digestOf(Buffer.from('before')));
      assert.deepEqual(await incoming(), []);
    });

    /** Sends a part of a request, waits until the storage has begun to write it, and hangs up. */
    async function breakOff(url: string, options: http.RequestOptions, bytes: Uint8Array): Promise<void> {
      const request = http.request(url, options);
      request.on('error', () => {});
      request.write(bytes);
      await until(async () => (await incoming()).length === 1);
      request.destroy();
      await until(async () => (await incoming()).length === 0);
    }

    it('holds nothing of a form whose connection broke', async () => {
      const key = newKey();
      const body = encodeForm(formParts(signForm(server, { key }), filePart('x'.repeat(1_000_000))), 'edge');
      const headers = { 'content-type': 'multipart/form-data; boundary=edge', 'content-length': body.length };
      await breakOff(`${server.url}/${server.bucket}`, { method: 'POST', headers }, body.subarray(0, 500_000));
      assert.equal(await head(server, key), undefined);
    });

    it('holds nothing of a PUT whose connection broke', async () => {
      const key = newKey();
      const url = await getSignedUrl(server.client, new PutObjectCommand({ Bucket: server.bucket, Key: key }));
      const headers = { 'content-length': 1_000_000 };
      await breakOff(url, { method: 'PUT', headers }, Buffer.alloc(500_000));
      assert.equal(await head(server, key), undefined);
    });

    it('holds nothing of a chunked body whose connection broke', async () => {
      const key = newKey();
      const unsigned = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
      const command = new PutObjectCommand({ Bucket: server.bucket, Key: key });
      const signed = { 'x-amz-content-sha256': unsigned, 'x-amz-decoded-content-length': '1000000' };
      command.middlewareStack.add(
        (next) => (args) => {
          Object.assign((args.request as { headers: Record<string, string> }).headers, signed);
          return next(args);
        },
        { step: 'build' },
      );
      const names = new Set(Object.keys(signed));
      const url = await getSignedUrl(server.client, command, { unhoistableHeaders: names, signableHeaders: names });
      const piece = Buffer.concat([Buffer.from('80000\r\n'), Buffer.alloc(0x70000)]);
      await breakOff(url, { method: 'PUT', headers: signed }, piece);
      assert.equal(await head(server, key), undefined);
    });
  });

  it('keeps objects from one run to the next, and throws away what was received in part', async () => {
    const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-storage-'));
    const first = await startStorage({ dir });
    const client = clientFor(first.url, 'us-east-1', demoCredential);
    await client.send(new PutObjectCommand({ Bucket: 'uploads', Key: 'kept', Body: 'kept' }));
    await first.close();
    client.destroy();
    await writeFile(path.join(dir, '.s3', 'uploads', 'incoming', 'part'), 'half');
    const second = await startStorage({ dir, port: Number(new URL(first.url).port) });
    assert.equal(second.url, first.url);
    const later = { ...server, url: second.url, client: clientFor(second.url, 'us-east-1', demoCredential) };
    assert.deepEqual(await stored(later, 'kept'), digestOf(Buffer.from('kept')));
    assert.deepEqual(await readdir(path.join(dir, '.s3', 'uploads', 'incoming')), []);
    later.client.destroy();
    await second.close();
    await rm(dir, { recursive: true });
  });

  it('says when its port is taken', async () => {
    await assert.rejects(startStorage({ dir: server.dir, port: Number(new URL(server.url).port) }), {
      code: 'EADDRINUSE',
    });
  });

  it('says on its first page that it is for development only', async () => {
    const response = await fetch(server.url);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(await response.text(), /<h1>Local storage, for development only<\/h1>/);
  });

  it('gives one version whole to whoever reads while another is written', async () => {
    const key = newKey();
    const versions = ['a', 'b'].map((letter) => letter.repeat(3_000_000));
    await put(key, versions[0]);
    const writes = (async () => {
      for (let round = 0; round < 10; round += 1) await put(key, versions[round % 2]);
    })();
    for (let round = 0; round < 20; round += 1) {
      const seen = await stored(server, key);
      assert.ok(versions.some((text) => digestOf(Buffer.from(text)).sha256 === seen?.sha256));
    }
    await writes;
  });

  it('answers nonsense without falling over', async () => {
    for (const address of ['/%', '/uploads/%ff', '/uploads/a%', '/..%2f..%2fetc/passwd', '/uploads/?x=%zz']) {
      const { port } = new URL(server.url);
      const request = http.request({ host: '127.0.0.1', port, path: address });
      request.end();
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      assert.ok([400, 403, 404].includes(response.statusCode ?? 0), address);
      response.resume();
    }
  });
});

/** Looks again until it is so, at most for five seconds. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 5000;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, 'it never came to be so');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
