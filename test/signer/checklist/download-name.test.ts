// The name under which a stored object is downloaded, and the names in its metadata.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { extensionOf, keyExtension } from '../../../signer/core/media-types.ts';
import { MIN_PART_BYTES } from '../../../signer/core/multipart.ts';
import { plan, type UploadRules } from '../../../signer/core/policy.ts';
import type { FileRequest, SignedMultipart, SignedPost, SignedPut } from '../../../widget/core/protocol.ts';
import { fileOf, signerOf } from '../../fixtures/signer.ts';
import { openBucket, type TestBucket } from '../bucket.ts';
import { bytesOf, call, sendPut } from '../multipart.ts';

let bucket: TestBucket;
before(async () => {
  bucket = await openBucket();
});
after(() => bucket.close());

const bucketSigner = (types: readonly string[], method: 'post' | 'put' = 'post') =>
  signerOf({
    ...{ client: bucket.client, bucket: bucket.name, limits: { types }, method },
    ...{ multipartFrom: MIN_PART_BYTES, partSize: MIN_PART_BYTES },
  });

/** The names of a stored object: of its download, and of its metadata. */
async function readNames(key: string) {
  const command = new HeadObjectCommand({ Bucket: bucket.name, Key: key });
  const { ContentDisposition = '', Metadata = {} } = await bucket.directClient.send(command);
  const [, download = ''] = /^attachment; filename\*=UTF-8''(.+)$/.exec(ContentDisposition) ?? [];
  const [name, path] = [Metadata.name, Metadata.path].map((each) => each && decodeURIComponent(each));
  return { download: decodeURIComponent(download), name, path };
}

/** Stores a file of 5 bytes: by POST, or by PUT in Ceph's gateway, which drops the Content-Disposition of a POST. */
async function store(file: Partial<FileRequest>, types: readonly string[] = ['image/*']) {
  if (bucket.isGateway) {
    const [{ key, url, headers }] = (await bucketSigner(types, 'put').sign([{ size: 5, ...file }])) as [SignedPut];
    assert.equal((await sendPut(url, Buffer.from('hello'), headers)).status, 200);
    return { key, ...(await readNames(key)) };
  }
  const [signed] = (await bucketSigner(types).sign([{ size: 5, ...file }])) as [SignedPost];
  const form = new FormData();
  for (const [name, value] of Object.entries(signed.fields)) form.set(name, value);
  form.set('file', new Blob(['hello']), 'x');
  assert.equal((await fetch(signed.url, { method: 'POST', body: form })).status, 201);
  return { key: signed.key, ...(await readNames(signed.key)) };
}

for (const [name, type, download] of [
  ['setup.cpl', 'text/plain', 'setup.cpl.txt'],
  ['a.mpkg', 'text/plain', 'a.mpkg.txt'],
  ['a.htc', 'text/plain', 'a.htc.txt'],
  ['setup.jar', 'application/zip', 'setup.jar.zip'],
  ['a.apk', 'application/zip', 'a.apk.zip'],
  ['a.air', 'application/zip', 'a.air.zip'],
  ['a.war', 'application/zip', 'a.war.zip'],
  ['a.jar', 'application/java-archive', 'a.jar'],
  ['a.csv', 'text/plain', 'a.csv'],
] as const) {
  test(`a file called ${name} of the type ${type} is downloaded as ${download}`, async () => {
    const stored = await store({ name, type }, [type]);
    assert.equal(stored.download, download);
    assert.ok(stored.key.endsWith(download.slice(download.lastIndexOf('.'))), stored.key);
  });
}

for (const [path, cleaned] of [
  ['trip/day 1/cat.jpg', 'trip/day 1/cat.jpg'],
  ['../../etc/cron.d/x.jpg', 'etc/cron.d/x.jpg'],
  ['/etc/x.jpg', 'etc/x.jpg'],
  ['a/./.. /x.jpg', 'a/x.jpg'],
  ['..\\..\\windows\\x.jpg', 'windows/x.jpg'],
  ['C:\\x.jpg', 'x.jpg'],
  ['a/\u200b../x.jpg', 'a/x.jpg'],
] as const) {
  test(`the path ${JSON.stringify(path)} is stored as ${cleaned}`, async () => {
    assert.equal((await store({ name: 'x.jpg', path })).path, cleaned);
  });
}

for (const [name, download] of [
  ['setup.exe', 'setup.exe.jpg'],
  ['photo.jpg.scr', 'photo.jpg.scr.jpg'],
  ['invoice\u202egpj.msi', 'invoicegpj.msi.jpg'],
  ['update.lnk', 'update.lnk.jpg'],
  ['a.desktop', 'a.desktop.jpg'],
  ['a.library-ms', 'a.library-ms.jpg'],
  ['setup.exe. . ', 'setup.exe.jpg'],
  ['setup.exe\u200b', 'setup.exe.jpg'],
  ['setup.exe\r\n', 'setup.exe.jpg'],
  ['cat', 'cat.jpg'],
  ['.jpg', '.jpg.jpg'],
  ['.exe', '.exe.jpg'],
  ['cat.jpg', 'cat.jpg'],
  ['Cat.JPEG', 'Cat.JPEG'],
  ['cat.png', 'cat.png.jpg'],
  ['a\u2066b\u2069\u061cc\u200f.jpg', 'abc.jpg'],
  ['a\u2028b\u0085c\u007f.jpg', 'abc.jpg'],
  ['..\\..\\setup.exe', 'setup.exe.jpg'],
  ['\u202e', 'file.jpg'],
  ['👩\u200d👩\u200d👧.jpg', '👩\u200d👩\u200d👧.jpg'],
] as const) {
  test(`a picture called ${JSON.stringify(name)} is downloaded as ${JSON.stringify(download)}`, async () => {
    const stored = await store({ name, path: `trip/${name}` });
    assert.equal(stored.download, download);
    assert.equal(stored.name, download);
    assert.ok(stored.path!.endsWith(`/${download}`), stored.path);
    assert.match(stored.key, /\.(jpg|jpeg)$/);
  });
}

