import { randomUUID } from 'node:crypto';
import { createAdaptorServer } from '@hono/node-server';
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { Hono } from 'hono';
import { createSigner, publicAccess } from '../../signer/index.ts';
import { startTestStorage } from '../fixtures/test-storage.ts';
import { DirectAgent } from './direct-agent.ts';
import { listen } from './listen.ts';
import type { BucketAddress } from './page/uploader.ts';
import { plainSigner } from './plain-signer.ts';

/** The largest file that S3 takes in one request, and the most that the signer may be set to. */
const MAX_POST_BYTES = 5e9;

/** The signers of one run, with a prefix of keys of their own. */
export interface SigningSession {
  /** Path at the signer's origin. */
  readonly path: string;
  readonly bucket: BucketAddress;
  /** Requests so far, without preflights. */
  readonly requests: number;
  readonly preflights: number;
  /** Sizes of the objects that are stored. */
  storedSizes(): Promise<number[]>;
  /** Deletes the objects, and forgets the signers. */
  close(): Promise<void>;
}

/** A storage, and signers for it. */
export interface Backend extends AsyncDisposable {
  readonly storageUrl: string;
  readonly signerUrl: string;
  /**
   * @param storageUrl what the browser is told: the storage's own address, or that of a proxy before it
   * @param furtherUrls further addresses of the storage, which this project's signer uses in turn with the first one
   */
  startSession(storageUrl?: string, furtherUrls?: readonly string[]): Promise<SigningSession>;
}

/**
 * Starts a storage and an HTTP server with the signers of all sessions. `own-post` and `own-parts` are this project's signer,
 * for files in one POST or in parts; `plain` is that of an integrator.
 *
 * @param pageOrigin origin of the pages that upload
 */
export async function startBackend(pageOrigin: string): Promise<Backend> {
  const storage = await startTestStorage();
  const { bucket, region, credentials } = storage;
  const agent = new DirectAgent(storage.url);
  const clientFor = (endpoint: string): S3Client =>
    new S3Client({
      endpoint,
      region,
      credentials,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { httpAgent: agent },
    });
  const directClient = clientFor(storage.url);
  const apps = new Map<string, Hono>();
  const server = createAdaptorServer({
    fetch: (request: Request, env: object) =>
      apps.get(new URL(request.url).pathname.split('/')[1]!)?.fetch(request, env) ??
      new Response(null, { status: 404 }),
  });
  const signerUrl = await listen(server);

  async function startSession(storageUrl = storage.url, furtherUrls: readonly string[] = []): Promise<SigningSession> {
    const id = randomUUID();
    const prefix = `bench/${id}/`;
    const client = storageUrl === storage.url ? directClient : clientFor(storageUrl);
    const counts = { requests: 0, preflights: 0 };
    const app = new Hono().basePath(id);
    app.use((c, next) => {
      counts[c.req.method === 'OPTIONS' ? 'preflights' : 'requests'] += 1;
      return next();
    });
    const options = {
      client,
      bucket,
      prefix,
      authorize: publicAccess,
      secret: randomUUID(),
      origins: [pageOrigin],
      limits: { types: ['*/*'], maxFileSize: MAX_POST_BYTES },
      ...(furtherUrls.length && { uploadEndpoints: [storageUrl, ...furtherUrls].map((url) => `${url}/${bucket}/`) }),
    };
    app.route('/own-post', createSigner({ ...options, multipartFrom: MAX_POST_BYTES }));
    app.route('/own-parts', createSigner({ ...options, multipartFrom: 1 }));
    app.route('/plain', plainSigner({ client, bucket, region, secretAccessKey: credentials.secretAccessKey, prefix }));
    apps.set(id, app);
    await warmUp(app, `${signerUrl}/${id}`, pageOrigin);
    Object.assign(counts, { requests: 0, preflights: 0 });
    return {
      path: `/${id}`,
      bucket: { url: `${storageUrl}/${bucket}`, name: bucket, region, accessKeyId: credentials.accessKeyId, prefix },
      get requests() {
        return counts.requests;
      },
      get preflights() {
        return counts.preflights;
      },
      storedSizes: () => listSizes(directClient, bucket, prefix),
      async close() {
        apps.delete(id);
        await deleteObjects(directClient, bucket, prefix);
        if (client !== directClient) client.destroy();
      },
    };
  }

  return {
    storageUrl: storage.url,
    signerUrl,
    startSession,
    async [Symbol.asyncDispose]() {
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      directClient.destroy();
      agent.destroy();
      await storage.close();
    },
  };
}

/** Signs once with each signer: in service, a signer has its credentials and its first signature, too. */
async function warmUp(app: Hono, url: string, origin: string): Promise<void> {
  const body = JSON.stringify({ files: [{ id: '1', name: 'a.bin', type: 'application/octet-stream', size: 1 }] });
  const headers = { origin, 'content-type': 'application/json' };
  for (const route of ['own-post', 'plain/sign']) {
    const response = await app.request(`${url}/${route}`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`${route} responded with ${response.status}: ${await response.text()}`);
  }
}

async function* objectsOf(client: S3Client, Bucket: string, Prefix: string) {
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
    yield page.Contents ?? [];
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}

async function listSizes(client: S3Client, bucket: string, prefix: string): Promise<number[]> {
  const sizes: number[] = [];
  for await (const objects of objectsOf(client, bucket, prefix)) sizes.push(...objects.map(({ Size = 0 }) => Size));
  return sizes;
}

async function deleteObjects(client: S3Client, Bucket: string, prefix: string): Promise<void> {
  const keys: { Key: string | undefined }[] = [];
  for await (const objects of objectsOf(client, Bucket, prefix)) keys.push(...objects.map(({ Key }) => ({ Key })));
  for (let from = 0; from < keys.length; from += 1000) {
    const Delete = { Objects: keys.slice(from, from + 1000), Quiet: true };
    await client.send(new DeleteObjectsCommand({ Bucket, Delete }));
  }
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix }));
  for (const { Key, UploadId } of Uploads) {
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch((error: unknown) => {
      // an uploader may abort its own at the same time
      if ((error as Error).name !== 'NoSuchUpload') throw error;
    });
  }
}
