import type { Ticket } from '../core/tickets.ts';
import { timeoutSignal } from './bucket-url.ts';
import { deleteObject } from './delete-object.ts';
import { broken, ok, type Finding, type Target } from './finding.ts';
import { openSigner } from './open-signer.ts';
import { signerPolicyFix } from './permissions.ts';
import { failureOf, failureOfResponse, messageOf, RefusedError } from './s3-failure.ts';

const PART = 'a part written by s3-uploader-signer doctor';

/** The IAM permission that each step needs. */
const ACTIONS = {
  create: 's3:PutObject',
  part: 's3:PutObject',
  list: 's3:ListMultipartUploadParts',
  complete: 's3:PutObject',
  abort: 's3:AbortMultipartUpload',
} as const;

/** Runs one multipart upload through all its steps, and aborts a second one. */
export async function checkMultipart(target: Target): Promise<Finding[]> {
  const storage = openSigner(target);
  const ticket: Ticket = {
    id: 'doctor',
    method: 'MULTIPART',
    key: `${target.prefix}doctor/${crypto.randomUUID()}.bin`,
    size: PART.length,
    type: 'application/octet-stream',
    headers: {},
    owner: '',
    bucket: target.bucket,
    audience: '',
    issued: 0,
    expires: 0,
  };
  let step: keyof typeof ACTIONS = 'create';
  try {
    ticket.uploadId = await storage.createMultipart(ticket);
    step = 'part';
    const { url, headers } = await storage.signPart(ticket, 1, PART.length, undefined);
    const [Origin = ''] = target.origins;
    const response = await fetch(url, {
      method: 'PUT',
      body: PART,
      headers: { Origin, ...headers },
      signal: timeoutSignal(),
    });
    if (!response.ok) throw new RefusedError(await failureOfResponse(response));
    step = 'list';
    const parts = (await storage.listParts(ticket)) ?? [];
    if (parts.length !== 1) throw new Error('the part that was uploaded is not listed');
    step = 'complete';
    if ((await storage.completeMultipart(ticket, parts)) === undefined) throw new Error('the upload no longer exists');
    step = 'abort';
    await storage.abortMultipart({ key: ticket.key, uploadId: await storage.createMultipart(ticket) });
    return [
      ok('multipart', 'creating, signing a part, listing, completing and aborting work'),
      ...(await deleteObject(target, ticket.key)),
    ];
  } catch (error) {
    // If aborting is not allowed, the lifecycle rule removes the upload.
    if (step !== 'abort' && ticket.uploadId) await storage.abortMultipart(ticket).catch(() => undefined);
    return [
      broken('multipart', `${step}: ${messageOf(failureOf(error))}`, signerPolicyFix(target, [ACTIONS[step]])),
      ...(step === 'abort' ? await deleteObject(target, ticket.key) : []),
    ];
  }
}
