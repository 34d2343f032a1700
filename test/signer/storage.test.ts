// The signer against a real storage: the local one, or the one at TEST_S3_ENDPOINT.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { MIN_PART_BYTES } from '../../signer/core/multipart.ts';
import type { SignerEvent, StoredObject } from '../../signer/core/events.ts';
import type { SignerOptions } from '../../signer/core/options.ts';
import { verifyReceipt } from '../../signer/core/receipt.ts';
import { deletionTicket } from '../../signer/core/tickets.ts';
import type { PartsAnswer, SignedMultipart, SignedPost, SignedPut, StoredFile } from '../../widget/core/protocol.ts';
import { fieldsOf, problemOf, SECRET, type TestSigner } from '../fixtures/signer.ts';
import { openBucket, type TestBucket } from './bucket.ts';
import { bytesOf, call, listOpenUploads, sendPut, startMultipart, signerOfBucket } from './multipart.ts';

let bucket: TestBucket;
before(async () => {
  bucket = await openBucket();
});
beforeEach(() => bucket.proxy.reset());
after(() => bucket.close());

const bucketSigner = (options?: Partial<SignerOptions>): TestSigner => signerOfBucket(bucket, options);

/** Sends a signed POST, with `change` to its fields. */
async function sendPost(
  { url, fields }: SignedPost,
  body: Buffer,
  change: Record<string, string> = {},
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...change })) form.set(name, value);
  form.set('file', new Blob([body as BlobPart]), 'x');
  return fetch(url, { method: 'POST', body: form, redirect: 'manual' });
}

/** The stored object; undefined if there is none. */
async function readObject(
  key: string,
): Promise<{ body: Buffer; type?: string; metadata: Record<string, string> } | undefined> {
  try {
    const object = await bucket.directClient.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
    const body = Buffer.from(await object.Body!.transformToByteArray());
    return { body, type: object.ContentType!, metadata: object.Metadata ?? {} };
  } catch (error) {
    assert.equal((error as Error).name, 'NoSuchKey');
    return undefined;
  }
}

test('a signed POST stores a file byte for byte, with its type and name', async () => {
  const body = bytesOf(3000);
  const [file] = (await bucketSigner().sign([{ name: 'Kätzchen 1.jpg', size: 3000 }])) as SignedPost[];
  assert.equal((await sendPost(file!, body)).status, 201);
  const object = await readObject(file!.key);
  assert.ok(object && object.body.equals(body));
  assert.equal(object.type, 'image/jpeg');
  assert.equal(decodeURIComponent(object.metadata.name!), 'Kätzchen 1.jpg');
});

test('an empty file can be uploaded', async () => {
  const [file] = (await bucketSigner().sign([{ size: 0 }])) as SignedPost[];
  assert.equal((await sendPost(file!, bytesOf(0))).status, 201);
  assert.equal((await readObject(file!.key))?.body.length, 0);
});

test('the storage refuses a POST that differs from its policy', async () => {
  const [file] = (await bucketSigner().sign([{ size: 3000 }])) as SignedPost[];
  const bodies = [bytesOf(2999), bytesOf(3001)];
  for (const body of bodies) assert.equal((await sendPost(file!, body)).status, 400);
  const changes: Record<string, string>[] = [
    { 'Content-Type': 'text/html' },
    { key: `${file!.key}.html` },
    { 'Content-Disposition': 'inline' },
    { success_action_status: '200' },
    { acl: 'public-read' },
    { 'x-amz-meta-name': 'other' },
    { success_action_redirect: 'https://evil.example' },
  ];
  for (const change of changes) {
    const { status } = await sendPost(file!, bytesOf(3000), change);
    assert.equal(status, 403, JSON.stringify(change));
  }
  assert.equal(await readObject(file!.key), undefined);
});

