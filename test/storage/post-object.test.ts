import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { sizeRange } from './post-cases.ts';
import { filePart, formParts, postForm, signForm, withChanges } from './post-form.ts';
import { elementText } from './s3-response.ts';
import {
  both,
  digestOf,
  headObject,
  newKey,
  startStorageUnderTest,
  storedDigest,
  type PerStorage,
  type StorageUnderTest,
} from './storage-under-test.ts';
import { MiB } from '../fixtures/files.ts';

describe('POST Object', () => {
  let storage: StorageUnderTest;
  before(async () => {
    storage = await startStorageUnderTest();
  });
  after(() => storage.close());

  it('states the size of a refused file and the limit of its range', async () => {
    const form = signForm(storage, { key: newKey(), extraConditions: [sizeRange(5, 10)] });
    const large = await postForm(storage, formParts(form, '123456789012'));
    const small = await postForm(storage, formParts(form, '1'));
    const sizes = (xml: string) =>
      ['ProposedSize', 'MaxSizeAllowed', 'MinSizeAllowed'].map((name) => elementText(xml, name));
    const expected: PerStorage<unknown> = {
      local: [
        ['12', '10', undefined],
        ['1', undefined, '5'],
      ],
      gateway: [
        [undefined, undefined, undefined],
        [undefined, undefined, undefined],
      ],
    };
    assert.deepEqual([sizes(large.text), sizes(small.text)], expected[storage.kind]);
  });

  it('states the string to sign when the signature is wrong', async () => {
    const form = withChanges(signForm(storage, { key: newKey() }), { 'x-amz-signature': 'f'.repeat(64) });
    const { text } = await postForm(storage, formParts(form));
    const policy = form.fields.find(([name]) => name === 'policy')?.[1];
    const expected: PerStorage<unknown> = {
      local: [form.signer.accessKeyId, policy, 'f'.repeat(64)],
      gateway: [undefined, undefined, undefined],
    };
    const seen = ['AWSAccessKeyId', 'StringToSign', 'SignatureProvided'].map((name) => elementText(text, name));
    assert.deepEqual(seen, expected[storage.kind]);
  });

  it('responds 204 with ETag and Location by default', async () => {
    const key = newKey('a b.txt');
    const { status, headers, text } = await postForm(storage, formParts(signForm(storage, { key })));
    const expected: PerStorage<unknown> = {
      local: ['"5d41402abc4b2a76b9719d911017c592"', `${storage.url}/${storage.bucket}/${encodeURIComponent(key)}`],
      gateway: [null, null],
    };
    assert.equal(status, 204);
    assert.equal(text, '');
    assert.deepEqual([headers.get('etag'), headers.get('location')], expected[storage.kind]);
  });

  it('returns the CRC64NVME of the stored bytes', async () => {
    const { headers } = await postForm(storage, formParts(signForm(storage, { key: newKey() }), '123456789'));
    const expected: PerStorage<unknown> = { local: ['rosUhgp5mIg=', 'FULL_OBJECT'], gateway: [null, null] };
    const seen = ['x-amz-checksum-crc64nvme', 'x-amz-checksum-type'].map((name) => headers.get(name));
    assert.deepEqual(seen, expected[storage.kind]);
  });

  it('responds 201 with location, bucket, key and ETag as XML on request', async () => {
    const key = newKey('<&>é.txt');
    const form = signForm(storage, { key, fields: { success_action_status: '201' } });
    const { status, headers, text } = await postForm(storage, formParts(form));
    assert.equal(status, 201);
    assert.equal(headers.get('content-type'), 'application/xml');
    assert.equal(elementText(text, 'Bucket'), storage.bucket);
    assert.equal(elementText(text, 'Key'), key);
    const expected: PerStorage<string> = {
      local: '"5d41402abc4b2a76b9719d911017c592"',
      gateway: '5d41402abc4b2a76b9719d911017c592',
    };
    assert.equal(elementText(text, 'ETag'), expected[storage.kind]);
    const location = elementText(text, 'Location') ?? '';
    assert.ok(location.startsWith(`${storage.url}/${storage.bucket}/test%2F`), location);
  });

  it('responds 200 on request', async () => {
    const form = signForm(storage, { key: newKey(), fields: { success_action_status: '200' } });
    const { status, text } = await postForm(storage, formParts(form));
    assert.deepEqual([status, text], [200, '']);
  });

  it('responds 204 when success_action_status is not 200 or 201', async () => {
    const form = signForm(storage, { key: newKey(), fields: { success_action_status: '404' } });
    const { status, text } = await postForm(storage, formParts(form));
    assert.deepEqual([status, text], [204, '']);
  });

  for (const [title, target, expected] of [
    ['redirects with bucket, key and ETag in the query', 'https://page.example/done', both('?')],
    [
      'appends bucket, key and ETag to the query of a redirect',
      'https://page.example/done?a=1',
      { local: '&', gateway: '?' },
    ],
  ] as const) {
    it(title, async () => {
      const key = newKey();
      const form = signForm(storage, { key, fields: { success_action_redirect: target } });
      const { status, headers } = await postForm(storage, formParts(form));
      assert.equal(status, 303);
      const etag = '%225d41402abc4b2a76b9719d911017c592%22';
      const query = `bucket=${storage.bucket}&key=${encodeURIComponent(key)}&etag=${etag}`;
      assert.equal(headers.get('location'), `${target}${expected[storage.kind]}${query}`);
    });
  }

  for (const target of ['', 'done.html', 'javascript:alert(1)']) {
    it(`ignores the redirect '${target}'`, async () => {
      const form = signForm(storage, { key: newKey(), fields: { success_action_redirect: target } });
      const { status } = await postForm(storage, formParts(form));
      const expected: PerStorage<number> = { local: 204, gateway: 303 };
      assert.equal(status, expected[storage.kind]);
    });
  }

  it('stores type, disposition, caching, encoding and metadata from the fields', async () => {
    const key = newKey();
    const fields = {
      'Content-Type': 'image/svg+xml',
      'Content-Disposition': 'attachment; filename="a.svg"',
      'Cache-Control': 'max-age=60',
      'Content-Encoding': 'gzip',
      'x-amz-meta-name': 'cat',
    };
    assert.equal((await postForm(storage, formParts(signForm(storage, { key, fields })))).status, 204);
    const object = await headObject(storage, key);
    assert.equal(object?.ContentType, 'image/svg+xml');
    assert.equal(object.Metadata?.name, 'cat');
    const expected: PerStorage<unknown> = {
      local: ['attachment; filename="a.svg"', 'max-age=60', 'gzip'],
      gateway: [undefined, undefined, undefined],
    };
    assert.deepEqual([object.ContentDisposition, object.CacheControl, object.ContentEncoding], expected[storage.kind]);
  });

  it('stores binary/octet-stream for a form without a Content-Type field, even if the file part has one', async () => {
    const key = newKey();
    await postForm(storage, formParts(signForm(storage, { key }), filePart('x', 'a.html', 'text/html')));
    const expected: PerStorage<string | undefined> = { local: 'binary/octet-stream', gateway: 'binary/octet-stream' };
    assert.equal((await headObject(storage, key))?.ContentType, expected[storage.kind]);
  });

  it('stores metadata beyond ASCII', async () => {
    const key = newKey();
    await postForm(storage, formParts(signForm(storage, { key, fields: { 'x-amz-meta-name': 'Kätzchen 猫' } })));
    const expected: PerStorage<string> = {
      local: `=?UTF-8?B?${Buffer.from('Kätzchen 猫').toString('base64')}?=`,
      gateway: Buffer.from('Kätzchen 猫').toString('latin1'),
    };
    assert.equal((await headObject(storage, key))?.Metadata?.name, expected[storage.kind]);
  });

  it('accepts tags, and makes an object with a public ACL readable for everyone', async () => {
    const key = newKey();
    const tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>';
    const form = signForm(storage, { key, fields: { tagging, acl: 'public-read' } });
    assert.equal((await postForm(storage, formParts(form))).status, 204);
    assert.equal((await fetch(`${storage.url}/${storage.bucket}/${key}`)).status, 200);
  });

  it('refuses anonymous reads of an object without a public ACL', async () => {
    const key = newKey();
    await postForm(storage, formParts(signForm(storage, { key })));
    assert.equal((await fetch(`${storage.url}/${storage.bucket}/${key}`)).status, 403);
  });

  it('accepts server-side encryption with AES256', async () => {
    const key = newKey();
    const form = signForm(storage, { key, fields: { 'x-amz-server-side-encryption': 'AES256' } });
    assert.equal((await postForm(storage, formParts(form))).status, 204);
    const expected: PerStorage<string | undefined> = { local: 'AES256', gateway: undefined };
    assert.equal((await headObject(storage, key))?.ServerSideEncryption, expected[storage.kind]);
  });

  describe('the variable ${filename} in a key', () => {
    for (const [name, expected] of [
      ['cat.txt', both('cat.txt')],
      ['Katze schläft 猫 +%.txt', both('Katze schläft 猫 +%.txt')],
      ['../../etc/passwd', { local: 'passwd', gateway: '../../etc/passwd' }],
      ['C:\\files\\cat.txt', { local: 'cat.txt', gateway: 'C:\\files\\cat.txt' }],
      ['${filename}', both('${filename}')],
      ['a"b.txt', both('a%22b.txt')],
    ] as [string, PerStorage<string>][]) {
      it(`becomes ${expected.local} for a file named ${name}`, async () => {
        const folder = newKey('');
        const form = signForm(storage, {
          key: `${folder}\${filename}`,
          conditions: [['starts-with', '$key', folder]],
          fields: { success_action_status: '201' },
          extraConditions: [{ success_action_status: '201' }],
        });
        const response = await postForm(storage, formParts(form, filePart('hello', name)));
        assert.equal(response.status, 201, response.text);
        assert.equal(elementText(response.text, 'Key'), folder + expected[storage.kind]);
      });
    }

    it('is replaced before the policy is checked', async () => {
      const folder = newKey('');
      const form = signForm(storage, { key: `${folder}\${filename}`, conditions: [{ key: `${folder}cat.txt` }] });
      assert.equal((await postForm(storage, formParts(form, filePart('hello', 'cat.txt')))).status, 204);
    });

    it('is kept when the file has no name', async () => {
      const folder = newKey('');
      const form = signForm(storage, { key: `${folder}\${filename}`, conditions: [['starts-with', '$key', folder]] });
      const response = await postForm(storage, formParts(form, { name: 'file', value: 'hello' }));
      assert.equal(response.status, 204, response.text);
      const names = (await listObjects(folder)).Contents?.map(({ Key }) => Key?.slice(folder.length));
      const expected: PerStorage<string[]> = { local: ['${filename}'], gateway: [''] };
      assert.deepEqual(names, expected[storage.kind]);
    });
  });

  describe('with checksums', () => {
    const text = '123456789';
    for (const [name, value] of [
      ['x-amz-checksum-crc32', 'y/Q5Jg=='],
      ['x-amz-checksum-crc32c', '4waSgw=='],
      ['x-amz-checksum-crc64nvme', 'rosUhgp5mIg='],
      ['x-amz-checksum-sha1', createHash('sha1').update(text).digest('base64')],
      ['x-amz-checksum-sha256', createHash('sha256').update(text).digest('base64')],
      ['Content-MD5', createHash('md5').update(text).digest('base64')],
    ] as const) {
      it(`accepts a correct ${name}`, async () => {
        const key = newKey();
        const response = await postForm(
          storage,
          formParts(signForm(storage, { key, fields: { [name]: value } }), text),
        );
        assert.equal(response.status, 204, response.text);
        if (storage.kind === 'local' && name !== 'Content-MD5') assert.equal(response.headers.get(name), value);
      });

      it(`refuses a wrong ${name}`, async () => {
        const key = newKey();
        const response = await postForm(
          storage,
          formParts(signForm(storage, { key, fields: { [name]: value } }), 'other'),
        );
        const expected: PerStorage<[number, string]> = { local: [400, 'BadDigest'], gateway: [204, ''] };
        assert.deepEqual([response.status, response.code], expected[storage.kind], response.text);
        assert.equal((await headObject(storage, key)) !== undefined, response.status === 204);
      });
    }

    for (const [description, fields, code] of [
      ['a checksum of the wrong length', { 'x-amz-checksum-crc32': 'AAAA' }, 'InvalidRequest'],
      ['a checksum algorithm without a checksum', { 'x-amz-checksum-algorithm': 'CRC32' }, 'InvalidRequest'],
      ['two checksums', { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-crc32c': '4waSgw==' }, 'InvalidRequest'],
      ['a Content-MD5 of the wrong length', { 'Content-MD5': 'AAAA' }, 'InvalidDigest'],
    ] as const) {
      it(`refuses ${description}`, async () => {
        const response = await postForm(storage, formParts(signForm(storage, { key: newKey(), fields }), text));
        const expected: PerStorage<[number, string]> = { local: [400, code], gateway: [204, ''] };
        assert.deepEqual([response.status, response.code], expected[storage.kind], response.text);
      });
    }
  });

  describe('with any bytes and keys', () => {
    for (const [description, size] of [
      ['an empty file', 0],
      ['1 byte', 1],
      ['1 MiB', MiB],
      ['3 MiB', 3 * MiB],
      ['4 MiB and 200 bytes', 4 * MiB + 200],
      ['20 MiB', 20 * MiB],
    ] as const) {
      it(`stores ${description} unchanged`, async () => {
        const key = newKey();
        const bytes = randomBytes(size);
        const response = await postForm(storage, formParts(signForm(storage, { key }), bytes));
        assert.equal(response.status, 204, response.text);
        assert.deepEqual(await storedDigest(storage, key), digestOf(bytes));
      });
    }

    it('stores bytes that look like the end of the form', async () => {
      const key = newKey();
      const bytes = Buffer.from('\r\n------test\r\n--\r\n\r\n------test--\r\n--');
      await postForm(storage, formParts(signForm(storage, { key }), bytes));
      assert.deepEqual(await storedDigest(storage, key), digestOf(bytes));
    });

    for (const name of [
      'Straße 猫 🎉.txt',
      'a b',
      'a+b',
      'a%b',
      'a%2Fb',
      '100%',
      "it's (1)!*.txt",
      'a//b',
      'a/../b',
      './a',
      'end/',
      'con.txt',
      'a\\b',
      '\u202egpj.exe',
      '?&=#',
      'a\tb',
    ]) {
      it(`stores an object under the key ${JSON.stringify(name)}`, async () => {
        const key = newKey(name);
        const response = await postForm(storage, formParts(signForm(storage, { key }), 'hello'));
        assert.equal(response.status, 204, response.text);
        const { Contents = [] } = await listObjects(key);
        assert.deepEqual(
          Contents.map(({ Key }) => Key),
          [key],
        );
      });
    }

    it('replaces the object when a form is posted twice', async () => {
      const key = newKey();
      const form = signForm(storage, { key });
      await postForm(storage, formParts(form, 'first'));
      assert.equal((await postForm(storage, formParts(form, 'second'))).status, 204);
      assert.deepEqual(await storedDigest(storage, key), digestOf(Buffer.from('second')));
    });
  });

  it('accepts a form that the AWS SDK signs', async () => {
    const key = newKey();
    const { url, fields } = await createPresignedPost(storage.client, {
      Bucket: storage.bucket,
      Key: key,
      Conditions: [['content-length-range', 0, 10]],
      Fields: { 'Content-Type': 'text/plain' },
      Expires: 60,
    });
    assert.equal(url, `${storage.url}/${storage.bucket}`);
    const parts = [...Object.entries(fields).map(([name, value]) => ({ name, value })), filePart('hello')];
    assert.equal((await postForm(storage, parts)).status, 204);
    assert.equal((await headObject(storage, key))?.ContentType, 'text/plain');
  });

  async function listObjects(prefix: string) {
    return storage.client.send(new ListObjectsV2Command({ Bucket: storage.bucket, Prefix: prefix }));
  }
});
