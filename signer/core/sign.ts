import type { Hono } from 'hono';
import type { FileRequest, RefusedFile, SignAnswer, SignedFile } from '../../widget/core/protocol.ts';
import { UNREAD_FILES, type Admission } from './admission.ts';
import { nowInSeconds } from './clock.ts';
import { uploadFields } from './events.ts';
import { createSignFirstParts } from './first-parts.ts';
import type { GrantedFile, GrantUpload } from './grant.ts';
import { digestAttributes, plannedAttributes } from './object-attributes.ts';
import { MAX_METADATA_BYTES, metadataBytes } from './object-headers.ts';
import { withSlash } from './paths.ts';
import { plan, type Plan } from './policy.ts';
import { badRequest } from './problem.ts';
import { uploadKey } from './quarantine-key.ts';
import { readJson, requireJson } from './read-json.ts';
import { createRepeatedSign } from './repeated-sign.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { SignInput } from './schemas.ts';
import type { ObjectStorage } from './storage.ts';
import type { Ticket } from './tickets.ts';

/** Maximum bytes of a request. 100 files with names of 255 bytes, paths of 1 KiB and metadata of 2 KiB take about 350 KB. */
const MAX_SIGN_REQUEST_BYTES = 384 * 1024;

/** A file to sign, with its multipart upload if an earlier request has begun it. */
type PlannedFile = Plan & Pick<Ticket, 'uploadId'>;

/** `POST /`: signs up to 100 files. A refused file does not refuse the others. */
export function addSignRoute(
  app: Hono,
  options: ResolvedOptions,
  storage: ObjectStorage,
  { admit, needsFiles, countUploads, withQuota, closeMultipart }: Admission,
  grantUpload: GrantUpload,
): void {
  /** Describes the fault of a client's metadata; undefined if there is none. */
  const metadataFault = (metadata: Record<string, string>): string | undefined => {
    const unknown = Object.keys(metadata).find((name) => !options.metadata.includes(name));
    if (unknown)
      return `metadata.${unknown}: not allowed; this signer accepts ${options.metadata.join(', ') || 'none'}.`;
    return metadataBytes(metadata) > MAX_METADATA_BYTES
      ? `metadata: more than ${MAX_METADATA_BYTES} bytes.`
      : undefined;
  };

  const repeatedSign = createRepeatedSign(storage, options.secrets);
  const signFirstParts = createSignFirstParts(options, storage);

  const createTicket = async (each: PlannedFile, owner: string): Promise<Ticket> => {
    const { bucket, audience, ticketExpires } = options;
    const expires = nowInSeconds() + ticketExpires;
    const ticket: Ticket = { ...each, owner, bucket, audience, issued: Date.now() / 1000, expires };
    if (ticket.method !== 'MULTIPART') return ticket;
    const { key, uploadId } = ticket;
    const upload = uploadId
      ? { key, uploadId }
      : await repeatedSign.begin(ticket, () => storage.createMultipart(ticket));
    // The same request is under way and has begun the upload: this one needs no place of its own.
    if (upload.key !== key) await closeMultipart(key, true);
    // The headers are sent to the storage here and are not needed again, so the ticket need not carry them.
    return { ...ticket, ...upload, headers: {}, attributes: digestAttributes(plannedAttributes(ticket)) };
  };

  /** Signs all files or none: a client repeats a failed batch, and then nothing would use these multipart uploads. */
  const grantAll = async (plans: readonly PlannedFile[], owner: string): Promise<GrantedFile[]> => {
    const started: Ticket[] = [];
    const results = await Promise.allSettled(
      plans.map(async (each) => {
        const ticket = await createTicket(each, owner);
        if (ticket.uploadId) started.push(ticket);
        const granted = await grantUpload(ticket);
        return granted.method === 'MULTIPART' ? { ...granted, firstParts: await signFirstParts(ticket) } : granted;
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    for (const ticket of started) repeatedSign.forget(ticket);
    await Promise.allSettled(started.flatMap((ticket) => [storage.abortMultipart(ticket), closeMultipart(ticket.key)]));
    throw failed.reason;
  };

  app.on('POST', withSlash('/'), requireJson, async (c) => {
    const known = needsFiles ? undefined : await admit(c, UNREAD_FILES);
    const { files, metadata = {}, method } = await readJson(c, SignInput, MAX_SIGN_REQUEST_BYTES);
    const caller = known ?? (await admit(c, files));
    const fault = metadataFault(metadata);
    if (fault) throw badRequest('metadata', fault);
    if (method === 'PUT' && options.method === 'post') {
      throw badRequest(
        'method',
        'method: this signer signs only POST. If the storage has no POST, its operator can set SIGNER_METHOD=put, ' +
          'or the option method.',
      );
    }

    await countUploads(c, caller, files.length);
    const rules = {
      ...caller.limits,
      multipartFrom: options.multipartFrom,
      partSize: options.partSize,
      method: method === 'PUT' || options.method === 'put' ? ('PUT' as const) : ('POST' as const),
      checksum: options.checksum,
      folder: caller.folder,
    };
    const { owner } = caller;
    const planFile = async (file: FileRequest): Promise<PlannedFile | RefusedFile> => {
      const merged = file.metadata ? { ...metadata, ...file.metadata } : metadata;
      const message = file.metadata && metadataFault(merged);
      if (message) return { id: file.id, error: { code: 'metadata', message } };
      const result = plan(file, merged, rules, repeatedSign.uuidFor(file, merged, owner));
      if ('error' in result) return result;
      const planned = options.quarantine ? { ...result, key: uploadKey(result.key, options.quarantine) } : result;
      if (planned.method !== 'MULTIPART' || file.nonce === undefined) return planned;
      return { ...planned, ...(await repeatedSign.find(planned, file.repeated)) };
    };
    const results = await Promise.all(files.map(planFile));
    const plans = results.filter((each): each is PlannedFile => !('error' in each));
    // what was begun by a request whose response was lost is counted already
    const uncounted = plans.filter(({ uploadId }) => !uploadId);
    const demand = {
      files: uncounted.length,
      bytes: uncounted.reduce((sum, { size }) => sum + size, 0),
      multiparts: uncounted.filter((each) => each.method === 'MULTIPART').map(({ key, size }) => ({ key, size })),
    };
    const granted = await withQuota(c, caller, demand, () => grantAll(plans, owner));

    const grantedById = new Map<string, GrantedFile>(granted.map((file) => [file.id, file]));
    const signed = results.map((each): SignedFile => {
      if ('error' in each) {
        options.onEvent({ action: 'sign', owner, code: each.error.code }, c);
        return each;
      }
      const file = grantedById.get(each.id!)!;
      const { parts } = (file.method === 'MULTIPART' && file.firstParts) || {};
      const signedParts = parts && { parts: parts.map(({ number }) => number) };
      options.onEvent({ action: 'sign', owner, ...uploadFields(each), expires: file.expires, ...signedParts }, c);
      return file;
    });
    return c.json<SignAnswer>({ files: signed });
  });
}
