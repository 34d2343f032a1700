// Signatures per second of one core: the SDK's own function in a bare loop, the signer's grants (plan, key, policy,
// signature), and the whole of `POST /sign` in batches of 100 (JSON, schema, grants, tickets, answer).
//
//   node --import tsx test/bench/sign.ts
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { S3Client } from '@aws-sdk/client-s3';
import { plan } from '../../signer/policy.ts';
import { openStorage } from '../../signer/storage.ts';
import { CREDENTIALS, fileOf, signerOf } from '../helpers/signer.ts';

const BATCH = 100;
const BATCHES = 30;
const ROUNDS = 8;

const client = new S3Client({ region: 'us-east-1', credentials: CREDENTIALS });
const signer = signerOf({ client });
const storage = openStorage(client, 'uploads', 900);
const rules = {
  types: ['image/*'],
  maxFileSize: 1e9,
  minFileSize: 0,
  multipartFrom: 1e9,
  partSize: 8 * 2 ** 20,
  method: 'POST' as const,
  folder: 'uploads/ann/',
};
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
  'the signer, a grant each': async () => {
    for (const file of files) {
      const granted = plan(file, {}, rules);
      if ('error' in granted) throw new Error(granted.error.message);
      await storage.signPost(granted);
    }
  },
  'POST /sign, in batches, with tickets': async () => {
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
const [bare] = Object.values(best);
for (const [name, rate] of Object.entries(best)) {
  console.log(`${name}: ${Math.round(rate)} a second of CPU time, ${(rate / bare!).toFixed(2)} × bare`);
}
