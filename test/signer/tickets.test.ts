import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { sealReceipt, verifyReceipt, type Receipt } from '../../signer/core/receipt.ts';
import { openTicket, sealTicket, type Ticket } from '../../signer/core/tickets.ts';

const OLD = 'the-old-secret-of-this-signer';
const NEW = 'the-new-secret-of-this-signer';

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
  expires: Math.floor(Date.now() / 1000) + 60,
};

const receipt: Receipt = { key: 'k', size: 1, type: 'text/plain', etag: 'e', owner: 'ann', issued: 1 };

const refused = { status: 403, code: 'ticket-refused' };

test('a ticket is opened unchanged for its owner', () => {
  assert.deepEqual(openTicket(sealTicket(ticket, [NEW]), 'ann', [NEW]), ticket);
});

test('a ticket of another owner, of another signer, or that has expired gets the same refusal', () => {
  const sealed = sealTicket(ticket, [NEW]);
  assert.throws(() => openTicket(sealed, 'bob', [NEW]), refused);
  assert.throws(() => openTicket(sealed, '', [NEW]), refused);
  assert.throws(() => openTicket(sealed, 'ann', [OLD]), refused);
  const expired = sealTicket({ ...ticket, expires: Math.floor(Date.now() / 1000) }, [NEW]);
  assert.throws(() => openTicket(expired, 'ann', [NEW]), refused);
  const withoutExpiry = sealTicket({ ...ticket, expires: NaN }, [NEW]);
  assert.throws(() => openTicket(withoutExpiry, 'ann', [NEW]), refused);
});

test('a ticket is refused if any single character is changed', () => {
  const sealed = sealTicket(ticket, [NEW]);
  for (let i = 0; i < sealed.length; i++) {
    for (const other of [sealed[i] === 'A' ? 'B' : 'A', '', `${sealed[i]}A`, '.', '=']) {
      const edited = sealed.slice(0, i) + other + sealed.slice(i + 1);
      if (edited !== sealed) assert.throws(() => openTicket(edited, 'ann', [NEW]), refused, `at ${i}: ${other}`);
    }
  }
});

test('a token with another payload, without a MAC, or of another kind is refused as a ticket', () => {
  const sealed = sealTicket(ticket, [NEW]);
  const [kind, payload, mac] = sealed.split('.');
  const other = Buffer.from(JSON.stringify({ ...ticket, owner: 'bob' })).toString('base64url');
  const jwt = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  const forged = [`${kind}.${other}.${mac}`, `${kind}.${payload}.`, `${kind}.${payload}`, '', '..', 't1..', jwt];
  for (const each of forged) assert.throws(() => openTicket(each, 'ann', [NEW]), refused, each);
  assert.throws(() => openTicket(sealReceipt(receipt, [NEW]), 'ann', [NEW]), refused);
  assert.throws(() => openTicket(sealed.replace('t1', 'r1'), 'ann', [NEW]), refused);
});

test('during a rotation, tickets of both secrets are accepted, and the new secret seals them', () => {
  const before = sealTicket(ticket, [OLD]);
  assert.deepEqual(openTicket(before, 'ann', [NEW, OLD]), ticket);
  const during = sealTicket(ticket, [NEW, OLD]);
  assert.deepEqual(openTicket(during, 'ann', [NEW]), ticket);
  assert.throws(() => openTicket(before, 'ann', [NEW]), refused);
});

test('verifyReceipt accepts only receipts that one of the secrets has sealed', () => {
  const sealed = sealReceipt(receipt, [NEW]);
  assert.deepEqual(verifyReceipt(sealed, NEW), receipt);
  assert.deepEqual(verifyReceipt(sealed, `${OLD},${NEW}`), receipt);
  assert.equal(verifyReceipt(sealed, OLD), null);
  assert.equal(verifyReceipt(`${sealed}A`, NEW), null);
  assert.equal(verifyReceipt(sealTicket(ticket, [NEW]), NEW), null, 'a ticket is not a receipt');
  assert.throws(() => verifyReceipt(sealed, 'short'), /at least 16 characters/);
});

test('a receipt is plain JSON in base64url with an HMAC-SHA-256, so any language can verify it', () => {
  const [kind, payload, mac] = sealReceipt(receipt, [NEW]).split('.');
  assert.equal(mac, createHmac('sha256', NEW).update(`${kind}.${payload}`).digest('base64url'));
  assert.deepEqual(JSON.parse(Buffer.from(payload!, 'base64url').toString()), receipt);
});
