import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import {
  openTicket,
  sealReceipt,
  sealTicket,
  verifyReceipt,
  type Receipt,
  type Ticket,
} from '../../signer/core/ticket.ts';

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

test('a ticket comes back whole, to its owner', () => {
  assert.deepEqual(openTicket(sealTicket(ticket, [NEW]), 'ann', [NEW]), ticket);
});

test("another owner's, an expired and a foreign ticket are refused alike", () => {
  const sealed = sealTicket(ticket, [NEW]);
  assert.throws(() => openTicket(sealed, 'bob', [NEW]), refused);
  assert.throws(() => openTicket(sealed, '', [NEW]), refused);
  assert.throws(() => openTicket(sealed, 'ann', [OLD]), refused);
  const past = sealTicket({ ...ticket, expires: Math.floor(Date.now() / 1000) }, [NEW]);
  assert.throws(() => openTicket(past, 'ann', [NEW]), refused);
  const endless = sealTicket({ ...ticket, expires: NaN }, [NEW]);
  assert.throws(() => openTicket(endless, 'ann', [NEW]), refused);
});

test('a ticket with any one character changed is refused', () => {
  const sealed = sealTicket(ticket, [NEW]);
  for (let i = 0; i < sealed.length; i++) {
    for (const other of [sealed[i] === 'A' ? 'B' : 'A', '', `${sealed[i]}A`, '.', '=']) {
      const edited = sealed.slice(0, i) + other + sealed.slice(i + 1);
      if (edited !== sealed) assert.throws(() => openTicket(edited, 'ann', [NEW]), refused, `at ${i}: ${other}`);
    }
  }
});

test('what is no ticket is refused: another payload, no MAC, none at all, a token of another kind', () => {
  const sealed = sealTicket(ticket, [NEW]);
  const [kind, payload, mac] = sealed.split('.');
  const other = Buffer.from(JSON.stringify({ ...ticket, owner: 'bob' })).toString('base64url');
  const jwt = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  const forged = [`${kind}.${other}.${mac}`, `${kind}.${payload}.`, `${kind}.${payload}`, '', '..', 't1..', jwt];
  for (const each of forged) assert.throws(() => openTicket(each, 'ann', [NEW]), refused, each);
  assert.throws(() => openTicket(sealReceipt(receipt, [NEW]), 'ann', [NEW]), refused);
  assert.throws(() => openTicket(sealed.replace('t1', 'r1'), 'ann', [NEW]), refused);
});

test('while a secret is rotated, seals of both are good, and the new one makes them', () => {
  const before = sealTicket(ticket, [OLD]);
  assert.deepEqual(openTicket(before, 'ann', [NEW, OLD]), ticket);
  const during = sealTicket(ticket, [NEW, OLD]);
  assert.deepEqual(openTicket(during, 'ann', [NEW]), ticket);
  assert.throws(() => openTicket(before, 'ann', [NEW]), refused);
});

test('an application verifies a receipt with the shared secret', () => {
  const sealed = sealReceipt(receipt, [NEW]);
  assert.deepEqual(verifyReceipt(sealed, NEW), receipt);
  assert.deepEqual(verifyReceipt(sealed, `${OLD},${NEW}`), receipt);
  assert.equal(verifyReceipt(sealed, OLD), null);
  assert.equal(verifyReceipt(`${sealed}A`, NEW), null);
  assert.equal(verifyReceipt(sealTicket(ticket, [NEW]), NEW), null, 'a ticket is no receipt');
  assert.throws(() => verifyReceipt(sealed, 'short'), /at least 16 characters/);
});

test('a receipt can be verified by any language that has HMAC-SHA-256', () => {
  const [kind, payload, mac] = sealReceipt(receipt, [NEW]).split('.');
  assert.equal(mac, createHmac('sha256', NEW).update(`${kind}.${payload}`).digest('base64url'));
  assert.deepEqual(JSON.parse(Buffer.from(payload!, 'base64url').toString()), receipt);
});
