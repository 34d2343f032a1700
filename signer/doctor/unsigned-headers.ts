import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Plan } from '../core/policy.ts';
import type { ObjectStorage } from '../core/storage.ts';
import type { Ticket } from '../core/tickets.ts';
import { findAcceptedPuts, type SignPut } from './absent-headers.ts';
import { timeoutSignal } from './bucket-url.ts';
import { deleteObject } from './delete-object.ts';
import { denyUnsignedFix } from './deny-unsigned.ts';
import { broken, ok, unproved, type Finding, type Fix, type Target } from './finding.ts';
import { openSigner } from './open-signer.ts';
import { failureOf, failureOfResponse, messageOf } from './s3-failure.ts';
import {
  ALL_USERS,
  effectOfAcl,
  effectOfCopy,
  effectOfRedirect,
  effectOfTagging,
  isPublic,
  type Effect,
} from './stored-effect.ts';
import { newKey } from './test-object.ts';

const BODY = 'sent by s3-uploader-signer doctor';
/** As long as {@link BODY}, so that a copy is not refused for its length. */
const SOURCE = 'copied from another object'.padEnd(BODY.length);

const EVERYONE = `uri="${ALL_USERS}"`;

/** A header that a client adds to a signed request. */
interface Probe {
  name: string;
  value: string;
  /** Finds out what it did to the object with this key. */
  effectOn: (target: Target, key: string) => Promise<Effect>;
}

/** The header that stores a copy of another object. */
const copyProbe = ({ bucket }: Target, sourceKey: string): Probe => ({
  name: 'x-amz-copy-source',
  value: `/${bucket}/${encodeURI(sourceKey)}`,
  effectOn: (target, key) => effectOfCopy(target, key, SOURCE),
});

/** The headers that change who can read the object, its tags, or where its URL leads. */
const OTHER_PROBES: readonly Probe[] = [
  { name: 'x-amz-acl', value: 'public-read', effectOn: effectOfAcl },
  ...['read', 'read-acp', 'write-acp', 'full-control'].map((permission) => ({
    ...{ name: `x-amz-grant-${permission}`, value: EVERYONE, effectOn: effectOfAcl },
  })),
  { name: 'x-amz-tagging', value: 'doctor=unsigned', effectOn: effectOfTagging },
  { name: 'x-amz-website-redirect-location', value: 'https://doctor.invalid/', effectOn: effectOfRedirect },
];

/**
 * Adds headers that were not signed to a presigned PUT and to a presigned part, as a client could. A storage that accepts them
 * gives the holder of a signature more than was signed: a copy of any object that the signer may read, or a public object.
 * Parts are checked with every method, because large files are always uploaded in parts.
 *
 * @param signPut signs the PUT by which the doctor finds out about absent headers. Default: as the signer does
 */
export async function checkUnsignedHeaders(target: Target, signPut?: SignPut): Promise<Finding[]> {
  const sourceKey = newKey(target);
  try {
    await target.client.send(new PutObjectCommand({ Bucket: target.bucket, Key: sourceKey, Body: SOURCE }));
  } catch (error) {
    return [unproved('unsigned-headers', `no object could be stored: ${messageOf(failureOf(error))}`)];
  }
  try {
    const { plain, withAbsentHeaders } = await findAcceptedPuts(target, signPut);
    if (target.signAbsentHeaders && plain && !withAbsentHeaders) return [ABSENT_REFUSED];
    // Without this, a storage that refuses every PUT would pass.
    if (!plain)
      return [unproved('unsigned-headers', 'the storage refuses a presigned PUT also without further headers')];
    const fix = await denyUnsignedFix(target, withAbsentHeaders);
    const probes = [copyProbe(target, sourceKey), ...OTHER_PROBES];
    // Where everyone can read what was stored without a header, a header does not make it public.
    const probed = { ...target, publicRead: target.publicRead || (await isPublic(target, sourceKey)) };
    return [
      ...(target.signAbsentHeaders ? [ABSENT_ACCEPTED] : []),
      ...(target.offersPut ? [await orUnproved('put-unsigned-headers', () => checkPut(probed, probes, fix))] : []),
      await orUnproved('part-unsigned-headers', () => checkParts(probed, probes, fix)),
    ];
  } finally {
    await deleteObject(target, sourceKey);
  }
}

