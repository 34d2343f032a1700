import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  GetObjectCommand,
  HeadObjectCommand,
  S3Client,
  S3ServiceException,
  type HeadObjectCommandOutput,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { demoCredential, startStorage } from '../../demo/storage/index.ts';

/** The S3 that a test runs against. */
export interface TestServer {
  readonly kind: 'local' | 'gateway';
  readonly url: string;
  readonly bucket: string;
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
  /** A client that sends no checksum it is not asked for, as the signer's. */
  readonly client: S3Client;
  close(): Promise<void>;
}

/** What each server does. Both are stated, so that neither changes unseen. */
export interface PerServer<T> {
  readonly local: T;
  readonly gateway: T;
}

export const both = <T>(value: T): PerServer<T> => ({ local: value, gateway: value });

/** The local storage, empty, or the server at `TEST_S3_ENDPOINT`: Ceph's gateway, in `npm run test:s3`. */
export async function startServer(): Promise<TestServer> {
  const { TEST_S3_ENDPOINT: endpoint } = process.env;
  return endpoint === undefined || endpoint === '' ? startLocal() : gateway(endpoint);
}

export async function startLocal(options: Partial<Parameters<typeof startStorage>[0]> = {}): Promise<LocalServer> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-storage-'));
  const storage = await startStorage({ dir, ...options });
  const client = clientFor(storage.url, options.region ?? 'us-east-1', demoCredential);
  return {
    kind: 'local',
    dir,
    url: storage.url,
    bucket: 'uploads',
    region: options.region ?? 'us-east-1',
    credentials: demoCredential,
    client,
    async close() {
      client.destroy();
      await storage.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export interface LocalServer extends TestServer {
  /** Its objects' folder. */
  readonly dir: string;
}

function gateway(url: string): TestServer {
  const region = process.env.TEST_S3_REGION ?? 'us-east-1';
  const credentials = {
    accessKeyId: required('TEST_S3_ACCESS_KEY_ID'),
    secretAccessKey: required('TEST_S3_SECRET_ACCESS_KEY'),
  };
  const client = clientFor(url, region, credentials);
  return {
    kind: 'gateway',
    url: url.replace(/\/$/, ''),
    bucket: required('TEST_S3_BUCKET'),
    region,
    credentials,
    client,
    close() {
      client.destroy();
      return Promise.resolve();
    },
  };
}

export const clientFor = (
  endpoint: string,
  region: string,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  more: S3ClientConfig = {},
) =>
  new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    ...more,
  });

/** A key that no other test uses. */
export const newKey = (name = 'object.bin'): string => `test/${randomUUID()}/${name}`;

export async function head(server: TestServer, key: string): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await server.client.send(new HeadObjectCommand({ Bucket: server.bucket, Key: key }));
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return undefined;
    throw error;
  }
}

/** The stored bytes' SHA-256 and number; undefined when there is no such object. */
export async function stored(server: TestServer, key: string): Promise<{ sha256: string; size: number } | undefined> {
  if (!(await head(server, key))) return undefined;
  const { Body } = await server.client.send(new GetObjectCommand({ Bucket: server.bucket, Key: key }));
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of Body as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest('hex'), size };
}

export const digestOf = (bytes: Uint8Array) => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  size: bytes.length,
});

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`TEST_S3_ENDPOINT is set, so ${name} has to be set too`);
  return value;
}
