import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { plan } from '../../signer/core/policy.ts';
import { openStorage } from '../../signer/core/storage.ts';
import { MiB } from '../fixtures/files.ts';
import type { Ticket } from '../../signer/core/tickets.ts';
import { CREDENTIALS, fileOf, signerOf } from '../fixtures/signer.ts';
import { spreadOf } from './statistics.ts';

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

const upload = { key: 'uploads/ann/a.mp4', uploadId: 'u-1' } as Ticket;

/** Three ways to make the same 100 signatures of files, and two to make those of 100 parts. */
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
  bareParts: async () => {
    const signableHeaders = new Set(['content-length']);
    for (let i = 1; i <= BATCH_FILES; i++) {
      const part = { Bucket: 'uploads', Key: upload.key, UploadId: upload.uploadId, PartNumber: i, ContentLength: MiB };
      await getSignedUrl(client, new UploadPartCommand(part), { signableHeaders, unhoistableHeaders: signableHeaders });
    }
  },
  parts: async () => {
    for (let i = 1; i <= BATCH_FILES; i++) await storage.signPart(upload, i, MiB, undefined);
  },
};

/** What is measured. */
export type SigningWay = keyof typeof RUNS;

/** Signatures per second of CPU time. */
export type Rates = Record<SigningWay, number>;

/**
 * Measures the SDK's own function in a loop (`bare`), the signer's grants (`granted`: plan, key, policy, signature), and
 * `POST /sign` as a whole (`called`: JSON, schema, grants, tickets, response); and parts by the SDK's function (`bareParts`) and
 * by the signer (`parts`). They take turns, so that other load on the machine affects all of them.
 *
 * @param batches of 100 signatures in each round
 * @returns one rate of each round
 */
export async function measureRounds({
  rounds,
  batches,
}: {
  rounds: number;
  batches: number;
}): Promise<Record<SigningWay, number[]>> {
  const names = Object.keys(RUNS) as SigningWay[];
  const rates = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<SigningWay, number[]>;
  // the first round warms up the compiler and does not count
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const { user, system } = process.cpuUsage();
      for (let i = 0; i < batches; i++) await RUNS[name]();
      const used = process.cpuUsage({ user, system });
      if (round > 0) rates[name].push((BATCH_FILES * batches * 1e6) / (used.user + used.system));
    }
  }
  return rates;
}

/** As {@link measureRounds}, but only the median of each way. */
export async function measure(options: { rounds: number; batches: number }): Promise<Rates> {
  const rates = Object.entries(await measureRounds(options));
  return Object.fromEntries(rates.map(([name, rounds]) => [name, median(rounds)])) as Rates;
}

const median = (values: readonly number[]): number => spreadOf(values)!.median;
