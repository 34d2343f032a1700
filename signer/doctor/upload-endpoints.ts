import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Plan } from '../core/policy.ts';
import { deleteObject } from './delete-object.ts';
import { broken, ok, type Finding, type Target } from './finding.ts';
import { failureOf, failureOfResponse, messageOf } from './s3-failure.ts';
import { sendUpload } from './send-upload.ts';

const CHECK = 'upload-endpoints';
const BODY = 'written by s3-uploader-signer doctor';

/**
 * Uploads to each of the addresses as a browser does: by the signer's method, and by PUT as parts are. Each must store in the
 * bucket, and let the pages read its response.
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
  const key = `${target.prefix}doctor/${crypto.randomUUID()}.txt`;
  const plan: Plan = { method, key, size: BODY.length, type: 'text/plain', headers: {} };
  const fault = (detail: string): Finding[] => [
    broken(CHECK, `${method} to ${endpoint}: ${detail}`, {
      what:
        `Take ${endpoint} out of SIGNER_UPLOAD_ENDPOINTS, or let it reach the bucket ${target.bucket} unchanged. A CDN must ` +
        'pass on the method, the query and all headers; one that changes the host can only take POST, and so no parts.',
    }),
  ];
  let response: Response;
  try {
    response = await sendUpload(target, plan, BODY, endpoint);
  } catch (error) {
    return fault(`no response (${messageOf(failureOf(error))})`);
  }
  if (!response.ok) return fault(messageOf(await failureOfResponse(response)));
  await response.body?.cancel();
  const stored = await target.client
    .send(new HeadObjectCommand({ Bucket: target.bucket, Key: key }))
    .catch(() => undefined);
  if (stored?.ContentLength !== BODY.length) return fault(`the file is not in the bucket ${target.bucket}`);
  const deletion = await deleteObject(target, key);
  const allowed = response.headers.get('Access-Control-Allow-Origin');
  const isReadable = allowed === '*' || target.origins.includes(allowed ?? '');
  return [
    ...(isReadable
      ? [ok(CHECK, `${method} to ${endpoint} stores in the bucket`)]
      : fault('pages cannot read its response')),
    ...deletion,
  ];
}
