// What the signer signs and asks for, against a real storage: the local one, or the one at TEST_S3_ENDPOINT.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { MIN_PART } from '../../signer/core/multipart.ts';
import type { SignerOptions, StoredObject } from '../../signer/core/options.ts';
import { deletionTicket, verifyReceipt } from '../../signer/core/ticket.ts';
import type { SignedMultipart, SignedPost, SignedPut, StoredFile } from '../../widget/core/protocol.ts';
import { fieldsOf, problemOf, SECRET, signerOf, type TestSigner } from '../fixtures/signer.ts';
import { openBucket, type LiveBucket } from './bucket.ts';
import { bytesOf, call, openUploads, sendPut, startMultipart } from './multipart.ts';

let bucket: LiveBucket;
before(async () => {
  bucket = await openBucket();
});
beforeEach(() => bucket.proxy.reset());
after(() => bucket.close());

const signerFor = (options: Partial<SignerOptions> = {}): TestSigner =>
  signerOf({
    client: bucket.client,
    bucket: bucket.bucket,
    multipartFrom: MIN_PART + 1,
    partSize: MIN_PART,
    ...options,
  });

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

async function stored(
  key: string,
): Promise<{ body: Buffer; type?: string; metadata: Record<string, string> } | undefined> {
  try {
    const answer = await bucket.owner.send(new GetObjectCommand({ Bucket: bucket.bucket, Key: key }));
    const body = Buffer.from(await answer.Body!.transformToByteArray());
    return { body, type: answer.ContentType!, metadata: answer.Metadata ?? {} };
  } catch (error) {
    assert.equal((error as Error).name, 'NoSuchKey');
    return undefined;
  }
}

test('a POST is stored byte for byte, with its type and name', async () => {
  const body = bytesOf(3000);
  const [file] = (await signerFor().sign([{ name: 'Kätzchen 1.jpg', size: 3000 }])) as SignedPost[];
  assert.equal((await sendPost(file!, body)).status, 201);
  const object = await stored(file!.key);
  assert.ok(object && object.body.equals(body));
  assert.equal(object.type, 'image/jpeg');
  assert.equal(decodeURIComponent(object.metadata.name!), 'Kätzchen 1.jpg');
});

test('an empty file is a file', async () => {
  const [file] = (await signerFor().sign([{ size: 0 }])) as SignedPost[];
  assert.equal((await sendPost(file!, bytesOf(0))).status, 201);
  assert.equal((await stored(file!.key))?.body.length, 0);
});

test('the storage refuses whatever differs from what was signed', async () => {
  const [file] = (await signerFor().sign([{ size: 3000 }])) as SignedPost[];
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
  assert.equal(await stored(file!.key), undefined);
});

test('a PUT is stored as signed, and not one byte more', async () => {
  for (const [signer, more] of [
    [signerFor({ method: 'put' }), {}],
    [signerFor(), { method: 'PUT' }],
  ] as const) {
    const [file] = (await signer.sign([{ name: 'ä.jpg', size: 3000 }], more)) as SignedPut[];
    assert.equal(file!.method, 'PUT');
    assert.equal((await sendPut(file!.url, bytesOf(3001), file!.headers)).status, 403);
    const other = { ...file!.headers, 'Content-Type': 'text/html' };
    assert.equal((await sendPut(file!.url, bytesOf(3000), other)).status, 403);
    assert.equal(await stored(file!.key), undefined);
    const answer = await sendPut(file!.url, bytesOf(3000), file!.headers);
    assert.equal(answer.status, 200, await answer.text());
    const object = await stored(file!.key);
    assert.equal(object?.body.length, 3000);
    assert.equal(object.type, 'image/jpeg');
    assert.equal(decodeURIComponent(object.metadata.name!), 'ä.jpg');
  }
});

test('SIGNER_METHOD=post refuses to sign a PUT, put signs nothing else', async () => {
  const files = [{ id: '1', name: 'a.jpg', type: 'image/jpeg', size: 1 }];
  assert.equal((await signerFor({ method: 'post' }).post('/', { files, method: 'PUT' })).status, 400);
  assert.equal(((await signerFor({ method: 'put' }).sign([{}])) as SignedPut[])[0]!.method, 'PUT');
});

