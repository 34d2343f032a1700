// What a ticket, a deletion ticket and a receipt are valid for, and what makes them invalid.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { MIN_PART_BYTES } from '../../../signer/core/multipart.ts';
import type { SignerOptions } from '../../../signer/core/options.ts';
import type { Principal } from '../../../signer/core/principal.ts';
import { verifyReceipt, type Receipt } from '../../../signer/core/receipt.ts';
import { openToken, sealToken, createSecretDigits } from '../../../signer/core/sealed-token.ts';
import { deletionTicket, sealTicket, type Ticket } from '../../../signer/core/tickets.ts';
import type {
  CompleteManyAnswer,
  SignedFile,
  SignedMultipart,
  SignedPost,
  SignedPut,
  StoredFile,
} from '../../../widget/core/protocol.ts';
import { problemOf, SECRET, signerOf, type TestSigner } from '../../fixtures/signer.ts';
import { openBucket, type TestBucket } from '../bucket.ts';
import { bytesOf, call, startMultipart } from '../multipart.ts';

const OTHER_SECRET = 'the-secret-of-the-applications-0123456789';

/** All calls with a ticket. */
const CALLS = ['/sign-again', '/parts', '/parts/list', '/complete', '/abort', '/confirm', '/delete'] as const;

let bucket: TestBucket;
let otherBucket: TestBucket;
before(async () => {
  bucket = await openBucket();
  otherBucket = await openBucket();
});
after(async () => {
  await bucket.close();
  await otherBucket.close();
});

/** A signer of the bucket that may delete, with parts of the smallest size. */
const bucketSigner = (options: Partial<SignerOptions> = {}, { client, name } = bucket): TestSigner =>
  signerOf({
    ...{ client, bucket: name, allowDelete: true, receipts: true },
    ...{ multipartFrom: MIN_PART_BYTES + 1, partSize: MIN_PART_BYTES },
    ...options,
  });

/** A signer whose `authorize` returns what the object says at the time of the request. */
const signerFor = (principal: { now: Principal }): TestSigner => bucketSigner({ authorize: () => principal.now });

/** Signs and stores a picture of 1,000 bytes. */
async function storePicture(signer: TestSigner): Promise<SignedPost> {
  const [file] = (await signer.sign([{}])) as [SignedPost];
  const form = new FormData();
  for (const [name, value] of Object.entries(file.fields)) form.set(name, value);
  form.set('file', new Blob([bytesOf(1000) as BlobPart]), 'x');
  assert.equal((await fetch(file.url, { method: 'POST', body: form })).status, 201);
  return file;
}

const isStored = async (key: string): Promise<boolean> =>
  bucket.directClient.send(new HeadObjectCommand({ Bucket: bucket.name, Key: key })).then(
    () => true,
    () => false,
  );

/** The body of a call with a ticket. */
const bodyOf = (path: (typeof CALLS)[number], ticket: string): object => ({
  ticket,
  ...(path === '/parts' && { parts: [{ number: 1, size: MIN_PART_BYTES }] }),
});

/** Checks that the calls refuse a ticket, and that the storage gets no request. */
async function assertRefused(signer: TestSigner, ticket: string, paths: readonly (typeof CALLS)[number][] = CALLS) {
  const requests = signer.calls.length;
  for (const path of paths) {
    const response = await signer.post(path, bodyOf(path, ticket));
    assert.deepEqual([response.status, (await problemOf(response)).code], [403, 'ticket-refused'], path);
  }
  if (paths.includes('/complete')) {
    const response = await signer.post('/complete', { tickets: [ticket] });
    const { files } = (await response.json()) as CompleteManyAnswer;
    assert.deepEqual(
      files.map((file) => 'error' in file && file.error.code),
      ['ticket-refused'],
      'among several',
    );
  }
  assert.equal(signer.calls.length, requests);
}

const payloadOf = <T>(token: string): T => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as T;

