import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { S3Client } from '@aws-sdk/client-s3';
import { plan } from '../../signer/core/policy.ts';
import { openStorage } from '../../signer/core/storage.ts';
import { MiB } from '../fixtures/files.ts';
import { CREDENTIALS, fileOf, signerOf } from '../fixtures/signer.ts';

/** Files of one `POST /sign`: the most that the signer accepts. */
const BATCH_FILES = 100;

const client = new S3Client({ region: 'us-east-1', credentials: CREDENTIALS });
const signer = signerOf({ client });
const storage = openStorage(client, 'uploads', 900);
const rules = {
  types: ['image/*'],
  maxFileSize: 1e9,
  minFileSize: 0,
  multipartFrom: 1e9,
  partSize: 8 * MiB,
  method: 'POST' as const,
  folder: 'uploads/ann/',
};
const files = Array.from({ length: BATCH_FILES }, (_, i) => fileOf({ id: `${i}` }));

/** Three ways to make the same 100 signatures. */
const RUNS = {
  bare: async () => {
    for (let i = 0; i < BATCH_FILES; i++) {
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
  granted: async () => {
    for (const file of files) {
      const upload = plan(file, {}, rules);
      if ('error' in upload) throw new Error(upload.error.message);
      await storage.signPost(upload);
    }
  },
  called: async () => {
    await (await signer.post('/', { files })).text();
  },
};

/** Signatures per second of CPU time. */
export type Rates = Record<keyof typeof RUNS, number>;

/**
 * Measures the SDK's own function in a loop (`bare`), the signer's grants (`granted`: plan, key, policy, signature), and
 * `POST /sign` as a whole (`called`: JSON, schema, grants, tickets, response). Each rate is the median of its rounds. The
 * three take turns, so that other load on the machine affects all of them.
 *
 * @param batches of 100 signatures in each round
 */
export async function measure({ rounds, batches }: { rounds: number; batches: number }): Promise<Rates> {
  const rates: Record<keyof Rates, number[]> = { bare: [], granted: [], called: [] };
  const names = Object.keys(RUNS) as (keyof Rates)[];
  // the first round warms up the compiler and does not count
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const { user, system } = process.cpuUsage();
      for (let i = 0; i < batches; i++) await RUNS[name]();
      const used = process.cpuUsage({ user, system });
      if (round > 0) rates[name].push((BATCH_FILES * batches * 1e6) / (used.user + used.system));
    }
  }
  return { bare: median(rates.bare), granted: median(rates.granted), called: median(rates.called) };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
