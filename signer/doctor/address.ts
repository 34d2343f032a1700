import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import type { Patient } from './finding.ts';

/** The bucket's URL as browsers will use it, with a slash at its end: the client decides between host and path style. */
export async function bucketUrl({ client, bucket }: Patient): Promise<string> {
  const { url } = await createPresignedPost(client, { Bucket: bucket, Key: 'doctor' });
  return url.endsWith('/') ? url : `${url}/`;
}

/** How long the doctor waits for an answer. */
export const patience = (): AbortSignal => AbortSignal.timeout(15_000);
