import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Plan } from '../core/policy.ts';
import { openStorage } from '../core/storage.ts';
import { patience } from './address.ts';
import { remove } from './clean-up.ts';
import { failure, failureOf, said, type Failure } from './failure.ts';
import { broken, ok, type Finding, type Mend, type Patient } from './finding.ts';
import { grant } from './permissions.ts';
import { checkReadable } from './public-access.ts';

const BODY = 'written by s3-uploader-signer doctor';

/** Uploads as a browser would, reads back what was stored, and tries what the signature does not allow. */
export async function checkUpload(patient: Patient): Promise<Finding[]> {
  const { method } = patient;
  const plan: Plan = {
    method,
    key: `${patient.prefix}doctor/${crypto.randomUUID()}.txt`,
    size: BODY.length,
    type: 'text/plain',
    headers: { 'Content-Disposition': 'attachment', 'x-amz-meta-name': 'doctor.txt' },
  };
  const check = method === 'POST' ? 'post-policy' : 'put';
  const stored = await send(patient, plan, BODY);
  if (!stored.ok) return [broken(check, ...refusal(patient, await failureOf(stored)))];
  const longer = await send(patient, plan, `${BODY}, and then some`);
  await longer.body?.cancel();
  return [
    ok(check, `${BODY.length} bytes were stored under a signed ${method}`),
    longer.ok
      ? broken(`${check}-enforced`, 'the storage took more bytes than were signed for', { what: LAX })
      : ok(`${check}-enforced`, 'more bytes than were signed for are refused'),
    await checkStored(patient, plan),
    await checkReadable(patient, plan.key),
    ...(await remove(patient, plan.key)),
  ];
}

const LAX = 'This storage does not hold to what was signed, so no limit holds on it: use another, or a newer version.';

/** Signs as the signer does, and sends as a browser does. */
export async function send(patient: Patient, plan: Plan, body: string): Promise<Response> {
  const storage = openStorage(patient.client, patient.bucket, 60);
  const [Origin = ''] = patient.origins;
  if (plan.method === 'PUT') {
    const { url, headers } = await storage.signPut(plan);
    return fetch(url, { method: 'PUT', body, headers: { Origin, ...headers }, signal: patience() });
  }
  const { url, fields } = await storage.signPost(plan);
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([body]), 'doctor.txt');
  return fetch(url, { method: 'POST', body: form, headers: { Origin }, signal: patience() });
}

async function checkStored({ client, bucket, ...patient }: Patient, { key, size, type }: Plan): Promise<Finding> {
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return head.ContentLength === size && head.ContentType === type
      ? ok('confirm', 'HeadObject tells the size and type that were sent')
      : broken('confirm', `${head.ContentLength} bytes of ${head.ContentType} were stored`, { what: LAX });
  } catch (error) {
    return broken(
      'confirm',
      `HeadObject: ${said(failure(error))}`,
      grant({ ...patient, client, bucket }, ['s3:GetObject']),
    );
  }
}

function refusal(patient: Patient, found: Failure): [string, Mend] {
  if (found.status === 501 || found.status === 405) {
    const what = 'Let the signer presign PUT instead: set SIGNER_METHOD=put.';
    return [`this storage has no browser-based POST: ${said(found)}`, { what, command: 'export SIGNER_METHOD=put' }];
  }
  return [said(found), grant(patient, ['s3:PutObject'])];
}
