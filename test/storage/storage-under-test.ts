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

/** The storage that a test checks: the local one, or Ceph's gateway. */
export interface StorageUnderTest {
  readonly kind: 'local' | 'gateway';
  readonly url: string;
  readonly bucket: string;
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
  /** Computes checksums only when a command asks for them, as the signer's client does. */
  readonly client: S3Client;
  close(): Promise<void>;
}

/** The expected behaviour of each storage. Both are written down, so that a test notices when either changes. */
export interface PerStorage<T> {
  readonly local: T;
  readonly gateway: T;
}

/** The same behaviour of both storages. */
export const both = <T>(value: T): PerStorage<T> => ({ local: value, gateway: value });

/** Starts an empty local storage, or connects to Ceph's gateway at `TEST_S3_ENDPOINT`, as `npm run test:s3` sets it. */
export async function startStorageUnderTest(): Promise<StorageUnderTest> {
  const { TEST_S3_ENDPOINT: endpoint } = process.env;
  return endpoint === undefined || endpoint === '' ? startLocalStorageUnderTest() : connectToGateway(endpoint);
}

/** Starts an empty local storage in a temporary folder, which `close` deletes. */
export async function startLocalStorageUnderTest(
  options: Partial<Parameters<typeof startStorage>[0]> = {},
): Promise<LocalStorageUnderTest> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-storage-'));
  const storage = await startStorage({ dir, ...options });
  const client = createClient(storage.url, options.region ?? 'us-east-1', demoCredential);
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

export interface LocalStorageUnderTest extends StorageUnderTest {
  /** Folder of the objects. */
  readonly dir: string;
}

function connectToGateway(url: string): StorageUnderTest {
  const region = process.env.TEST_S3_REGION ?? 'us-east-1';
  const credentials = {
    accessKeyId: required('TEST_S3_ACCESS_KEY_ID'),
    secretAccessKey: required('TEST_S3_SECRET_ACCESS_KEY'),
  };
  const client = createClient(url, region, credentials);
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

/** A client with path-style addresses that never retries. */
export const createClient = (
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

/** The object's headers; undefined when it does not exist. */
export async function headObject(storage: StorageUnderTest, key: string): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await storage.client.send(new HeadObjectCommand({ Bucket: storage.bucket, Key: key }));
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return undefined;
    throw error;
  }
}

/** SHA-256 and size of the stored bytes; undefined when the object does not exist. */
export async function storedDigest(
  storage: StorageUnderTest,
  key: string,
): Promise<{ sha256: string; size: number } | undefined> {
  if (!(await headObject(storage, key))) return undefined;
  const { Body } = await storage.client.send(new GetObjectCommand({ Bucket: storage.bucket, Key: key }));
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of Body as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest('hex'), size };
}

/** SHA-256 and size, to compare with {@link storedDigest}. */
export const digestOf = (bytes: Uint8Array) => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  size: bytes.length,
});

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`TEST_S3_ENDPOINT is set, but ${name} is not. Set both, or neither.`);
  return value;
}
