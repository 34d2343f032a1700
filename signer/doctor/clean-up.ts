import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { failure } from './failure.ts';
import { ok, type Finding, type Patient } from './finding.ts';

/** The signer need not have the right to delete; then what the doctor wrote is named. */
export async function remove({ client, bucket }: Patient, key: string): Promise<Finding[]> {
  try {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    return [];
  } catch (error) {
    return [ok('clean-up', `"${key}" stays, as these credentials cannot delete it (${failure(error).code})`)];
  }
}
