import { createHash, createHmac, randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';

/** Where the signed requests may write. */
export interface PlainSignerOptions {
  client: S3Client;
  bucket: string;
  region: string;
  secretAccessKey: string;
  /** Start of every key. */
  prefix: string;
}

interface OpenUpload {
  key: string;
  uploadId: string;
  partNumber?: number;
}

const EXPIRES_SECONDS = 3600;

/**
 * The signer that an integrator writes for an uploader without one of its own: the AWS SDK's functions, without checks.
 * Uppy, Dropzone, FilePond, Fine Uploader and the bare requests use it.
 */
export function plainSigner({ client, bucket: Bucket, region, secretAccessKey, prefix }: PlainSignerOptions): Hono {
  const app = new Hono();
  app.use(cors({ origin: '*', maxAge: 7200 }));
  const newKey = (name: string): string => `${prefix}${randomUUID()}/${name.replace(/[^\w.-]/g, '_')}`;
  const bodyOf = <Body>(c: Context): Promise<Body> => c.req.json<Body>();
  const idsOf = ({ key: Key, uploadId: UploadId }: OpenUpload) => ({ Bucket, Key, UploadId });
  /** The URL of a request of a multipart upload; undefined for any other. */
  const signRequest = async (method: string, request: UploadPartCommandInput): Promise<string | undefined> => {
    const options = { expiresIn: EXPIRES_SECONDS };
    if (!request.UploadId) {
      return method === 'POST' ? getSignedUrl(client, new CreateMultipartUploadCommand(request), options) : undefined;
    }
    switch (method) {
      case 'PUT':
        return getSignedUrl(client, new UploadPartCommand(request), options);
      case 'POST':
        return getSignedUrl(client, new CompleteMultipartUploadCommand(request), options);
      case 'DELETE':
        return getSignedUrl(client, new AbortMultipartUploadCommand(request), options);
      case 'GET':
        return getSignedUrl(client, new ListPartsCommand(request), options);
      default:
        return undefined;
    }
  };

  app.post('/sign', async (c) => {
    const { files } = await bodyOf<{ files: { name: string; type: string }[] }>(c);
    const signed = files.map(async ({ name, type }) => {
      const Key = newKey(name);
      const Fields = { 'Content-Type': type || 'application/octet-stream', success_action_status: '201' };
      const form = await createPresignedPost(client, { Bucket, Key, Expires: EXPIRES_SECONDS, Fields });
      return { method: 'POST', ...form, key: Key };
    });
    return c.json({ files: await Promise.all(signed) });
  });

  // what Uppy 6 asks for, and the parts of the others
  app.post('/request', async (c) => {
    const { method, key, ...upload } = await bodyOf<Partial<OpenUpload> & { method: string; key: string }>(c);
    const { uploadId: UploadId, partNumber: PartNumber } = upload;
    // a key that this signer has not made is a proposal
    const Key = key.startsWith(prefix) ? key : newKey(key);
    const url = await signRequest(method, { Bucket, Key, UploadId, PartNumber });
    return url ? c.json({ url, key: Key }) : c.json({ error: 'not signed' }, 400);
  });

  app.post('/create', async (c) => {
    const { name, type } = await bodyOf<{ name: string; type: string }>(c);
    const key = newKey(name);
    const command = new CreateMultipartUploadCommand({ Bucket, Key: key, ...(type && { ContentType: type }) });
    return c.json({ key, uploadId: (await client.send(command)).UploadId });
  });
  app.post('/list', async (c) => {
    const { Parts = [] } = await client.send(new ListPartsCommand(idsOf(await bodyOf<OpenUpload>(c))));
    return c.json(Parts);
  });
  app.post('/complete', async (c) => {
    const { parts: Parts, ...upload } = await bodyOf<OpenUpload & { parts: { PartNumber: number; ETag: string }[] }>(c);
    await client.send(new CompleteMultipartUploadCommand({ ...idsOf(upload), MultipartUpload: { Parts } }));
    return c.json({ location: upload.key });
  });
  app.post('/abort', async (c) => {
    await client.send(new AbortMultipartUploadCommand(idsOf(await bodyOf<OpenUpload>(c))));
    return c.json({});
  });

  // Fine Uploader writes its policies and requests itself, and wants only their signatures
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const signText = (day: string, text: string): string =>
    hmac([day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`), text).toString(
      'hex',
    );
  app.post('/policy', async (c) => {
    const body = await bodyOf<{ headers?: string; conditions: Record<string, string>[] }>(c);
    if (!body.headers) {
      const credential = body.conditions.find((condition) => condition['x-amz-credential'])!['x-amz-credential']!;
      const policy = Buffer.from(JSON.stringify(body)).toString('base64');
      return c.json({ policy, signature: signText(credential.split('/')[1]!, policy) });
    }
    const [algorithm = '', date = '', scope = '', ...request] = body.headers.split('\n');
    // its canonical request has the bucket in the host only; here it is in the path
    if (!request[1]!.startsWith(`/${Bucket}/`)) request[1] = `/${Bucket}${request[1]}`;
    const hash = createHash('sha256').update(request.join('\n')).digest('hex');
    return c.json({ signature: signText(scope.split('/')[0]!, [algorithm, date, scope, hash].join('\n')) });
  });
  return app;
}