test('a signed PUT stores exactly the signed bytes, type and name', async () => {
  for (const [signer, request] of [
    [bucketSigner({ method: 'put' }), {}],
    [bucketSigner({ method: 'auto' }), { method: 'PUT' }],
  ] as const) {
    const [file] = (await signer.sign([{ name: 'ä.jpg', size: 3000 }], request)) as SignedPut[];
    assert.equal(file!.method, 'PUT');
    assert.equal((await sendPut(file!.url, bytesOf(3001), file!.headers)).status, 403);
    const otherType = { ...file!.headers, 'Content-Type': 'text/html' };
    assert.equal((await sendPut(file!.url, bytesOf(3000), otherType)).status, 403);
    assert.equal(await readObject(file!.key), undefined);
    const response = await sendPut(file!.url, bytesOf(3000), file!.headers);
    assert.equal(response.status, 200, await response.text());
    const object = await readObject(file!.key);
    assert.equal(object?.body.length, 3000);
    assert.equal(object.type, 'image/jpeg');
    assert.equal(decodeURIComponent(object.metadata.name!), 'ä.jpg');
  }
});

test('the method post refuses to sign a PUT, and the method put signs every small file as a PUT', async () => {
  const files = [{ id: '1', name: 'a.jpg', type: 'image/jpeg', size: 1 }];
  assert.equal((await bucketSigner({ method: 'post' }).post('/', { files, method: 'PUT' })).status, 400);
  assert.equal(((await bucketSigner({ method: 'put' }).sign([{}])) as SignedPut[])[0]!.method, 'PUT');
});

test('a checksum is part of the signature, and a different one is refused', async () => {
  const body = bytesOf(3000);
  const value = createHash('sha256').update(body).digest('base64');
  const checksum = { algorithm: 'sha256' as const, value };
  const [file] = (await bucketSigner().sign([{ size: 3000, checksum }])) as SignedPost[];
  assert.equal(file!.checksum, undefined);
  assert.equal(file!.fields['x-amz-checksum-sha256'], value);
  const wrong = createHash('sha256').update('other').digest('base64');
  assert.equal((await sendPost(file!, body, { 'x-amz-checksum-sha256': wrong })).status, 403);
  assert.equal((await sendPost(file!, body)).status, 201);
  // Ceph's gateway accepts checksums without verifying them.
  if (!bucket.isGateway) {
    const falseChecksum = { algorithm: 'sha256' as const, value: wrong };
    for (const request of [{}, { method: 'PUT' }]) {
      const [file] = await bucketSigner({ method: 'auto' }).sign([{ size: 3000, checksum: falseChecksum }], request);
      const { status } =
        'fields' in file!
          ? await sendPost(file, body)
          : await sendPut((file as SignedPut).url, body, (file as SignedPut).headers);
      assert.equal(status, 400);
    }
  }
});

test('a signer with the option checksum requests it, and signs it with /sign-again', async () => {
  const signer = bucketSigner({ checksum: 'crc32' });
  const [requested] = (await signer.sign([{ size: 9 }])) as SignedPost[];
  assert.equal(requested!.checksum, 'crc32');
  const checksum = { algorithm: 'crc32', value: 'y/Q5Jg==' };
  const signed = await call<SignedPost>(signer, '/sign-again', { ticket: requested!.ticket, checksum });
  assert.equal(signed.key, requested!.key);
  assert.equal(signed.checksum, undefined);
  assert.equal(signed.fields['x-amz-checksum-algorithm'], 'CRC32');
  assert.equal((await sendPost(signed, Buffer.from('123456789'))).status, 201);
  await call(signer, '/confirm', { ticket: signed.ticket });
});

test('the signer requests the checksum of a client that names only its algorithm', async () => {
  const [file] = await bucketSigner().sign([{ checksum: { algorithm: 'sha256' } }]);
  assert.ok('checksum' in file! && file.checksum === 'sha256');
});

test('a file in parts is stored byte for byte, and no multipart upload stays open', async () => {
  const signer = bucketSigner();
  const file = await startMultipart(signer);
  const { parts } = await call<{ parts: object[] }>(signer, '/parts/list', { ticket: file.ticket });
  assert.deepEqual(parts, [
    { number: 1, size: MIN_PART_BYTES },
    { number: 2, size: MIN_PART_BYTES },
    { number: 3, size: 1234 },
  ]);
  const done = await call<StoredFile>(signer, '/complete', { ticket: file.ticket });
  assert.equal(done.key, file.key);
  assert.equal(done.size, file.size);
  assert.match(done.etag!, /^[0-9a-f]{32}-3$/);
  assert.equal(done.location, `${bucket.proxy.url}/${bucket.name}/${file.key}`);
  const object = await readObject(file.key);
  assert.ok(object && object.body.equals(file.body));
  assert.equal(object.type, 'video/mp4');
  assert.equal(object.metadata.name, 'a.mp4');
  assert.equal((await listOpenUploads(bucket)).length, 0);
});

