import { CompleteMultipartUploadCommand, GetObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { Plan } from '../core/policy.ts';
import { deleteObject } from './delete-object.ts';
import { broken, ok, unproved, type Finding, type Target } from './finding.ts';
import { openSigner } from './open-signer.ts';
import { failureOf, failureOfResponse, messageOf, type S3Failure } from './s3-failure.ts';
import { sendUpload } from './send-upload.ts';
import { newKey } from './test-object.ts';

const FIRST = 'stored first by the doctor';
/** As long as {@link FIRST}, so that only the condition tells the two apart. */
const SECOND = FIRST.replace('first', 'after');

const CONDITION = { 'If-None-Match': '*' };

/** `kept`: the object stays. `replaced`: the storage ignores the condition. `failed`: it refuses the condition itself. */
type Outcome = 'kept' | 'replaced' | 'failed';

/** One way to store an object under the condition. Returns the refusal, or undefined if the object was stored. */
type Write = (target: Target, key: string, body: string) => Promise<S3Failure | undefined>;

/**
 * Writes each object twice under `If-None-Match: *`, by all methods that the signer uses, and says which value
 * SIGNER_CONDITIONAL_WRITES should have.
 */
export async function checkConditionalWrites(target: Target): Promise<Finding[]> {
  const check = 'conditional-writes';
  const outcomes = new Map<string, Outcome>();
  for (const [name, write] of Object.entries(writesOf(target))) {
    const outcome = await tryTwice(target, write);
    if (typeof outcome !== 'string') return [unproved(check, `${name}: ${messageOf(outcome)}`)];
    outcomes.set(name, outcome);
  }
  const namesOf = (wanted: Outcome): string[] =>
    [...outcomes].flatMap(([name, outcome]) => (outcome === wanted ? name : []));
  const isUsed = (name: string): boolean => target.conditionalWrites ?? name === 'POST';
  const [kept, replaced, failed] = [namesOf('kept'), namesOf('replaced'), namesOf('failed')];
  if (failed.length > 0) {
    const detail = `the storage refuses uploads with the condition If-None-Match: ${failed.join(', ')}`;
    return [failed.some(isUsed) ? broken(check, detail, settingFix(0)) : ok(check, `${detail}; it is not used there`)];
  }
  const limit =
    replaced.length > 0 && `until a signature expires, its holder can replace the stored file: ${replaced.join(', ')}`;
  if (kept.length === 0) return [ok(check, `the storage ignores the condition If-None-Match; ${limit || ''}`)];
  const detail = [`a stored file is never replaced: ${kept.join(', ')}`, limit].filter(Boolean).join('; ');
  const unused = kept.filter((name) => !isUsed(name));
  if (unused.length === 0) return [ok(check, detail)];
  return [ok(check, `supported, but not used for ${unused.join(', ')}: ${detail}`, settingFix(1))];
}

const settingFix = (value: 0 | 1) => ({
  what: `Set SIGNER_CONDITIONAL_WRITES=${value}.`,
  command: `export SIGNER_CONDITIONAL_WRITES=${value}`,
});

/** @returns a failure if not even a new object can be stored without the condition, so that nothing was proved */
async function tryTwice(target: Target, write: Write): Promise<Outcome | S3Failure> {
  const key = newKey(target);
  try {
    const refusal = await write(target, key, FIRST);
    if (refusal) return isUnsupported(refusal) ? 'failed' : refusal;
    await write(target, key, SECOND);
    const { Body } = await target.client.send(new GetObjectCommand({ Bucket: target.bucket, Key: key }));
    return (await Body?.transformToString()) === FIRST ? 'kept' : 'replaced';
  } catch (error) {
    return failureOf(error);
  } finally {
    await deleteObject(target, key);
  }
}

/** A new object is refused only because of its condition. */
const isUnsupported = ({ code, status }: S3Failure): boolean =>
  status === 412 || status === 501 || code === 'NotImplemented' || code === 'InvalidArgument';

/** The writes that a client can make with what the signer signs. */
const writesOf = ({ method, offersPut }: Target): Record<string, Write> => ({
  ...(method === 'POST' && { POST: writeBy('POST') }),
  ...(offersPut && { PUT: writeBy('PUT') }),
  CompleteMultipartUpload: completeUpload,
});

const writeBy =
  (method: 'POST' | 'PUT'): Write =>
  async (target, key, body) => {
    const plan: Plan = { method, key, size: body.length, type: 'text/plain', headers: CONDITION };
    const response = await sendUpload(target, plan, body);
    if (!response.ok) return failureOfResponse(response);
    await response.body?.cancel();
    return undefined;
  };

const completeUpload: Write = async (target, key, body) => {
  const { client, bucket } = target;
  const storage = openSigner(target);
  const plan: Plan = { method: 'MULTIPART', key, size: body.length, type: 'text/plain', headers: {} };
  const uploadId = await storage.createMultipart(plan);
  try {
    const upload = { Bucket: bucket, Key: key, UploadId: uploadId };
    const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: body }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, IfNoneMatch: '*' }));
    return undefined;
  } catch (error) {
    await storage.abortMultipart({ key, uploadId }).catch(() => undefined);
    return failureOf(error);
  }
};