test('a checksum is signed along, and another one is refused', async () => {
  const body = bytesOf(3000);
  const value = createHash('sha256').update(body).digest('base64');
  const checksum = { algorithm: 'sha256' as const, value };
  const [file] = (await signerFor().sign([{ size: 3000, checksum }])) as SignedPost[];
  assert.equal(file!.checksum, undefined);
  assert.equal(file!.fields['x-amz-checksum-sha256'], value);
  const wrong = createHash('sha256').update('other').digest('base64');
  assert.equal((await sendPost(file!, body, { 'x-amz-checksum-sha256': wrong })).status, 403);
  assert.equal((await sendPost(file!, body)).status, 201);
  // Ceph's gateway takes a checksum and does not look at it.
  if (!bucket.isGateway) {
    const lie = { algorithm: 'sha256' as const, value: wrong };
    for (const more of [{}, { method: 'PUT' }]) {
      const [lying] = await signerFor().sign([{ size: 3000, checksum: lie }], more);
      const { status } =
        'fields' in lying!
          ? await sendPost(lying, body)
          : await sendPut((lying as SignedPut).url, body, (lying as SignedPut).headers);
      assert.equal(status, 400);
    }
  }
});

test('a signer that wants a checksum asks for it, and signs it when it is told', async () => {
  const signer = signerFor({ checksum: 'crc32' });
  const [asked] = (await signer.sign([{ size: 9 }])) as SignedPost[];
  assert.equal(asked!.checksum, 'crc32');
  const checksum = { algorithm: 'crc32', value: 'y/Q5Jg==' };
  const told = await call<SignedPost>(signer, '/sign-again', { ticket: asked!.ticket, checksum });
  assert.equal(told.key, asked!.key);
  assert.equal(told.checksum, undefined);
  assert.equal(told.fields['x-amz-checksum-algorithm'], 'CRC32');
  assert.equal((await sendPost(told, Buffer.from('123456789'))).status, 201);
  await call(signer, '/confirm', { ticket: told.ticket });
});

test('a client that wants a checksum names its algorithm, and is asked for the value', async () => {
  const [file] = await signerFor().sign([{ checksum: { algorithm: 'sha256' } }]);
  assert.ok('checksum' in file! && file.checksum === 'sha256');
});

test('a file sent in parts is stored byte for byte; nothing is left over', async () => {
  const signer = signerFor();
  const file = await startMultipart(signer);
  const { parts } = await call<{ parts: object[] }>(signer, '/parts/list', { ticket: file.ticket });
  assert.deepEqual(parts, [
    { number: 1, size: MIN_PART },
    { number: 2, size: MIN_PART },
    { number: 3, size: 1234 },
  ]);
  const done = await call<StoredFile>(signer, '/complete', { ticket: file.ticket });
  assert.equal(done.key, file.key);
  assert.equal(done.size, file.size);
  assert.match(done.etag!, /^[0-9a-f]{32}-3$/);
  assert.equal(done.location, `${bucket.proxy.url}/${bucket.bucket}/${file.key}`);
  const object = await stored(file.key);
  assert.ok(object && object.body.equals(file.body));
  assert.equal(object.type, 'video/mp4');
  assert.equal(object.metadata.name, 'a.mp4');
  assert.equal((await openUploads(bucket)).length, 0);
});

test('completing again gives the same answer, and the application is told once', async () => {
  const objects: StoredObject[] = [];
  const signer = signerFor({ onUploaded: (object) => objects.push(object) });
  const file = await startMultipart(signer);
  const answers: StoredFile[] = [];
  for (let i = 0; i < 3; i++) answers.push(await call<StoredFile>(signer, '/complete', { ticket: file.ticket }));
  assert.equal(new Set(answers.map(({ etag }) => etag)).size, 1);
  assert.equal(objects.length, 1);
});

test('an answer to complete that gets lost costs nothing', async () => {
  const signer = signerFor();
  const file = await startMultipart(signer);
  bucket.proxy.faults = [{ do: 'reset', method: 'POST', path: 'uploadId', times: 1 }];
  assert.equal((await signer.post('/complete', { ticket: file.ticket })).status, 502);
  await call(signer, '/complete', { ticket: file.ticket });
  assert.ok((await stored(file.key))?.body.equals(file.body));
});

