import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Plan } from '../core/policy.ts';
import { deleteObject } from './delete-object.ts';
import { broken, ok, type Finding, type Fix, type Target } from './finding.ts';
import { signerPolicyFix } from './permissions.ts';
import { checkReadable } from './public-access.ts';
import { failureOf, failureOfResponse, messageOf, type S3Failure } from './s3-failure.ts';
import { sendUpload } from './send-upload.ts';
import { newKey, TEST_TEXT } from './test-object.ts';

/** Uploads as a browser does, reads back what is stored, and tries an upload that the signature does not allow. */
export async function checkUpload(target: Target): Promise<Finding[]> {
  const { method } = target;
  const plan: Plan = {
    method,
    key: newKey(target),
    size: TEST_TEXT.length,
    type: 'text/plain',
    headers: { 'Content-Disposition': 'attachment', 'x-amz-meta-name': 'doctor.txt' },
  };
  const check = method === 'POST' ? 'post-policy' : 'put';
  const stored = await sendUpload(target, plan, TEST_TEXT);
  if (!stored.ok) return [broken(check, ...refusal(target, await failureOfResponse(stored)))];
  // A key of its own: the storage may refuse to replace an object, whatever its size.
  const another: Plan = { ...plan, key: newKey(target) };
  const longer = await sendUpload(target, another, `${TEST_TEXT}, and then some`);
  await longer.body?.cancel();
  if (longer.ok) await deleteObject(target, another.key);
  return [
    ok(check, `a signed ${method} stored ${TEST_TEXT.length} bytes`),
    longer.ok
      ? broken(`${check}-enforced`, 'the storage accepted more bytes than were signed', { what: NOT_ENFORCED })
      : ok(`${check}-enforced`, 'more bytes than were signed are refused'),
    await checkStored(target, plan),
    // Files that wait for their verdict are never public.
    await checkReadable({ ...target, publicRead: target.publicRead && !target.quarantine }, plan.key),
    ...(await deleteObject(target, plan.key)),
  ];
}

const NOT_ENFORCED =
  'This storage does not enforce what was signed, so no limit is effective. Use another storage, or a newer version.';

async function checkStored(target: Target, { key, size, type }: Plan): Promise<Finding> {
  try {
    const head = await target.client.send(new HeadObjectCommand({ Bucket: target.bucket, Key: key }));
    return head.ContentLength === size && head.ContentType === type
      ? ok('confirm', 'HeadObject returns the size and type that were sent')
      : broken('confirm', `${head.ContentLength} bytes of ${head.ContentType} were stored`, { what: NOT_ENFORCED });
  } catch (error) {
    return broken('confirm', `HeadObject: ${messageOf(failureOf(error))}`, signerPolicyFix(target, ['s3:GetObject']));
  }
}

function refusal(target: Target, failure: S3Failure): [detail: string, fix: Fix] {
  if (failure.status === 501 || failure.status === 405) {
    const what = 'Let the signer presign PUT instead: set SIGNER_METHOD=put.';
    const command = 'export SIGNER_METHOD=put';
    return [`this storage has no browser-based POST: ${messageOf(failure)}`, { what, command }];
  }
  return [messageOf(failure), signerPolicyFix(target, ['s3:PutObject'])];
}
