import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { demoCredential, startStorage } from '../../demo/storage/index.ts';
import { startFaultProxy, type FaultProxy } from '../helpers/faults.ts';

/** An empty bucket of a real storage. */
export interface TestBucket extends AsyncDisposable {
  name: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Whether the storage is Ceph's gateway, which has bucket policies and ACLs. */
  isGateway: boolean;
  /** A proxy in front of the storage that can break requests. */
  proxy: FaultProxy;
  /** A client that goes through the proxy. */
  client: S3Client;
  /** A client that bypasses the proxy, to set up and inspect the bucket. */
  directClient: S3Client;
  /** Another client that goes through the proxy. */
  clientWith(change: Pick<S3ClientConfig, 'region' | 'credentials'>): S3Client;
  close(): Promise<void>;
}

/** Creates a bucket at `TEST_S3_ENDPOINT`, or in a new local storage if the variable is not set. */
export async function openBucket(): Promise<TestBucket> {
  const { TEST_S3_ENDPOINT } = process.env;
  const name = `signer-${randomUUID()}`;
  const backend = TEST_S3_ENDPOINT ? gateway(TEST_S3_ENDPOINT) : await localStorage(name);
  const { url, region, credentials } = backend;
  const proxy = await startFaultProxy(url);
  const clients: S3Client[] = [];
  const connect = (endpoint: string, change: Pick<S3ClientConfig, 'region' | 'credentials'> = {}): S3Client => {
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...change });
    clients.push(client);
    return client;
  };
  const directClient = connect(url);
  if (TEST_S3_ENDPOINT) await directClient.send(new CreateBucketCommand({ Bucket: name }));
  const close = async (): Promise<void> => {
    for (const client of clients) client.destroy();
    await proxy.close();
    await backend.close();
  };
  return {
    name,
    region,
    credentials,
    isGateway: Boolean(TEST_S3_ENDPOINT),
    proxy,
    client: connect(proxy.url),
    directClient,
    clientWith: (change) => connect(proxy.url, change),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The environment variables of a signer for this bucket, through the proxy. */
export const bucketEnv = ({ name, region, credentials, proxy }: TestBucket): Record<string, string> => ({
  S3_BUCKET: name,
  S3_FORCE_PATH_STYLE: '1',
  AWS_REGION: region,
  AWS_ENDPOINT_URL_S3: proxy.url,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

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
  const storage = await startStorage({ dir, buckets: [bucket], cors: { origins: [] }, pages: ['*'] });
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
