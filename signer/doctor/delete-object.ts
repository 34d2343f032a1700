import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { ok, type Finding, type Target } from './finding.ts';
import { failureOf } from './s3-failure.ts';

/** Deletes what the doctor wrote. The signer needs no permission to delete, so a failure is only reported. */
export async function deleteObject({ client, bucket }: Target, key: string): Promise<Finding[]> {
  try {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    return [];
  } catch (error) {
    const { code } = failureOf(error);
    return [ok('clean-up', `"${key}" was not deleted, because these credentials may not (${code})`)];
  }
}
