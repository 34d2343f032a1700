import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Backend } from './backend.ts';

/** A backend that grants uploads its own way, over HTTP, to pages of any origin. */
export interface Door extends AsyncDisposable {
  /** The tag's `endpoint`. */
  readonly url: string;
  /** What was asked, such as `GET /s3/params`. */
  readonly requests: { line: string; headers: IncomingMessage['headers']; body?: unknown }[];
}

export type DoorName = 'presigned-post' | 'companion' | 'better-upload' | 'better-upload-parts' | 'rails';

type Storage = Pick<Backend, 'url' | 'bucket' | 'region' | 'credentials'>;

export const startDoor = (name: DoorName, storage: Storage): Promise<Door> => {
  switch (name) {
    case 'presigned-post':
      return presignedPost(storage);
    case 'companion':
      return companion(storage);
    case 'better-upload':
      return betterUpload(storage, false);
    case 'better-upload-parts':
      return betterUpload(storage, true);
    case 'rails':
      return rails(storage);
  }
};

const clientOf = ({ url, region, credentials }: Storage): S3Client =>
  new S3Client({
    endpoint: url,
    region,
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });

async function serve(
  place: string,
  listener: RequestListener | ((request: IncomingMessage, response: ServerResponse) => Promise<void>),
  end: () => unknown = () => {},
): Promise<Door> {
  const requests: Door['requests'] = [];
  const server = createServer((request, response) => {
    if (request.method !== 'OPTIONS') {
      requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    }
    void listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${place}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await end();
    },
  };
}

/** Answers JSON, with CORS; a handler gets the request's body. */
const jsonHandler =
  (handle: (request: IncomingMessage, body: unknown) => Promise<{ status?: number; answer: unknown }>) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*');
    if (request.method === 'OPTIONS') return void response.end();
    const { status = 200, answer } = await handle(request, request.method === 'GET' ? undefined : await json(request));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  };

/** What a few lines around `@aws-sdk/s3-presigned-post` make, as they stand in many a backend. */
async function presignedPost(storage: Storage): Promise<Door> {
  const client = clientOf(storage);
  const handle = jsonHandler(async ({ url = '' }, body) => {
    const query = Object.fromEntries(new URL(url, 'http://localhost').searchParams);
    const { name, filename = name, type, method } = { ...query, ...(body as Record<string, string> | undefined) };
    const Key = `posts/${randomUUID()}/${filename}`;
    if (method === 'PUT') {
      const command = new PutObjectCommand({ Bucket: storage.bucket, Key, ContentType: type });
      return {
        answer: {
          url: await getSignedUrl(client, command, { expiresIn: 300, signableHeaders: new Set(['content-type']) }),
          headers: { 'Content-Type': type },
          key: Key,
        },
      };
    }
    const answer = await createPresignedPost(client, {
      Bucket: storage.bucket,
      Key,
      Fields: { 'Content-Type': type! },
      Conditions: [['content-length-range', 0, 10_000_000]],
      Expires: 300,
    });
    return { answer };
  });
  return serve('/sign', handle, () => client.destroy());
}

/** Uppy's own server. */
async function companion(storage: Storage): Promise<Door> {
  const filePath = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-companion-'));
  process.env['NODE_ENV'] ??= 'test'; // as it asks its users to set it; it then cleans no folders
  const { app } = (await import('@uppy/companion')) as unknown as {
    app(options: object): { app: RequestListener };
  };
  const instance = app({
    filePath,
    secret: randomUUID(),
    server: { host: '127.0.0.1', protocol: 'http' },
    corsOrigins: true,
    metrics: false, // they are of the process, and a test may start it twice
    uploadUrls: [storage.url],
    s3: {
      bucket: storage.bucket,
      region: storage.region,
      endpoint: storage.url,
      forcePathStyle: true,
      key: storage.credentials.accessKeyId,
      secret: storage.credentials.secretAccessKey,
      expires: 800,
      getKey: ({ filename }: { filename: string }) => `companion/${randomUUID()}-${filename}`,
      awsClientOptions: { requestChecksumCalculation: 'WHEN_REQUIRED' },
    },
  });
  return serve('', instance.app, () => rm(filePath, { recursive: true, force: true }));
}

/** Better Upload's own router: at most three files a request, of which each may be 5 MiB, or in parts 50. */
async function betterUpload(storage: Storage, isMultipart: boolean): Promise<Door> {
  const [{ route }, { toNodeHandler }, { custom }] = await Promise.all([
    import('@better-upload/server'),
    import('@better-upload/server/adapters/node'),
    import('@better-upload/server/clients'),
  ]);
  const handler = toNodeHandler({
    client: custom({
      host: new URL(storage.url).host,
      secure: false,
      forcePathStyle: true,
      region: storage.region,
      ...storage.credentials,
    }),
    bucketName: storage.bucket,
    routes: {
      files: isMultipart
        ? route({ multipleFiles: true, maxFileSize: 50 * 2 ** 20, multipart: true, partSize: 5 * 2 ** 20 })
        : route({
            multipleFiles: true,
            onBeforeUpload: () => ({
              generateObjectInfo: ({ file }) => ({
                key: `better/${randomUUID()}-${file.name}`,
                metadata: { origin: 'test' },
                cacheControl: 'max-age=60',
              }),
            }),
          }),
    },
  });
  return serve('/api/upload?route=files', async (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*');
    if (request.method === 'OPTIONS') return void response.end();
    await handler(request, response);
  });
}

/** What Rails' `ActiveStorage::DirectUploadsController` answers, with its blobs in the same storage. */
async function rails(storage: Storage): Promise<Door> {
  const client = clientOf(storage);
  const token = 'csrf-token-of-the-session';
  let last = 0;
  const handle = jsonHandler(async ({ headers }, body) => {
    if (headers['x-csrf-token'] !== token)
      return { status: 422, answer: { status: 422, error: 'Unprocessable Entity' } };
    const { filename, content_type, byte_size, checksum } = (body as { blob: Record<string, string> }).blob;
    const key = randomUUID().replaceAll('-', '');
    const disposition = `inline; filename="${filename}"`;
    const command = new PutObjectCommand({
      Bucket: storage.bucket,
      Key: key,
      ContentType: content_type,
      ContentMD5: checksum,
      ContentLength: Number(byte_size),
    });
    const url = await getSignedUrl(client, command, {
      expiresIn: 300,
      signableHeaders: new Set(['content-type', 'content-md5', 'content-length', 'host']),
      unhoistableHeaders: new Set(['content-md5']),
    });
    return {
      answer: {
        id: ++last,
        key,
        filename,
        content_type,
        metadata: {},
        service_name: 'amazon',
        byte_size,
        checksum,
        created_at: new Date().toISOString(),
        attachable_sgid: 'sgid',
        signed_id: `signed--${Buffer.from(key).toString('base64')}--${createHash('sha256').update(key).digest('hex')}`,
        direct_upload: {
          url,
          headers: { 'Content-Type': content_type, 'Content-MD5': checksum, 'Content-Disposition': disposition },
        },
      },
    };
  });
  return serve('/rails/active_storage/direct_uploads', handle, () => client.destroy());
}

/** Key of the object behind the `signed_id` that the door above gave. */
export const railsKey = (signedId: string): string => Buffer.from(signedId.split('--')[1] ?? '', 'base64').toString();