for (const [name, type, download] of [
  ['setup.exe', 'image/x-unheard-of', 'setup.exe.bin'],
  ['photo.scr', 'image/x-unheard-of', 'photo.scr.bin'],
  ['photo.command', 'image/x-unheard-of', 'photo.command.bin'],
  ['photo.search-ms', 'image/x-unheard-of', 'photo.search-ms.bin'],
  ['.exe', 'image/x-unheard-of', '.exe.bin'],
  ['photo.unheard', 'image/x-unheard-of', 'photo.unheard.bin'],
  ['photo.xll', 'image/x-unheard-of', 'photo.xll.bin'],
  ['photo', 'image/x-unheard-of', 'photo'],
] as const) {
  test(`a file called ${name} of an unknown type of pictures is downloaded as ${download}`, async () => {
    const stored = await store({ name, type });
    assert.deepEqual([stored.download, stored.name], [download, download]);
    assert.equal(extensionOf(stored.key), extensionOf(download));
  });
}

test('a file of a type that the signer names keeps its extension, unless that means a program', async () => {
  const type = 'image/x-unheard-of';
  for (const [name, download] of [
    ['photo.unheard', 'photo.unheard'],
    ['photo.xll', 'photo.xll.bin'],
  ] as const) {
    assert.equal((await store({ name, type }, [type])).download, download);
  }
});

test('a program keeps its name where plain downloads of any kind are allowed', async () => {
  const stored = await store({ name: 'setup.exe', type: '' }, ['application/octet-stream']);
  assert.deepEqual([stored.download, extensionOf(stored.key)], ['setup.exe', 'exe']);
});

test('a PUT and a multipart upload have the same download name as a POST', async () => {
  const [put] = (await bucketSigner(['image/*'], 'put').sign([{ name: 'setup.exe', size: 5 }])) as [SignedPut];
  assert.equal((await sendPut(put.url, Buffer.from('hello'), put.headers)).status, 200);
  assert.equal((await readNames(put.key)).download, 'setup.exe.jpg');
  const signer = bucketSigner(['image/*']);
  const [large] = (await signer.sign([{ name: 'setup.exe', size: MIN_PART_BYTES }])) as [SignedMultipart];
  const { ticket } = large;
  const parts = [{ number: 1, size: MIN_PART_BYTES }];
  const signed = await call<{ parts: [{ url: string }] }>(signer, '/parts', { ticket, parts });
  assert.equal((await sendPut(signed.parts[0].url, bytesOf(MIN_PART_BYTES))).status, 200);
  await call(signer, '/complete', { ticket });
  assert.equal((await readNames(large.key)).download, 'setup.exe.jpg');
});

test('a name that is cut to fit keeps its extension', async () => {
  for (const name of [`${'漢'.repeat(400)}.exe`, `${'x'.repeat(2000)}.jpg`, '.'.repeat(2000) + 'a']) {
    const { download, name: stored } = await store({ name });
    assert.match(download, /.\.jpg$/);
    assert.match(stored!, /.\.jpg$/);
  }
});

test('no name is downloaded with an extension that its key does not have, or with invisible characters', () => {
  const rules: UploadRules = {
    ...{ types: ['image/*', 'text/plain', 'application/pdf'], maxFileSize: 1e9, minFileSize: 0 },
    ...{ multipartFrom: 1e9, partSize: 8_388_608, method: 'POST', folder: 'uploads/ann/' },
  };
  const types = fc.constantFrom(
    'image/jpeg',
    'image/x-unheard-of',
    'image/unheard-of',
    'text/plain',
    'application/pdf',
  );
  const pieces = fc.constantFrom(
    ...['a', '.', ' ', '/', '\\', '\u202e', '\u200b', '\r\n', '\0', '%2e', '漢', '\ud800'],
    ...['.exe', '.jpg', '.JPG', '.scr', '.lnk', '.msi', '.url', '.txt', '.pdf', '.library-ms', '.exe\u200d'],
  );
  const names = fc.array(pieces, { minLength: 1, maxLength: 8 }).map((each) => each.join(''));
  let checked = 0;
  fc.assert(
    fc.property(names, types, (name, type) => {
      const planned = plan(fileOf({ name, type }), {}, rules);
      if ('error' in planned) return;
      checked++;
      const [, encoded = ''] = /''(.+)$/.exec(planned.headers['Content-Disposition']!) ?? [];
      const download = decodeURIComponent(encoded);
      assert.doesNotMatch(download, /[\p{Cc}\p{Bidi_Control}\u200b/\\]|[. ]$/u);
      const extension = extensionOf(planned.key);
      assert.equal(extensionOf(download), extension, download);
      assert.doesNotMatch(extension, /^(exe|scr|lnk|msi|url)$/, download);
      assert.equal(keyExtension(download, planned.type), extension && `.${extension}`);
      assert.equal(planned.headers['x-amz-meta-name'], encoded);
    }),
    { numRuns: 2000 },
  );
  assert.ok(checked > 500, `only ${checked} were accepted`);
});
