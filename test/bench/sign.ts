// Signatures per second of one process: `POST /sign` in batches of 100, and the SDK's own function in a bare loop.
//
//   node --import tsx test/bench/sign.ts
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { S3Client } from '@aws-sdk/client-s3';
import { CREDENTIALS, fileOf, signerOf } from '../helpers/signer.ts';

const BATCH = 100;
const BATCHES = 30;
const ROUNDS = 8;

const client = new S3Client({ region: 'us-east-1', credentials: CREDENTIALS });
const signer = signerOf({ client });
const files = Array.from({ length: BATCH }, (_, i) => fileOf({ id: `${i}` }));

const runs: Record<string, () => Promise<void>> = {
  'createPresignedPost, bare': async () => {
    for (let i = 0; i < BATCH; i++) {
      await createPresignedPost(client, {
        Bucket: 'uploads',
        Key: `uploads/ann/${crypto.randomUUID()}.jpg`,
        Expires: 900,
        Fields: {
          'Content-Type': 'image/jpeg',
          'Content-Disposition': "attachment; filename*=UTF-8''cat.jpg",
          'x-amz-meta-name': 'cat.jpg',
          success_action_status: '201',
        },
        Conditions: [['content-length-range', 1000, 1000]],
      });
    }
  },
  'POST /sign, with tickets': async () => {
    await (await signer.post('/', { files })).text();
  },
};

const best: Record<string, number> = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(runs)) {
    const { user, system } = process.cpuUsage();
    for (let i = 0; i < BATCHES; i++) await run();
    const used = process.cpuUsage({ user, system });
    const rate = (BATCH * BATCHES * 1e6) / (used.user + used.system);
    best[name] = Math.max(best[name] ?? 0, rate);
  }
}
for (const [name, rate] of Object.entries(best)) console.log(`${name}: ${Math.round(rate)} a second of CPU time`);
