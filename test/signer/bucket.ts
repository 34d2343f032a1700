import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { demoCredential, startStorage } from '../../demo/storage/index.ts';
import { startFaultProxy, type FaultProxy } from '../helpers/faults.ts';

export interface LiveBucket {
  bucket: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Whether it is Ceph's gateway, which knows bucket policies and ACLs. */
  isGateway: boolean;
  /** Stands before the storage. */
  proxy: FaultProxy;
  /** Through the proxy. */
  client: S3Client;
  /** Past the proxy, to set up the bucket. */
  owner: S3Client;
  clientWith(change: Pick<S3ClientConfig, 'region' | 'credentials'>): S3Client;
  close(): Promise<void>;
}

/** A new bucket at `TEST_S3_ENDPOINT`, or in a local storage of its own when none is given. */
export async function openBucket(): Promise<LiveBucket> {
  const { TEST_S3_ENDPOINT } = process.env;
  const bucket = `signer-${randomUUID()}`;
  const backend = TEST_S3_ENDPOINT ? gateway(TEST_S3_ENDPOINT) : await localStorage(bucket);
  const { url, region, credentials } = backend;
  const proxy = await startFaultProxy(url);
  const clients: S3Client[] = [];
  const connect = (endpoint: string, change: Pick<S3ClientConfig, 'region' | 'credentials'> = {}): S3Client => {
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...change });
    clients.push(client);
    return client;
  };
  const owner = connect(url);
  if (TEST_S3_ENDPOINT) await owner.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    bucket,
    region,
    credentials,
    isGateway: Boolean(TEST_S3_ENDPOINT),
    proxy,
    client: connect(proxy.url),
    owner,
    clientWith: (change) => connect(proxy.url, change),
    async close() {
      for (const client of clients) client.destroy();
      await proxy.close();
      await backend.close();
    },
  };
}

const gateway = (url: string) => ({
  url,
  region: process.env.TEST_S3_REGION ?? 'us-east-1',
  credentials: {
    accessKeyId: process.env.TEST_S3_ACCESS_KEY_ID ?? '',
    secretAccessKey: process.env.TEST_S3_SECRET_ACCESS_KEY ?? '',
  },
  close: () => Promise.resolve(),
});

async function localStorage(bucket: string) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-signer-'));
  const storage = await startStorage({ dir, buckets: [bucket], cors: { origins: [] } });
  return {
    url: storage.url,
    region: 'us-east-1',
    credentials: demoCredential,
    async close() {
      await storage.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
