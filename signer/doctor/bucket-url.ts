import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import type { Target } from './finding.ts';

/** Milliseconds that the doctor waits for a response. */
const RESPONSE_TIMEOUT_MS = 15_000;

/** The bucket's URL as browsers use it, with a slash at its end. The SDK decides between host style and path style. */
export async function bucketUrl({ client, bucket }: Target): Promise<string> {
  const { url } = await createPresignedPost(client, { Bucket: bucket, Key: 'doctor' });
  return url.endsWith('/') ? url : `${url}/`;
}

/** Aborts a request that takes too long. */
export const timeoutSignal = (): AbortSignal => AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
