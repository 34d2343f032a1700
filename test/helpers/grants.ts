import { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { randomUUID } from 'node:crypto';
import { demoCredential } from '../../demo/storage/index.ts';
import type { PostGrant, Sign } from '../../widget/core/sign.ts';

export interface SignPostsOptions {
  /** Origin that the browser sends to: the storage's, or that of a proxy before it. */
  url: string;
  bucket?: string;
  /** Milliseconds for which the signatures are said to hold. */
  lifetime?: number;
}

/** Grants POSTs as a signer does, without one: for tests of what comes after the signature. */
export function signPosts({
  url,
  bucket = 'uploads',
  lifetime = 900_000,
}: SignPostsOptions): Sign & { batches: number[] } {
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: url,
    forcePathStyle: true,
    credentials: demoCredential,
  });
  const batches: number[] = [];
  const sign: Sign = async (files) => {
    batches.push(files.length);
    return Promise.all(
      files.map(async ({ id, name, size, type }): Promise<PostGrant> => {
        const key = `test/${randomUUID()}${/\.[a-z0-9]+$/.exec(name)?.[0] ?? ''}`;
        const form = await createPresignedPost(client, {
          Bucket: bucket,
          Key: key,
          Expires: 900,
          Fields: { 'Content-Type': type, success_action_status: '201' },
          Conditions: [
            ['content-length-range', size, size],
            ['eq', '$Content-Type', type],
            ['eq', '$success_action_status', '201'],
          ],
        });
        return { id, key, method: 'POST', ...form, lifetime };
      }),
    );
  };
  return Object.assign(sign, { batches });
}