describe('A ticket', () => {
  test('is refused by the signer of another bucket that has the same secret', async () => {
    const other = bucketSigner({}, otherBucket);
    await assertRefused(bucketSigner(), (await storePicture(other)).ticket!);
    const upload = await startMultipart(other, [1]);
    await assertRefused(bucketSigner(), upload.ticket);
    await call(other, '/abort', { ticket: upload.ticket }, 204);
  });

  test('is refused by a signer of another folder of the bucket that has the same secret', async () => {
    const documents = bucketSigner({ prefix: 'documents' });
    await assertRefused(bucketSigner({ prefix: 'avatars' }), (await storePicture(documents)).ticket!);
  });

  test('is refused by a signer of the same folder that has another audience', async () => {
    const file = await storePicture(bucketSigner({ audience: 'invoices' }));
    await assertRefused(bucketSigner({ audience: 'photos' }), file.ticket!);
    await assertRefused(bucketSigner(), file.ticket!);
    await call(bucketSigner({ audience: 'invoices' }), '/confirm', { ticket: file.ticket });
  });

  test('names its bucket, its signer, and when it was issued', async () => {
    const from = Math.floor(Date.now() / 1000);
    const [file] = (await bucketSigner().sign([{}])) as [SignedPost];
    const { bucket: name, audience, issued } = payloadOf<Ticket>(file.ticket!);
    assert.deepEqual([name, audience], [bucket.name, 'uploads/']);
    assert.ok(issued >= from && issued <= Date.now() / 1000);
  });

  for (const [change, later] of Object.entries<Principal>({
    'the caller gets another folder': { owner: 'ann', prefix: 'tenants/8' },
    'the caller’s folder becomes one above it': { owner: 'ann', prefix: 'tenants' },
    'the caller’s folder becomes one below it': { owner: 'ann', prefix: 'tenants/7/a' },
    'the maximum size becomes smaller': { owner: 'ann', prefix: 'tenants/7', limits: { maxFileSize: 999 } },
    'the minimum size becomes larger': { owner: 'ann', prefix: 'tenants/7', limits: { minFileSize: 100_000_000 } },
    'its type is no longer allowed': { owner: 'ann', prefix: 'tenants/7', limits: { types: ['application/pdf'] } },
    'the caller has another id': { owner: 'bob', prefix: 'tenants/7' },
    'the tickets of the caller are revoked': {
      ...{ owner: 'ann', prefix: 'tenants/7' },
      notBefore: Math.floor(Date.now() / 1000) + 600,
    },
  })) {
    test(`is refused after ${change}`, async () => {
      const principal: { now: Principal } = { now: { owner: 'ann', prefix: 'tenants/7' } };
      const signer = signerFor(principal);
      const file = await storePicture(signer);
      const upload = await startMultipart(signer, [1, 2, 3]);
      const before = principal.now;
      principal.now = later;
      const mayAbort = later.limits !== undefined;
      const paths = mayAbort ? CALLS.filter((path) => path !== '/abort') : CALLS;
      await assertRefused(signer, file.ticket!, paths);
      await assertRefused(signer, upload.ticket, paths);
      assert.ok(await isStored(file.key));
      if (mayAbort) {
        await call(signer, '/abort', { ticket: upload.ticket }, 204);
      } else {
        principal.now = before;
        await call(signer, '/complete', { ticket: upload.ticket });
      }
      principal.now = before;
      await call(signer, '/confirm', { ticket: file.ticket });
    });
  }

  test('is compared with notBefore to the millisecond', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_200 });
    const principal: { now: Principal } = { now: { owner: 'ann' } };
    const signer = signerFor(principal);
    const [file] = (await signer.sign([{}])) as [SignedPost];
    principal.now = { owner: 'ann', notBefore: 1_800_000_000.9 };
    await call(signer, '/sign-again', { ticket: file.ticket }, 403);
    principal.now = { owner: 'ann', notBefore: 1_800_000_000.1 };
    await call(signer, '/sign-again', { ticket: file.ticket });
  });

  test('is accepted if it was issued at notBefore or later', async () => {
    const principal: { now: Principal } = { now: { owner: 'ann' } };
    const signer = signerFor(principal);
    const [file] = (await signer.sign([{}])) as [SignedPost];
    const { issued } = payloadOf<Ticket>(file.ticket!);
    principal.now = { owner: 'ann', notBefore: issued };
    const again = await call<SignedPost>(signer, '/sign-again', { ticket: file.ticket });
    assert.equal(payloadOf<Ticket>(again.ticket!).issued, issued, 'signing again does not renew it');
    principal.now = { owner: 'ann', notBefore: issued + 1 };
    await assertRefused(signer, file.ticket!);
    await assertRefused(signer, again.ticket!);
  });

  test('for a PUT is not signed again by a signer that signs only POST', async () => {
    const [file] = (await bucketSigner({ method: 'put' }).sign([{}])) as [SignedPut];
    await assertRefused(bucketSigner({ method: 'post' }), file.ticket!, ['/sign-again']);
    assert.equal(
      (await call<SignedPut>(bucketSigner({ method: 'put' }), '/sign-again', { ticket: file.ticket })).method,
      'PUT',
    );
  });
});

