import type { Ticket } from '../core/ticket.ts';
import { openStorage } from '../core/storage.ts';
import { patience } from './address.ts';
import { remove } from './clean-up.ts';
import { failure, failureOf, RefusedError, said } from './failure.ts';
import { broken, ok, type Finding, type Patient } from './finding.ts';
import { grant } from './permissions.ts';

const PART = 'a part written by s3-uploader-signer doctor';

/** What each step needs of IAM. */
const ACTIONS = {
  create: 's3:PutObject',
  part: 's3:PutObject',
  list: 's3:ListMultipartUploadParts',
  complete: 's3:PutObject',
  abort: 's3:AbortMultipartUpload',
} as const;

/** One upload of one part through all its steps, and a second that is given up. */
export async function checkMultipart(patient: Patient): Promise<Finding[]> {
  const storage = openStorage(patient.client, patient.bucket, 60);
  const ticket: Ticket = {
    id: 'doctor',
    method: 'MULTIPART',
    key: `${patient.prefix}doctor/${crypto.randomUUID()}.bin`,
    size: PART.length,
    type: 'application/octet-stream',
    headers: {},
    owner: '',
    expires: 0,
  };
  let step: keyof typeof ACTIONS = 'create';
  try {
    ticket.uploadId = await storage.createMultipart(ticket);
    step = 'part';
    const { url, headers } = await storage.signPart(ticket, 1, PART.length, undefined);
    const [Origin = ''] = patient.origins;
    const sent = await fetch(url, { method: 'PUT', body: PART, headers: { Origin, ...headers }, signal: patience() });
    if (!sent.ok) throw new RefusedError(await failureOf(sent));
    step = 'list';
    const held = (await storage.listParts(ticket)) ?? [];
    if (held.length !== 1) throw new Error('the part that was sent is not listed');
    step = 'complete';
    if ((await storage.completeMultipart(ticket, held)) === undefined) throw new Error('the upload was gone');
    step = 'abort';
    await storage.abortMultipart({ key: ticket.key, uploadId: await storage.createMultipart(ticket) });
    return [
      ok('multipart', 'create, sign a part, list, complete and abort work'),
      ...(await remove(patient, ticket.key)),
    ];
  } catch (error) {
    // What is left over is the lifecycle rule's to remove; where aborting is allowed, nothing is.
    if (step !== 'abort' && ticket.uploadId) await storage.abortMultipart(ticket).catch(() => undefined);
    return [
      broken('multipart', `${step}: ${said(failure(error))}`, grant(patient, [ACTIONS[step]])),
      ...(step === 'abort' ? await remove(patient, ticket.key) : []),
    ];
  }
}
