import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from '../bench/sign-rates.ts';

test('signing a file takes at most 1.1 times the CPU time of createPresignedPost in a loop', async (t) => {
  const { bare, granted, called } = await measure({ rounds: 15, batches: 5 });
  const times = (rate: number) => `${Math.round(rate)} a second, ${(rate / bare).toFixed(2)} × bare`;
  t.diagnostic(`granted: ${times(granted)}; the whole call, with a ticket each: ${times(called)}`);
  assert.ok(granted >= 0.9 * bare, times(granted));
});
