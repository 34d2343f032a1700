import assert from 'node:assert/strict';
import { createHmac, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { createTicketOpeners } from '../../signer/core/check-ticket.ts';
import type { ProblemError } from '../../signer/core/problem.ts';
import { sealReceipt, verifyReceipt, type Receipt } from '../../signer/core/receipt.ts';
import { sealTicket, type Ticket } from '../../signer/core/tickets.ts';

const OLD = 'the-old-secret-of-this-signer-0123456789';
const NEW = 'the-new-secret-of-this-signer-0123456789';

const now = Math.floor(Date.now() / 1000);

const ticket: Ticket = {
  id: '1',
  method: 'MULTIPART',
  owner: 'ann',
  key: 'uploads/ann/x.mp4',
  size: 20_000_000,
  type: 'video/mp4',
  headers: {},
  uploadId: 'u-1',
  partSize: 8_388_608,
  bucket: 'uploads',
  audience: 'uploads/',
  issued: now,
  expires: now + 60,
};

const receipt: Receipt = {
  ...{ key: 'k', size: 1, type: 'text/plain', etag: 'e', owner: 'ann' },
  ...{ bucket: 'uploads', audience: 'uploads/', issued: now },
};

const refused = { status: 403, code: 'ticket-refused' };

const limits = { types: ['video/*'], minFileSize: 0, maxFileSize: 1e9 };

/** Opens a ticket as a call of this owner does. */
const open = (sealed: string, owner: string, secrets: readonly string[]): Ticket =>
  createTicketOpeners({
    secrets,
    bucket: 'uploads',
    audience: 'uploads/',
    prefix: 'uploads/',
    method: 'post',
    quarantine: undefined,
  }).openTicketToUse(sealed, { owner, folder: 'uploads/ann/', limits });

test('a ticket is opened unchanged for its owner', () => {
  assert.deepEqual(open(sealTicket(ticket, [NEW]), 'ann', [NEW]), ticket);
});

test('a ticket of another owner, of another signer, or that has expired gets the same refusal', () => {
  const sealed = sealTicket(ticket, [NEW]);
  const messages = [
    [sealed, 'bob', NEW],
    [sealed, '', NEW],
    [sealed, 'ann', OLD],
    [sealTicket({ ...ticket, expires: now }, [NEW]), 'ann', NEW],
    [sealTicket({ ...ticket, expires: NaN }, [NEW]), 'ann', NEW],
    [sealTicket({ ...ticket, issued: undefined as never }, [NEW]), 'ann', NEW],
  ].map(([text, owner, secret]) => {
    let message = '';
    assert.throws(
      () => open(text!, owner!, [secret!]),
      (error: ProblemError) => ((message = error.message), error.status === 403 && error.code === 'ticket-refused'),
    );
    return message;
  });
  assert.equal(new Set(messages).size, 1);
});

test('a ticket is refused if any single character is changed', () => {
  const sealed = sealTicket(ticket, [NEW]);
  for (let i = 0; i < sealed.length; i++) {
    for (const other of [sealed[i] === 'A' ? 'B' : 'A', '', `${sealed[i]}A`, '.', '=']) {
      const edited = sealed.slice(0, i) + other + sealed.slice(i + 1);
      if (edited !== sealed) assert.throws(() => open(edited, 'ann', [NEW]), refused, `at ${i}: ${other}`);
    }
  }
});

test('a token with another payload, without a MAC, or of another kind is refused as a ticket', () => {
  const sealed = sealTicket(ticket, [NEW]);
  const [kind, payload, mac] = sealed.split('.');
  const other = Buffer.from(JSON.stringify({ ...ticket, owner: 'bob' })).toString('base64url');
  const jwt = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  const forged = [`${kind}.${other}.${mac}`, `${kind}.${payload}.`, `${kind}.${payload}`, '', '..', 't1..', jwt];
  for (const each of forged) assert.throws(() => open(each, 'ann', [NEW]), refused, each);
  assert.throws(() => open(sealReceipt(receipt, [NEW]), 'ann', [NEW]), refused);
  assert.throws(() => open(sealed.replace('t1', 'r1'), 'ann', [NEW]), refused);
});

test('during a rotation, tickets of both secrets are accepted, and the new secret seals them', () => {
  const before = sealTicket(ticket, [OLD]);
  assert.deepEqual(open(before, 'ann', [NEW, OLD]), ticket);
  const during = sealTicket(ticket, [NEW, OLD]);
  assert.deepEqual(open(during, 'ann', [NEW]), ticket);
  assert.throws(() => open(before, 'ann', [NEW]), refused);
});

test('verifyReceipt accepts only receipts that one of the secrets has sealed', () => {
  const sealed = sealReceipt(receipt, [NEW]);
  assert.deepEqual(verifyReceipt(sealed, NEW), receipt);
  assert.deepEqual(verifyReceipt(sealed, `${OLD},${NEW}`), receipt);
  assert.equal(verifyReceipt(sealed, OLD), null);
  assert.equal(verifyReceipt(`${sealed}A`, NEW), null);
  assert.equal(verifyReceipt(sealTicket(ticket, [NEW]), NEW), null, 'a ticket is not a receipt');
  assert.throws(() => verifyReceipt(sealed, 'short'), /at least 32 characters, of which at least 10 differ/);
  assert.throws(() => verifyReceipt(sealed, 'a'.repeat(64)), /at least 32 characters, of which at least 10 differ/);
});

test('a receipt is plain JSON in base64url with an HMAC-SHA-256 of a derived key, so any language can verify it', () => {
  const [kind, payload, mac] = sealReceipt(receipt, [NEW]).split('.');
  const key = Buffer.from(hkdfSync('sha256', NEW, '', 's3-uploader-signer r1', 32));
  assert.equal(kind, 'r1');
  assert.equal(mac, createHmac('sha256', key).update(`${kind}.${payload}`).digest('base64url'));
  assert.deepEqual(JSON.parse(Buffer.from(payload!, 'base64url').toString()), receipt);
});
