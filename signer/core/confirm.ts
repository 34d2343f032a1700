import type { Context } from 'hono';
import type { StoredFile } from '../../widget/core/protocol.ts';
import { nowInSeconds } from './clock.ts';
import type { Completion } from './completion.ts';
import type { StoredObject } from './events.ts';
import { differsFromTicket } from './object-attributes.ts';
import { createQuarantine, objectDiffers } from './quarantine.ts';
import { sealReceipt } from './receipt.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { ObjectStorage } from './storage.ts';
import type { Ticket } from './tickets.ts';

/**
 * Objects whose `onUploaded` is remembered, to bound the memory. It is called again for an older object that is confirmed
 * again.
 */
const MAX_REMEMBERED_OBJECTS = 10_000;

/**
 * Confirms an upload. Throws what `onUploaded` throws.
 *
 * @param completion if the request has completed the upload
 * @returns undefined if the file is not stored; `processing` while it is being checked
 * @throws {ProblemError} 422 `object-differs` or `file-refused`
 */
export type ConfirmUpload = (
  c: Context,
  ticket: Ticket,
  completion?: Completion,
) => Promise<StoredFile | 'processing' | undefined>;

/** Makes the function that checks a stored object, calls `onUploaded` and issues its receipt. */
export function createConfirmUpload(options: ResolvedOptions, storage: ObjectStorage): ConfirmUpload {
  const { bucket, audience, receiptSecrets, quarantine } = options;
  const callOnUploaded = createCallOnUploaded(options);

  const issueReceipt = async (
    c: Context,
    { type, owner }: Ticket,
    key: string,
    { etag, size }: Pick<StoredObject, 'etag' | 'size'>,
  ): Promise<StoredFile> => {
    const location = await storage.objectUrl(key);
    await callOnUploaded({ bucket, key, location, etag, size, type, owner }, c);
    const receipt = sealReceipt(
      { key, size, type, etag, owner, bucket, audience, issued: nowInSeconds() },
      receiptSecrets,
    );
    return { key, location, etag, size, receipt };
  };

  if (quarantine) return createQuarantine({ bucket, quarantine }, storage, issueReceipt);

  return async function confirmUpload(c, ticket, completion) {
    const etag = completion?.etag;
    const completed = { etag: etag ?? '', size: ticket.size };
    // The object is new. The signer itself has sent its attributes, and compared the size of each part that the storage joined,
    // by its ETag. So it needs no look, unless its ETag is unknown.
    if (etag) return issueReceipt(c, ticket, ticket.key, completed);
    const head = await storage.headObject(ticket.key);
    // Credentials that may not read the object.
    if (!head && etag !== undefined) return issueReceipt(c, ticket, ticket.key, completed);
    if (head?.size !== ticket.size) return undefined;
    if (differsFromTicket(ticket, head.attributes)) throw objectDiffers();
    return issueReceipt(c, ticket, ticket.key, head);
  };
}

/** Makes the function that calls `onUploaded`, once for each object unless it fails. */
function createCallOnUploaded({ onUploaded }: ResolvedOptions) {
  const calls = new Map<string, Promise<unknown>>();
  return async function callOnUploaded(object: StoredObject, c: Context): Promise<void> {
    const id = `${object.key} ${object.etag}`;
    let call = calls.get(id);
    if (!call) {
      call = Promise.resolve(onUploaded?.(object, c));
      calls.set(id, call);
      if (calls.size > MAX_REMEMBERED_OBJECTS) calls.delete(calls.keys().next().value!);
    }
    try {
      await call;
    } catch (error) {
      calls.delete(id);
      throw error;
    }
  };
}
