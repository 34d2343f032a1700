import { createHash, randomUUID } from 'node:crypto';
import { GetObjectCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createSigner, publicAccess } from '../../signer/index.ts';
import type { SignerOptions } from '../../signer/index.ts';
import { type Backend, startBackend } from './backend.ts';
import { startFaultProxy } from './faults.ts';
import type { FaultProxy } from './faults.ts';

/** What of the signer a test may set from a page: JSON, all of it. */
export type StackOptions = Omit<
  SignerOptions,
  'client' | 'bucket' | 'authorize' | 'secret' | 'limiter' | 'onUploaded' | 'onEvent' | 'origins'
>;

export interface StoredBytes {
  size: number;
  /** Hexadecimal. */
  sha256: string;
  type?: string | undefined;
  disposition?: string | undefined;
  metadata?: Record<string, string> | undefined;
}

export interface Stack {
  /** The tag's `endpoint`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** The storage as its clients see it: behind the proxy. */
  readonly backend: Backend;
  /** Stands before the storage; signatures are for its address. */
  readonly storage: FaultProxy;
  /** Stands before the signer. */
  readonly signer: FaultProxy;
  /** What is stored under a key, past the proxies; undefined when nothing is. */
  object(key: string): Promise<StoredBytes | undefined>;
  /** How many multipart uploads are open, of those that this signer has begun. */
  openUploads(): Promise<number>;
  close(): Promise<void>;
}

/**
 * A storage and the signer, both real, each behind a proxy that breaks connections. The storage is the local one, with
 * nothing in it, or the one at `TEST_S3_ENDPOINT` (Ceph's gateway, in `npm run test:s3`).
 *
 * @param origin of the page that is to upload.
 */
export async function startStack(origin: string, options: StackOptions = {}): Promise<Stack> {
  const backend = await startBackend();
  const { bucket, region, credentials } = backend;
  const storage = await startFaultProxy(backend.url);
  const client = (endpoint: string) =>
    new S3Client({
      endpoint,
      region,
      credentials,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  const signing = client(storage.url);
  const reading = client(backend.url);
  // one bucket may serve many stacks
  const { prefix = `${randomUUID()}/` } = options;
  const signer = createSigner({
    ...options,
    prefix,
    client: signing,
    bucket,
    authorize: publicAccess,
    secret: randomUUID(),
    origins: [origin],
  });
  const server = serve({ fetch: new Hono().route('/sign', signer).fetch, port: 0, hostname: '127.0.0.1' });
  const port = await new Promise<number>((resolve) => {
    server.once('listening', () => {
      const address = server.address();
      if (address && typeof address === 'object') resolve(address.port);
    });
  });
  const signerProxy = await startFaultProxy(`http://127.0.0.1:${port}`);

  return {
    endpoint: `${signerProxy.url}/sign`,
    bucket,
    backend: { ...backend, url: storage.url },
    storage,
    signer: signerProxy,
    async object(key) {
      const answer = await reading.send(new GetObjectCommand({ Bucket: bucket, Key: key })).catch((error: unknown) => {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      });
      if (!answer?.Body) return undefined;
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of answer.Body as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        size += chunk.length;
      }
      const { ContentType: type, ContentDisposition: disposition, Metadata: metadata } = answer;
      return { size, sha256: hash.digest('hex'), type, disposition, metadata };
    },
    async openUploads() {
      const { Uploads = [] } = await reading.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
      return Uploads.length;
    },
    async close() {
      await Promise.all([signerProxy.close(), storage.close()]);
      await new Promise((resolve) => {
        server.close(resolve);
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
      signing.destroy();
      reading.destroy();
      await backend.clear(prefix);
      await backend.close();
    },
  };
}
