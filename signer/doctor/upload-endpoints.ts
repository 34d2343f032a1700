import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Plan } from '../core/policy.ts';
import { preflight } from './cors.ts';
import { deleteObject } from './delete-object.ts';
import { broken, ok, type Finding, type Fix, type Target } from './finding.ts';
import { signerPolicyFix } from './permissions.ts';
import { failureOf, failureOfResponse, messageOf, type S3Failure } from './s3-failure.ts';
import { sendUpload } from './send-upload.ts';
import { newKey, TEST_TEXT } from './test-object.ts';

const CHECK = 'upload-endpoints';

/**
 * Uploads to each of the addresses as a browser does, with its preflight: by the signer's method, and by PUT as parts are. Each
 * must store in the bucket, and let the pages read its response.
 */
export async function checkUploadEndpoints(target: Target): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const endpoint of target.uploadEndpoints ?? []) {
    for (const method of new Set([target.method, 'PUT'] as const)) {
      findings.push(...(await checkEndpoint(target, endpoint, method)));
    }
  }
  return findings;
}

async function checkEndpoint(target: Target, endpoint: string, method: 'POST' | 'PUT'): Promise<Finding[]> {
  const key = newKey(target);
  const plan: Plan = { method, key, size: TEST_TEXT.length, type: 'text/plain', headers: {} };
  const fault = (detail: string, fix: Fix = takeOut(target, endpoint)): Finding =>
    broken(CHECK, `${method} to ${endpoint}: ${detail}`, fix);
  let response: Response;
  try {
    for (const origin of target.origins) {
      const refusal = await preflight(target, endpoint, origin, method);
      if (refusal) return [fault(`${origin}: ${refusal}`)];
    }
    response = await sendUpload(target, plan, TEST_TEXT, endpoint);
  } catch (error) {
    return [fault(`no response (${messageOf(failureOf(error))})`)];
  }
  if (!response.ok) return [fault(messageOf(await failureOfResponse(response)))];
  await response.body?.cancel();
  const unread = await readBack(target, key);
  const deletion = await deleteObject(target, key);
  const allowed = response.headers.get('Access-Control-Allow-Origin');
  const isReadable = allowed === '*' || target.origins.includes(allowed ?? '');
  if (unread?.status === 404) return [fault(`the file is not in the bucket ${target.bucket}`)];
  if (unread)
    return [fault(`HeadObject: ${messageOf(unread)}`, signerPolicyFix(target, ['s3:GetObject'])), ...deletion];
  if (!isReadable) return [fault('pages cannot read its response'), ...deletion];
  return [ok(CHECK, `${method} to ${endpoint} stores in the bucket`), ...deletion];
}

const takeOut = ({ bucket }: Target, endpoint: string): Fix => ({
  what:
    `Take ${endpoint} out of SIGNER_UPLOAD_ENDPOINTS, or let it reach the bucket ${bucket} unchanged: with the method, the ` +
    'host, the query and all headers, also of preflights.',
});

/** @returns why the object cannot be read; undefined if it can */
async function readBack({ client, bucket }: Target, key: string): Promise<S3Failure | undefined> {
  try {
    await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}