describe('Each kind of token', () => {
  const purposes = ['t1', 'd1', 'r1'] as const;

  test('has a key of its own, which is not the secret', () => {
    const macs = purposes.map((kind) => sealToken(kind, {}, [SECRET]).split('.')[2]);
    assert.equal(new Set(macs).size, purposes.length);
    for (const kind of purposes) {
      const [, payload, mac] = sealToken(kind, {}, [SECRET]).split('.');
      const withSecret = createHmac('sha256', SECRET).update(`${kind}.${payload}`).digest('base64url');
      assert.notEqual(mac, withSecret);
      for (const other of purposes.filter((each) => each !== kind)) {
        assert.equal(openToken(other, `${other}.${payload}.${mac}`, [SECRET]), undefined);
      }
    }
  });

  test('has another key than the tag of a visitor and the keys of repeated requests', () => {
    const digits = (['nonce', 'visitor'] as const).map((purpose) => createSecretDigits(purpose, [SECRET])('t1.e30'));
    const [, , mac] = sealToken('t1', {}, [SECRET]).split('.');
    const withSecret = createHmac('sha256', SECRET).update('t1.e30').digest('hex');
    assert.equal(new Set([...digits, withSecret, Buffer.from(mac!, 'base64url').toString('hex')]).size, 4);
  });

  test('is refused if its MAC uses the secret itself as key, or if its version differs', async () => {
    const signer = bucketSigner();
    const { ticket } = await storePicture(signer);
    const [, payload] = ticket!.split('.');
    const text = `t1.${payload}`;
    await assertRefused(signer, `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`);
    await assertRefused(signer, sealToken('t2', payloadOf<Ticket>(ticket!), [SECRET]));
  });
});

describe('A deletion ticket', () => {
  const signer = () => bucketSigner();

  test('is refused for a key outside of the signer’s folder', async () => {
    const { key } = await storePicture(bucketSigner({ prefix: 'documents' }));
    for (const each of [key, 'uploads', 'uploads-of-others/x.jpg', 'x.jpg', '']) {
      await assertRefused(signer(), deletionTicket({ key: each, owner: 'ann' }, SECRET), ['/delete']);
    }
    assert.ok(await isStored(key));
  });

  test('is refused for another bucket, and accepted for its own or without one', async () => {
    const file = await storePicture(signer());
    const of = (name?: string) => deletionTicket({ key: file.key, owner: 'ann', bucket: name }, SECRET);
    await assertRefused(signer(), of(otherBucket.name), ['/delete']);
    assert.ok(await isStored(file.key));
    await call(signer(), '/delete', { ticket: of(bucket.name) }, 204);
    assert.ok(!(await isStored(file.key)));
    await call(signer(), '/delete', { ticket: of() }, 204);
  });

  test('is refused after the tickets of its owner are revoked', async () => {
    const file = await storePicture(signer());
    const notBefore = Math.floor(Date.now() / 1000) + 600;
    const revoked = bucketSigner({ authorize: () => ({ owner: 'ann', notBefore }) });
    await assertRefused(revoked, deletionTicket({ key: file.key, owner: 'ann' }, SECRET), ['/delete']);
    assert.ok(await isStored(file.key));
  });

  test('is refused by every other call', async () => {
    const { key } = await storePicture(signer());
    const others = CALLS.filter((path) => path !== '/delete');
    await assertRefused(signer(), deletionTicket({ key, owner: 'ann' }, SECRET), others);
  });
});