/** Sends each header with a PUT of its own. */
async function checkPut(target: Target, probes: readonly Probe[], fix: Fix): Promise<Finding> {
  const check = 'put-unsigned-headers';
  const effects: string[] = [];
  for (const probe of probes) {
    const plan: Plan = { method: 'PUT', key: newKey(target), size: BODY.length, type: 'text/plain', headers: {} };
    const { url, headers } = await openSigner(target).signPut(plan);
    const response = await send(url, { ...headers, [probe.name]: probe.value });
    if (!response.ok) {
      if (hasFailed(response)) return unproved(check, await refusalOf(response));
      continue;
    }
    try {
      const effect = await probe.effectOn(target, plan.key);
      if (effect) effects.push(`${probe.name} ${effect}`);
    } finally {
      await deleteObject(target, plan.key);
    }
  }
  return finding(check, 'PUT', effects, fix);
}

/** One upload for the copy, whose part replaces others, and one for all other headers. */
async function checkParts(target: Target, [copy, ...others]: readonly Probe[], fix: Fix): Promise<Finding> {
  const effects = [...(await effectsOnParts(target, copy ? [copy] : [])), ...(await effectsOnParts(target, others))];
  return finding('part-unsigned-headers', 'part', effects, fix);
}

/** The finding; or that nothing is proved, if these credentials may not find out. */
async function orUnproved(check: string, find: () => Promise<Finding>): Promise<Finding> {
  try {
    return await find();
  } catch (error) {
    return unproved(check, messageOf(failureOf(error)));
  }
}

/** Sends the only part of an upload once for each header, completes it, and finds out what the accepted headers did. */
async function effectsOnParts(target: Target, probes: readonly Probe[]): Promise<string[]> {
  const storage = openSigner(target, { signAbsentHeaders: target.signAbsentHeaders });
  const ticket: Ticket = {
    id: 'doctor',
    method: 'MULTIPART',
    key: newKey(target),
    size: BODY.length,
    type: 'text/plain',
    headers: {},
    ...{ owner: '', bucket: target.bucket, audience: '', issued: 0, expires: 0 },
  };
  ticket.uploadId = await storage.createMultipart(ticket);
  const accepted: Probe[] = [];
  try {
    for (const probe of probes) {
      const { url, headers } = await storage.signPart(ticket, 1, BODY.length, undefined);
      const response = await send(url, { ...headers, [probe.name]: probe.value });
      if (response.ok) accepted.push(probe);
      else if (hasFailed(response)) throw new Error(await refusalOf(response));
    }
    if (accepted.length === 0) return [];
    return await completeAndFindEffects(target, storage, ticket, accepted);
  } finally {
    await storage.abortMultipart(ticket).catch(() => undefined);
  }
}

async function completeAndFindEffects(
  target: Target,
  storage: ObjectStorage,
  ticket: Ticket,
  accepted: readonly Probe[],
): Promise<string[]> {
  const parts = (await storage.listParts(ticket)) ?? [];
  await storage.completeMultipart(ticket, parts);
  try {
    const effects: string[] = [];
    for (const { name, effectOn } of accepted) {
      const effect = await effectOn(target, ticket.key);
      if (effect) effects.push(`${name} ${effect}`);
    }
    return effects;
  } finally {
    await deleteObject(target, ticket.key);
  }
}

const finding = (check: string, request: string, effects: readonly string[], fix: Fix): Finding =>
  effects.length > 0
    ? broken(check, `a signed ${request} accepts headers that were not signed: ${effects.join(', ')}`, fix)
    : ok(check, `headers that were not signed change nothing in a signed ${request}`);

const ABSENT_ACCEPTED = ok('absent-headers', 'the storage accepts URLs whose signed headers are absent');

/** Nothing else can be checked then. */
const ABSENT_REFUSED = broken('absent-headers', 'the storage refuses URLs whose signed headers are absent', {
  what: 'Unset SIGNER_SIGN_ABSENT_HEADERS: every PUT and part fails with it.',
  command: 'unset SIGNER_SIGN_ABSENT_HEADERS',
});

const send = (url: string, headers: Record<string, string>): Promise<Response> =>
  fetch(url, { method: 'PUT', body: BODY, headers, signal: timeoutSignal() });

/** Whether the storage failed instead of refusing the header. */
const hasFailed = ({ status }: Response): boolean => status >= 500 && status !== 501;

const refusalOf = async (response: Response): Promise<string> => messageOf(await failureOfResponse(response));
