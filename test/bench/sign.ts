// Signatures per second of one core, beside the SDK's own function in a bare loop.
//
//   node --import tsx test/bench/sign.ts
import { measure } from './sign-rates.ts';

const { bare, granted, called } = await measure({ rounds: 9, batches: 30 });
for (const [name, rate] of Object.entries({
  'createPresignedPost, bare': bare,
  'the signer, a grant each': granted,
  'POST /sign, in batches, with tickets': called,
})) {
  console.log(`${name}: ${Math.round(rate)} a second of CPU time, ${(rate / bare).toFixed(2)} × bare`);
}