test('an error that S3 sends with status 200 is an error', async () => {
  const signer = signerFor();
  const file = await startMultipart(signer);
  const body = '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>again</Message></Error>';
  bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploadId', status: 200, body, times: 1 }];
  assert.equal((await signer.post('/complete', { ticket: file.ticket })).status, 503, 'as the SDK reports it');
  await call(signer, '/complete', { ticket: file.ticket });
});

test('a part that came anew while the parts were put together is a 409, and can be mended', async () => {
  const signer = signerFor();
  const file = await startMultipart(signer);
  for (const name of ['InvalidPart', 'InvalidPartOrder']) {
    const body = `<Error><Code>${name}</Code><Message>One or more of the parts could not be found.</Message></Error>`;
    bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploadId', status: 400, body, times: 1 }];
    const { code } = await call<{ code: string }>(signer, '/complete', { ticket: file.ticket }, 409);
    assert.equal(code, 'parts-changed');
  }
  await call(signer, '/complete', { ticket: file.ticket });
  assert.ok((await stored(file.key))?.body.equals(file.body));
});

test('parts that the storage finds too small end the upload', async () => {
  const signer = signerFor();
  const file = await startMultipart(signer);
  const body = '<Error><Code>EntityTooSmall</Code><Message>Your proposed upload is smaller.</Message></Error>';
  bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploadId', status: 400, body, times: 1 }];
  const { code } = await call<{ code: string }>(signer, '/complete', { ticket: file.ticket }, 422);
  assert.equal(code, 'parts-wrong');
  assert.equal((await openUploads(bucket)).length, 0);
});