test('a file is stored by the parts that are signed with it, and no call of /parts', async () => {
  const events: SignerEvent[] = [];
  const signer = bucketSigner({ onEvent: (event) => events.push(event) });
  const size = 3 * MIN_PART_BYTES - 5;
  const [file] = (await signer.sign([{ name: 'a.mp4', type: 'video/mp4', size }])) as SignedMultipart[];
  const { parts, expires } = file!.firstParts!;
  assert.equal(expires, 900);
  const ascending = parts.map((_part, i) => i + 1);
  assert.deepEqual(
    parts.map(({ number }) => number),
    ascending,
  );
  assert.deepEqual(events[0]!.parts, ascending);
  const body = bytesOf(size);
  for (const { number, url, headers } of parts) {
    const response = await sendPut(url, body.subarray((number - 1) * file!.partSize, number * file!.partSize), headers);
    assert.equal(response.status, 200, await response.text());
  }
  await call(signer, '/complete', { ticket: file!.ticket });
  assert.ok((await readObject(file!.key))?.body.equals(body));
});

test('at most six parts are signed with a file, exactly as /parts signs them', async () => {
  const signer = bucketSigner();
  const [file] = (await signer.sign([
    { name: 'a.mp4', type: 'video/mp4', size: 70 * MIN_PART_BYTES },
  ])) as SignedMultipart[];
  const parts = [1, 2, 3, 4, 5, 6].map((number) => ({ number, size: file!.partSize }));
  const signed = await call<PartsAnswer>(signer, '/parts', { ticket: file!.ticket, parts });
  const withoutTime = ({ parts: each, expires }: PartsAnswer) => ({
    expires,
    parts: each.map((part) => ({ ...part, url: part.url.replace(/X-Amz-(Date|Signature)=\w+/g, '') })),
  });
  assert.deepEqual(withoutTime(file!.firstParts!), withoutTime(signed));
  await call(signer, '/abort', { ticket: file!.ticket }, 204);
});

test('no part is signed with a file whose parts need checksums', async () => {
  const signer = bucketSigner({ checksum: 'crc32' });
  const [file] = (await signer.sign([
    { name: 'a.mp4', type: 'video/mp4', size: 3 * MIN_PART_BYTES },
  ])) as SignedMultipart[];
  assert.equal(file!.firstParts, undefined);
  await call(signer, '/abort', { ticket: file!.ticket }, 204);
});

test('/complete can be repeated with the same result, and calls onUploaded once', async () => {
  const objects: StoredObject[] = [];
  const signer = bucketSigner({ onUploaded: (object) => objects.push(object) });
  const file = await startMultipart(signer);
  const results: StoredFile[] = [];
  for (let i = 0; i < 3; i++) results.push(await call<StoredFile>(signer, '/complete', { ticket: file.ticket }));
  assert.equal(new Set(results.map(({ etag }) => etag)).size, 1);
  assert.equal(objects.length, 1);
});

test('/complete succeeds on a retry after the storage’s response was lost', async () => {
  const signer = bucketSigner();
  const file = await startMultipart(signer);
  bucket.proxy.faults = [{ do: 'reset', method: 'POST', path: 'uploadId', times: 1 }];
  assert.equal((await signer.post('/complete', { ticket: file.ticket })).status, 502);
  await call(signer, '/complete', { ticket: file.ticket });
  assert.ok((await readObject(file.key))?.body.equals(file.body));
});

test('an error that S3 sends with status 200 fails /complete', async () => {
  const signer = bucketSigner();
  const file = await startMultipart(signer);
  const body = '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>again</Message></Error>';
  bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploadId', status: 200, body, times: 1 }];
  assert.equal(
    (await signer.post('/complete', { ticket: file.ticket })).status,
    503,
    'the status that the SDK reports',
  );
  await call(signer, '/complete', { ticket: file.ticket });
});

