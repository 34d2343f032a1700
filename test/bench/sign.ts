// Signatures per second of one core: of the signer, compared with the AWS SDK's own function in a loop.
//
//   node --import tsx test/bench/sign.ts
import { measure } from './sign-rates.ts';

const { bare, granted, called } = await measure({ rounds: 9, batches: 30 });
for (const [name, rate] of Object.entries({
  'createPresignedPost alone': bare,
  'grants of the signer': granted,
  'POST /sign with batches of files and tickets': called,
})) {
  console.log(`${name}: ${Math.round(rate)} a second of CPU time, ${(rate / bare).toFixed(2)} × createPresignedPost`);
}