test('credentials that fail once fail once', async () => {
  let fails = false;
  // Those of a role, which are renewed: asked for with every call, as they are always about to end.
  const client = bucket.clientWith({
    credentials: async () => {
      if (fails) throw new Error('the role cannot be reached');
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
  const signer = signerFor({ client });
  const [file] = (await signer.sign([{ size: 10 }])) as SignedPost[];
  await sendPost(file!, bytesOf(10));
  await call(signer, '/confirm', { ticket: file!.ticket }, 500);
  fails = false;
  assert.deepEqual(calls, ['HEAD'], 'the storage was asked, and then the address could not be told');
  await call(signer, '/confirm', { ticket: file!.ticket });
});

test('an upload that lacks a part is not completed, and can go on', async () => {
  const signer = signerFor();
  const file = await startMultipart(signer, [1, 3]);
  const { code, detail } = await call<{ code: string; detail: string }>(
    signer,
    '/complete',
    { ticket: file.ticket },
    422,
  );
  assert.equal(code, 'parts-missing');
  assert.match(detail, /2/);
  const parts = [{ number: 2, size: MIN_PART }];
  const signed = await call<{ parts: { url: string }[] }>(signer, '/parts', { ticket: file.ticket, parts });
  assert.equal((await sendPut(signed.parts[0]!.url, file.body.subarray(MIN_PART, 2 * MIN_PART))).status, 200);
  await call(signer, '/complete', { ticket: file.ticket });
});

test('a part takes no byte more than was signed', async () => {
  const signer = signerFor();
  const file = await startMultipart(signer, [1]);
  const parts = [{ number: 3, size: 1234 }];
  const signed = await call<{ parts: { url: string }[] }>(signer, '/parts', { ticket: file.ticket, parts });
  assert.equal((await sendPut(signed.parts[0]!.url, bytesOf(1235))).status, 403);
  await call(signer, '/abort', { ticket: file.ticket }, 204);
});

test('an upload that was given up leaves nothing, and giving it up again is no error', async () => {
  const signer = signerFor();
  const file = await startMultipart(signer, [1]);
  assert.equal((await openUploads(bucket)).length, 1);
  for (let i = 0; i < 2; i++) await call(signer, '/abort', { ticket: file.ticket }, 204);
  assert.equal((await openUploads(bucket)).length, 0);
  for (const path of ['/parts/list', '/complete']) {
    const { code } = await call<{ code: string }>(signer, path, { ticket: file.ticket }, 404);
    assert.equal(code, 'no-such-upload');
  }
});

test('a part with a checksum carries it as a signed header', async () => {
  const signer = signerFor({ checksum: 'sha256' });
  const size = MIN_PART + 10;
  const [file] = (await signer.sign([{ name: 'a.mp4', type: 'video/mp4', size }])) as SignedMultipart[];
  assert.equal(file!.checksum, 'sha256');
  const body = bytesOf(size);
  const slices = [body.subarray(0, MIN_PART), body.subarray(MIN_PART)];
  const parts = slices.map((slice, i) => ({
    number: i + 1,
    size: slice.length,
    checksum: { algorithm: 'sha256', value: createHash('sha256').update(slice).digest('base64') },
  }));
  const bare = await signer.post('/parts', { ticket: file!.ticket, parts: [{ number: 1, size: MIN_PART }] });
  assert.equal((await problemOf(bare)).code, 'bad-checksum');
  const signed = await call<{ parts: { url: string; headers: Record<string, string> }[] }>(signer, '/parts', {
    ticket: file!.ticket,
    parts,
  });
  for (const [i, { url, headers }] of signed.parts.entries()) {
    assert.deepEqual(headers, { 'x-amz-checksum-sha256': parts[i]!.checksum.value });
    assert.match(url, /SignedHeaders=content-length%3Bhost%3Bx-amz-checksum-sha256/);
    if (i === 1) assert.equal((await sendPut(url, slices[i]!)).status, 403, 'without the header');
    const answer = await sendPut(url, slices[i]!, headers);
    assert.equal(answer.status, 200, await answer.text());
  }
  await call(signer, '/complete', { ticket: file!.ticket });
  assert.ok((await stored(file!.key))?.body.equals(body));
});

test('when one upload of a batch cannot be opened, none stays open', async () => {
  const signer = signerFor();
  bucket.proxy.faults = [{ do: 'answer', method: 'POST', path: 'uploads', status: 500, skip: 1, times: 1 }];
  const files = ['1', '2', '3'].map((id) => ({ id, name: 'a.mp4', type: 'video/mp4', size: 2 * MIN_PART }));
  assert.equal((await signer.post('/', { files })).status, 502);
  assert.equal((await openUploads(bucket)).length, 0);
});

test('a multipart ticket signs again the same upload', async () => {
  const signer = signerFor();
  const file = await startMultipart(signer, [1]);
  const again = await call<SignedMultipart>(signer, '/sign-again', { ticket: file.ticket });
  assert.equal(again.key, file.key);
  assert.equal(again.partSize, file.partSize);
  const { parts } = await call<{ parts: object[] }>(signer, '/parts/list', { ticket: again.ticket });
  assert.equal(parts.length, 1);
  await call(signer, '/abort', { ticket: again.ticket }, 204);
});

test('confirm says whether the file is stored, and seals it', async () => {
  const objects: StoredObject[] = [];
  const signer = signerFor({ onUploaded: (object) => objects.push(object) });
  const [file] = (await signer.sign([{ size: 3000 }])) as SignedPost[];
  assert.equal(file!.confirm, true);
  const { code } = await call<{ code: string }>(signer, '/confirm', { ticket: file!.ticket }, 404);
  assert.equal(code, 'not-stored');
  assert.equal(objects.length, 0);
  await sendPost(file!, bytesOf(3000));
  const ticket = { ticket: file!.ticket };
  const [done] = await Promise.all([call<StoredFile>(signer, '/confirm', ticket), call(signer, '/confirm', ticket)]);
  const etag = createHash('md5').update(bytesOf(3000)).digest('hex');
  const location = `${bucket.proxy.url}/${bucket.bucket}/${file!.key}`;
  assert.deepEqual({ ...done, receipt: '' }, { key: file!.key, location, etag, size: 3000, receipt: '' });
  const receipt = verifyReceipt(done.receipt!, SECRET);
  assert.deepEqual(
    { ...receipt, issued: 0 },
    { key: file!.key, size: 3000, type: 'image/jpeg', etag, owner: 'ann', issued: 0 },
  );
  const object = {
    bucket: bucket.bucket,
    key: file!.key,
    location,
    etag,
    size: 3000,
    type: 'image/jpeg',
    owner: 'ann',
  };
  assert.deepEqual(objects, [object], 'told once, though asked twice at a time');
});

test('no confirm is asked for where nobody waits for it', async () => {
  const [file] = (await signerFor().sign([{}])) as SignedPost[];
  assert.equal(file!.confirm, undefined);
  const [sealed] = (await signerFor({ receipts: true }).sign([{}])) as SignedPost[];
  assert.equal(sealed!.confirm, true);
});

test('an application that fails to take note is told again', async () => {
  let calls = 0;
  const signer = signerFor({
    onUploaded: () => {
      if (++calls === 1) throw new Error('the database is away');
    },
  });
  const [file] = (await signer.sign([{ size: 10 }])) as SignedPost[];
  await sendPost(file!, bytesOf(10));
  await call(signer, '/confirm', { ticket: file!.ticket }, 500);
  await call(signer, '/confirm', { ticket: file!.ticket });
  await call(signer, '/confirm', { ticket: file!.ticket });
  assert.equal(calls, 2);
});

test('delete takes away what a ticket has stored, if the signer allows it', async () => {
  const [file] = (await signerFor().sign([{ size: 10 }])) as SignedPost[];
  await sendPost(file!, bytesOf(10));
  const { code } = await call<{ code: string }>(signerFor(), '/delete', { ticket: file!.ticket }, 403);
  assert.equal(code, 'delete-not-allowed');
  assert.ok(await stored(file!.key));
  for (let i = 0; i < 2; i++) await call(signerFor({ allowDelete: true }), '/delete', { ticket: file!.ticket }, 204);
  assert.equal(await stored(file!.key), undefined);
});

test('delete takes away what the application gives leave for, from its visitor alone', async () => {
  const signer = signerFor({ allowDelete: true });
  const [file] = (await signer.sign([{ size: 10 }])) as SignedPost[];
  await sendPost(file!, bytesOf(10));
  const { key } = file!;
  const foreign = deletionTicket({ key, owner: 'somebody else' }, SECRET);
  await call(signer, '/delete', { ticket: foreign }, 403);
  await call(signer, '/delete', { ticket: deletionTicket({ key, owner: 'ann' }, SECRET, 0) }, 403);
  const ticket = deletionTicket({ key, owner: 'ann' }, SECRET);
  for (const path of ['/sign-again', '/confirm', '/complete', '/abort', '/parts/list']) {
    await call(signer, path, { ticket }, 403);
  }
  assert.ok(await stored(key));
  await call(signer, '/delete', { ticket }, 204);
  assert.equal(await stored(key), undefined);
});

test('the form uploads without a script, and comes back', async () => {
  const signer = signerFor({ form: true, limits: { maxFileSize: 5000 } });
  const page = await (await signer.app.request('http://signer.example/form?type=image/png')).text();
  const fields = fieldsOf(page);
  const [, action] = /<form\s+action="([^"]+)"/.exec(page)!;
  assert.match(fields.key!, /^uploads\/ann\/[0-9a-f-]{36}\/\$\{filename\}$/);
  const send = (size: number, change: Record<string, string> = {}): Promise<Response> => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...change })) form.set(name, value);
    form.set('file', new Blob([bytesOf(size) as BlobPart]), 'my cat.png');
    return fetch(action!, { method: 'POST', body: form, redirect: 'manual' });
  };
  assert.equal((await send(5001)).status, 400);
  assert.equal((await send(10, { 'Content-Type': 'text/html' })).status, 403);
  assert.equal((await send(10, { key: 'uploads/bob/${filename}' })).status, 403);
  // A script empties it, and is answered; Ceph's gateway then sends it to nowhere.
  assert.equal((await send(10, { success_action_redirect: '' })).status, bucket.isGateway ? 303 : 204);
  const answer = await send(5000);
  assert.equal(answer.status, 303, await answer.text());
  const back = new URL(answer.headers.get('Location')!);
  assert.equal(back.origin + back.pathname, 'http://signer.example/form/done');
  const key = fields.key!.replace('${filename}', 'my cat.png');
  assert.equal(back.searchParams.get('key'), key);
  assert.equal((await stored(key))?.type, 'image/png');
  const done = await signer.app.request(back.pathname + back.search);
  assert.match(await done.text(), /<bdi>my cat\.png<\/bdi> is stored/);
});