test('/complete responds with 409 if a part was replaced in the meantime, and succeeds on a retry', async () => {
  const signer = bucketSigner();
  const file = await startMultipart(signer);
  for (const name of ['InvalidPart', 'InvalidPartOrder']) {
    const body = `<Error><Code>${name}</Code><Message>One or more of the parts could not be found.</Message></Error>`;
    bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploadId', status: 400, body, times: 1 }];
    const { code } = await call<{ code: string }>(signer, '/complete', { ticket: file.ticket }, 409);
    assert.equal(code, 'parts-changed');
  }
  await call(signer, '/complete', { ticket: file.ticket });
  assert.ok((await readObject(file.key))?.body.equals(file.body));
});

test('/complete aborts the upload if the storage refuses parts as too small', async () => {
  const signer = bucketSigner();
  const file = await startMultipart(signer);
  const body = '<Error><Code>EntityTooSmall</Code><Message>Your proposed upload is smaller.</Message></Error>';
  bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploadId', status: 400, body, times: 1 }];
  const { code } = await call<{ code: string }>(signer, '/complete', { ticket: file.ticket }, 422);
  assert.equal(code, 'parts-wrong');
  assert.equal((await listOpenUploads(bucket)).length, 0);
});

test('credentials that cannot be loaded once fail only that request', async () => {
  let fails = false;
  // Like those of a role: they expire at once, so the SDK loads them for every request.
  const client = bucket.clientWith({
    credentials: async () => {
      if (fails) throw new Error('the role is unavailable');
      return { ...bucket.credentials, expiration: new Date() };
    },
  });
  const calls: string[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      calls.push((args.request as { method: string }).method);
      const result = await next(args);
      fails = calls.length === 1;
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  const signer = bucketSigner({ client });
  const [file] = (await signer.sign([{ size: 10 }])) as SignedPost[];
  await sendPost(file!, bytesOf(10));
  await call(signer, '/confirm', { ticket: file!.ticket }, 500);
  fails = false;
  assert.deepEqual(calls, ['HEAD'], 'the object was found, but its URL could not be resolved');
  await call(signer, '/confirm', { ticket: file!.ticket });
});

test('/complete keeps an upload with a missing part open, and succeeds once it is uploaded', async () => {
  const signer = bucketSigner();
  const file = await startMultipart(signer, [1, 3]);
  const { code, detail } = await call<{ code: string; detail: string }>(
    signer,
    '/complete',
    { ticket: file.ticket },
    422,
  );
  assert.equal(code, 'parts-missing');
  assert.match(detail, /2/);
  const parts = [{ number: 2, size: MIN_PART_BYTES }];
  const signed = await call<{ parts: { url: string }[] }>(signer, '/parts', { ticket: file.ticket, parts });
  assert.equal(
    (await sendPut(signed.parts[0]!.url, file.body.subarray(MIN_PART_BYTES, 2 * MIN_PART_BYTES))).status,
    200,
  );
  await call(signer, '/complete', { ticket: file.ticket });
});

test('a part with more bytes than signed is refused', async () => {
  const signer = bucketSigner();
  const file = await startMultipart(signer, [1]);
  const parts = [{ number: 3, size: 1234 }];
  const signed = await call<{ parts: { url: string }[] }>(signer, '/parts', { ticket: file.ticket, parts });
  assert.equal((await sendPut(signed.parts[0]!.url, bytesOf(1235))).status, 403);
  await call(signer, '/abort', { ticket: file.ticket }, 204);
});

test('/abort removes the upload and can be repeated', async () => {
  const signer = bucketSigner();
  const file = await startMultipart(signer, [1]);
  assert.equal((await listOpenUploads(bucket)).length, 1);
  for (let i = 0; i < 2; i++) await call(signer, '/abort', { ticket: file.ticket }, 204);
  assert.equal((await listOpenUploads(bucket)).length, 0);
  for (const path of ['/parts/list', '/complete']) {
    const { code } = await call<{ code: string }>(signer, path, { ticket: file.ticket }, 404);
    assert.equal(code, 'no-such-upload');
  }
});

test('the checksum of a part is a signed header', async () => {
  const signer = bucketSigner({ checksum: 'sha256' });
  const size = MIN_PART_BYTES + 10;
  const [file] = (await signer.sign([{ name: 'a.mp4', type: 'video/mp4', size }])) as SignedMultipart[];
  assert.equal(file!.checksum, 'sha256');
  const body = bytesOf(size);
  const slices = [body.subarray(0, MIN_PART_BYTES), body.subarray(MIN_PART_BYTES)];
  const parts = slices.map((slice, i) => ({
    number: i + 1,
    size: slice.length,
    checksum: { algorithm: 'sha256', value: createHash('sha256').update(slice).digest('base64') },
  }));
  const withoutChecksum = await signer.post('/parts', {
    ticket: file!.ticket,
    parts: [{ number: 1, size: MIN_PART_BYTES }],
  });
  assert.equal((await problemOf(withoutChecksum)).code, 'bad-checksum');
  const signed = await call<{ parts: { url: string; headers: Record<string, string> }[] }>(signer, '/parts', {
    ticket: file!.ticket,
    parts,
  });
  for (const [i, { url, headers }] of signed.parts.entries()) {
    assert.deepEqual(headers, { 'x-amz-checksum-sha256': parts[i]!.checksum.value });
    assert.match(url, /SignedHeaders=content-length%3Bhost%3Bx-amz-checksum-sha256/);
    if (i === 1) assert.equal((await sendPut(url, slices[i]!)).status, 403, 'without the header');
    const response = await sendPut(url, slices[i]!, headers);
    assert.equal(response.status, 200, await response.text());
  }
  await call(signer, '/complete', { ticket: file!.ticket });
  assert.ok((await readObject(file!.key))?.body.equals(body));
});

test('if one multipart upload of a batch cannot be created, none stays open', async () => {
  const signer = bucketSigner();
  bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploads', status: 500, skip: 1, times: 1 }];
  const files = ['1', '2', '3'].map((id) => ({ id, name: 'a.mp4', type: 'video/mp4', size: 2 * MIN_PART_BYTES }));
  assert.equal((await signer.post('/', { files })).status, 502);
  assert.equal((await listOpenUploads(bucket)).length, 0);
});

test('/sign-again keeps a multipart upload and its parts', async () => {
  const signer = bucketSigner();
  const file = await startMultipart(signer, [1]);
  const again = await call<SignedMultipart>(signer, '/sign-again', { ticket: file.ticket });
  assert.equal(again.key, file.key);
  assert.equal(again.partSize, file.partSize);
  const { parts } = await call<{ parts: object[] }>(signer, '/parts/list', { ticket: again.ticket });
  assert.equal(parts.length, 1);
  await call(signer, '/abort', { ticket: again.ticket }, 204);
});

test('/confirm responds with 404 until the file is stored, and then with a receipt', async () => {
  const objects: StoredObject[] = [];
  const signer = bucketSigner({ onUploaded: (object) => objects.push(object) });
  const [file] = (await signer.sign([{ size: 3000 }])) as SignedPost[];
  assert.equal(file!.confirm, true);
  const { code } = await call<{ code: string }>(signer, '/confirm', { ticket: file!.ticket }, 404);
  assert.equal(code, 'not-stored');
  assert.equal(objects.length, 0);
  await sendPost(file!, bytesOf(3000));
  const ticket = { ticket: file!.ticket };
  const [done] = await Promise.all([call<StoredFile>(signer, '/confirm', ticket), call(signer, '/confirm', ticket)]);
  const etag = createHash('md5').update(bytesOf(3000)).digest('hex');
  const location = `${bucket.proxy.url}/${bucket.name}/${file!.key}`;
  assert.deepEqual({ ...done, receipt: '' }, { key: file!.key, location, etag, size: 3000, receipt: '' });
  const receipt = verifyReceipt(done.receipt!, SECRET);
  assert.deepEqual(
    { ...receipt, issued: 0 },
    {
      ...{ key: file!.key, size: 3000, type: 'image/jpeg', etag, owner: 'ann', issued: 0 },
      ...{ bucket: bucket.name, audience: 'uploads/' },
    },
  );
  const object = {
    bucket: bucket.name,
    key: file!.key,
    location,
    etag,
    size: 3000,
    type: 'image/jpeg',
    owner: 'ann',
  };
  assert.deepEqual(objects, [object], 'called once for two simultaneous confirmations');
});

test('a signed file must be confirmed only if onUploaded or receipts is set', async () => {
  const [file] = (await bucketSigner().sign([{}])) as SignedPost[];
  assert.equal(file!.confirm, undefined);
  const [withReceipts] = (await bucketSigner({ receipts: true }).sign([{}])) as SignedPost[];
  assert.equal(withReceipts!.confirm, true);
});

test('onUploaded is called again on the next /confirm if it failed', async () => {
  let calls = 0;
  const signer = bucketSigner({
    onUploaded: () => {
      if (++calls === 1) throw new Error('the database is unavailable');
    },
  });
  const [file] = (await signer.sign([{ size: 10 }])) as SignedPost[];
  await sendPost(file!, bytesOf(10));
  await call(signer, '/confirm', { ticket: file!.ticket }, 500);
  await call(signer, '/confirm', { ticket: file!.ticket });
  await call(signer, '/confirm', { ticket: file!.ticket });
  assert.equal(calls, 2);
});

test('/delete deletes the object of a ticket, if the signer allows it', async () => {
  const [file] = (await bucketSigner().sign([{ size: 10 }])) as SignedPost[];
  await sendPost(file!, bytesOf(10));
  const { code } = await call<{ code: string }>(bucketSigner(), '/delete', { ticket: file!.ticket }, 403);
  assert.equal(code, 'delete-not-allowed');
  assert.ok(await readObject(file!.key));
  for (let i = 0; i < 2; i++) await call(bucketSigner({ allowDelete: true }), '/delete', { ticket: file!.ticket }, 204);
  assert.equal(await readObject(file!.key), undefined);
});

test('/delete accepts a deletionTicket of the application, for its owner and nothing else', async () => {
  const signer = bucketSigner({ allowDelete: true });
  const [file] = (await signer.sign([{ size: 10 }])) as SignedPost[];
  await sendPost(file!, bytesOf(10));
  const { key } = file!;
  const foreign = deletionTicket({ key, owner: 'bob' }, SECRET);
  await call(signer, '/delete', { ticket: foreign }, 403);
  await call(signer, '/delete', { ticket: deletionTicket({ key, owner: 'ann' }, SECRET, 0) }, 403);
  const ticket = deletionTicket({ key, owner: 'ann' }, SECRET);
  for (const path of ['/sign-again', '/confirm', '/complete', '/abort', '/parts/list']) {
    await call(signer, path, { ticket }, 403);
  }
  assert.ok(await readObject(key));
  await call(signer, '/delete', { ticket }, 204);
  assert.equal(await readObject(key), undefined);
});

test('the HTML form uploads without a script and returns to the signer', async () => {
  const signer = bucketSigner({ form: true, limits: { maxFileSize: 5000 } });
  const openForm = async () => (await signer.app.request('http://signer.example/form?type=image/png')).text();
  const page = await openForm();
  const fields = fieldsOf(page);
  const [, action] = /<form\s+action="([^"]+)"/.exec(page)!;
  assert.match(fields.key!, /^uploads\/ann\/[0-9a-f-]{36}\.png$/);
  const send = (size: number, change: Record<string, string> = {}): Promise<Response> => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...change })) form.set(name, value);
    form.set('file', new Blob([bytesOf(size) as BlobPart]), 'my cat.png');
    return fetch(action!, { method: 'POST', body: form, redirect: 'manual' });
  };
  assert.equal((await send(5001)).status, 400);
  assert.equal((await send(10, { 'Content-Type': 'text/html' })).status, 403);
  assert.equal((await send(10, { key: 'uploads/bob/${filename}' })).status, 403);
  // A script can empty the redirect to read the response. Ceph's gateway then redirects to an empty URL.
  const another = fieldsOf(await openForm());
  assert.equal((await send(10, { ...another, success_action_redirect: '' })).status, bucket.isGateway ? 303 : 204);
  const response = await send(5000);
  assert.equal(response.status, 303, await response.text());
  const back = new URL(response.headers.get('Location')!);
  assert.equal(back.origin + back.pathname, 'http://signer.example/form/done');
  const key = fields.key!;
  assert.equal(back.searchParams.get('key'), key);
  assert.equal((await readObject(key))?.type, 'image/png');
  const done = await signer.app.request(back.pathname + back.search);
  assert.match(await done.text(), /The file is stored/);
});
