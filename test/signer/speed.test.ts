import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { measure, type Rates } from '../bench/sign-rates.ts';

let rates: Rates;
before(async () => {
  rates = await measure({ rounds: 15, batches: 5 });
});

const times = (rate: number, bare: number): string =>
  `${Math.round(rate)} a second, ${(rate / bare).toFixed(2)} × bare`;

test('signing a file takes at most 1.1 times the CPU time of createPresignedPost in a loop', () => {
  assert.ok(rates.granted >= 0.9 * rates.bare, times(rates.granted, rates.bare));
});

test('the whole call, with a ticket for each file, takes at most twice the CPU time', (t) => {
  t.diagnostic(times(rates.called, rates.bare));
  assert.ok(rates.called >= 0.5 * rates.bare, times(rates.called, rates.bare));
});

test('signing a part takes at most a third of the CPU time of getSignedUrl in a loop', (t) => {
  t.diagnostic(times(rates.parts, rates.bareParts));
  assert.ok(rates.parts >= 3 * rates.bareParts, times(rates.parts, rates.bareParts));
});