describe('A receipt', () => {
  /** The receipt of a stored picture. */
  const receiptOf = async (options: Partial<SignerOptions> = {}): Promise<string> => {
    const signer = bucketSigner(options);
    const { ticket } = await storePicture(signer);
    return (await call<StoredFile>(signer, '/confirm', { ticket })).receipt!;
  };

  test('names its bucket and its signer, and is accepted only for them if the application names them', async () => {
    const receipt = await receiptOf({ audience: 'photos' });
    const { bucket: name, audience } = verifyReceipt(receipt, SECRET)!;
    assert.deepEqual([name, audience], [bucket.name, 'photos']);
    assert.ok(verifyReceipt(receipt, SECRET, { bucket: bucket.name, audience: 'photos' }));
    assert.equal(verifyReceipt(receipt, SECRET, { bucket: otherBucket.name }), null);
    assert.equal(verifyReceipt(receipt, SECRET, { audience: 'uploads/' }), null);
  });

  test('of a multipart upload names its bucket and its signer', async () => {
    const signer = bucketSigner();
    const { ticket } = await startMultipart(signer);
    const { receipt } = await call<StoredFile>(signer, '/complete', { ticket });
    assert.ok(verifyReceipt(receipt!, SECRET, { bucket: bucket.name, audience: 'uploads/' }));
  });

  test('is refused after seven days, or after the age that the application names', () => {
    const sealed = (age: number): string => {
      const issued = Math.floor(Date.now() / 1000) - age;
      const receipt: Receipt = {
        key: 'k',
        size: 1,
        type: 'image/png',
        etag: '',
        owner: '',
        bucket: 'b',
        audience: '',
        issued,
      };
      return sealToken('r1', receipt, [SECRET]);
    };
    const week = 7 * 86_400;
    assert.ok(verifyReceipt(sealed(week - 60), SECRET));
    assert.equal(verifyReceipt(sealed(week + 60), SECRET), null);
    assert.ok(verifyReceipt(sealed(week + 60), SECRET, { maxAge: 2 * week }));
    assert.equal(verifyReceipt(sealed(120), SECRET, { maxAge: 60 }), null);
    assert.equal(verifyReceipt(sealed(NaN), SECRET), null);
  });

  test('can be verified with a secret that opens and makes no ticket', async () => {
    const receipt = await receiptOf({ receiptSecret: OTHER_SECRET });
    assert.ok(verifyReceipt(receipt, OTHER_SECRET));
    assert.equal(verifyReceipt(receipt, SECRET), null);
    const signer = bucketSigner({ receiptSecret: OTHER_SECRET });
    const file = await storePicture(signer);
    const forged = payloadOf<Ticket>(file.ticket!);
    await assertRefused(signer, sealTicket({ ...forged, key: 'uploads/ann/another.jpg' }, [OTHER_SECRET]));
    await assertRefused(signer, deletionTicket({ key: file.key, owner: 'ann' }, OTHER_SECRET), ['/delete']);
  });

  test('is sealed with the first of two secrets during a rotation', async () => {
    const receipt = await receiptOf({ receiptSecret: `${OTHER_SECRET}-new, ${OTHER_SECRET}` });
    assert.ok(verifyReceipt(receipt, `${OTHER_SECRET}-new`));
    assert.equal(verifyReceipt(receipt, OTHER_SECRET), null);
  });

  test('cannot have the secret of the tickets', () => {
    for (const receiptSecret of [SECRET, `${OTHER_SECRET},${SECRET}`]) {
      assert.throws(() => bucketSigner({ receiptSecret }), /receiptSecret must differ from the signer’s own secret/);
    }
    for (const receiptSecret of ['', [], 'short', 'a'.repeat(64)]) {
      assert.throws(() => bucketSigner({ receiptSecret }), /^TypeError: receiptSecret (is missing|must have)/);
    }
  });
});

describe('The tag of a visitor', () => {
  const visitorOf = async (owner: string, options: Partial<SignerOptions> = {}): Promise<string | undefined> => {
    const [file] = (await signerOf({ authorize: () => ({ owner }), ...options }).sign([{}])) as [SignedPost];
    return file.visitor;
  };

  test('is the same for all files of one visitor, and another for each visitor', async () => {
    const [one, two] = (await signerOf().sign([{}, {}])) as [SignedPost, SignedPost];
    assert.match(one.visitor!, /^[0-9a-f]{32}$/);
    assert.equal(two.visitor, one.visitor);
    const owners = ['ann', 'bob', 'Ann', 'ann ', '\ud800', '\ud801', '\ufffd'];
    const tags = await Promise.all(owners.map((owner) => visitorOf(owner)));
    assert.equal(tags[0], one.visitor);
    assert.equal(new Set(tags).size, owners.length);
  });

  test('is also part of a multipart upload and of a file that is signed again', async () => {
    const signer = bucketSigner();
    const [small] = (await signer.sign([{}])) as [SignedPost];
    const large = await startMultipart(signer, [1]);
    assert.equal((large as SignedMultipart).visitor, small.visitor);
    const again = await call<SignedFile & { visitor?: string }>(signer, '/sign-again', { ticket: small.ticket });
    assert.equal(again.visitor, small.visitor);
    await call(signer, '/abort', { ticket: large.ticket }, 204);
  });

  test('is absent for callers without an id', async () => {
    assert.equal(await visitorOf(''), undefined);
  });

  test('stays the same while a secret is rotated', async () => {
    assert.equal(await visitorOf('ann', { secret: `${OTHER_SECRET},${SECRET}` }), await visitorOf('ann'));
  });

  test('cannot be computed without the secret', async () => {
    assert.notEqual(await visitorOf('ann', { secret: OTHER_SECRET }), await visitorOf('ann'));
  });
});

describe('An owner', () => {
  test('whose id is half of a surrogate pair has a folder of its own', async () => {
    const keys = await Promise.all(
      ['\ud800', '\ud801', '\udfff', '\ufffd'].map(async (owner) => {
        const [file] = (await signerOf({ authorize: () => ({ owner }) }).sign([{}])) as [SignedPost];
        return file.key.split('/')[1];
      }),
    );
    assert.equal(new Set(keys).size, keys.length, keys.join(' '));
  });
});
