// Where the HTML form, which cannot know its file, stores it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { fieldsOf, policyOf, signerOf } from '../../fixtures/signer.ts';
import { openBucket, type TestBucket } from '../bucket.ts';

let bucket: TestBucket;
before(async () => {
  bucket = await openBucket();
});
after(() => bucket.close());

/** A form for one type, and the function that sends it with a file of this name. */
async function openForm(
  query: string,
  types: readonly string[] = ['image/*', 'text/plain'],
  conditionalWrites = false,
) {
  const options = { client: bucket.client, bucket: bucket.name, limits: { types }, conditionalWrites };
  const signer = signerOf({ ...options, form: true });
  const page = await (await signer.app.request(`/form?${query}`)).text();
  const fields = fieldsOf(page);
  const [, action = ''] = /<form\s+action="([^"]+)"/.exec(page) ?? [];
  const send = async (fileName: string, change: Record<string, string> = {}): Promise<number> => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...change })) form.set(name, value);
    form.set('file', new Blob(['hello']), fileName);
    return (await fetch(action, { method: 'POST', body: form, redirect: 'manual' })).status;
  };
  return { fields, send };
}

const listKeys = async (): Promise<string[]> => {
  const { Contents = [] } = await bucket.directClient.send(new ListObjectsV2Command({ Bucket: bucket.name }));
  return Contents.map(({ Key }) => Key!);
};

const HOSTILE_NAMES = [
  'page.html',
  'shell.php',
  '../../bob/x.png',
  'a/b.svg',
  '.htaccess',
  '${filename}',
  'x.png\u202e',
];

test('a form stores a file of any name under the key of the signer, and one form stores one object', async () => {
  const { fields, send } = await openForm('type=image/png');
  const before = await listKeys();
  for (const name of HOSTILE_NAMES) assert.equal(await send(name), 303, name);
  const added = (await listKeys()).filter((key) => !before.includes(key));
  assert.deepEqual(added, [fields.key]);
  assert.match(fields.key!, /^uploads\/ann\/[0-9a-f-]{36}\.png$/);
  const head = await bucket.directClient.send(new HeadObjectCommand({ Bucket: bucket.name, Key: fields.key }));
  // Ceph's gateway drops the Content-Disposition of a POST.
  const disposition = bucket.isGateway ? undefined : 'attachment';
  assert.deepEqual([head.ContentType, head.ContentDisposition], ['image/png', disposition]);
});

test('a form that is sent again replaces nothing, except on Ceph’s gateway', async () => {
  const { fields, send } = await openForm('type=text/plain', ['text/plain'], true);
  assert.equal(await send('first.txt'), 303);
  const head = () => bucket.directClient.send(new HeadObjectCommand({ Bucket: bucket.name, Key: fields.key }));
  const { LastModified } = await head();
  // Ceph's gateway ignores the condition of a form.
  for (let i = 0; i < 3; i++) assert.equal(await send('second.txt'), bucket.isGateway ? 303 : 412);
  if (!bucket.isGateway) assert.deepEqual((await head()).LastModified, LastModified);
});

test('a form accepts no other key', async () => {
  const { fields, send } = await openForm('type=text/plain');
  const before = await listKeys();
  const folder = fields.key!.replace(/[^/]*$/, '');
  for (const key of [
    `${folder}\${filename}`,
    `${fields.key}/\${filename}`,
    `${folder}page.html`,
    'uploads/bob/x.txt',
    'x',
  ]) {
    assert.equal(await send('page.html', { key }), 403, key);
  }
  assert.deepEqual(await listKeys(), before);
  assert.doesNotMatch(JSON.stringify(policyOf(fields).conditions), /"\$key"|filename/);
});

test('each form has a key of its own, with the extension of its type', async () => {
  const keys = await Promise.all(
    ['type=image/png', 'type=image/png', 'type=text/plain'].map(async (query) => (await openForm(query)).fields.key!),
  );
  assert.equal(new Set(keys).size, 3);
  assert.deepEqual(
    keys.map((key) => key.replace(/^.*(?=\.)/, '')),
    ['.png', '.png', '.txt'],
  );
  const { fields } = await openForm('', ['application/octet-stream']);
  assert.match(fields.key!, /^uploads\/ann\/[0-9a-f-]{36}$/);
});
