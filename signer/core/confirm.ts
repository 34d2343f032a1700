import type { Context } from 'hono';
import type { StoredFile } from '../../widget/core/protocol.ts';
import { nowInSeconds } from './clock.ts';
import type { StoredObject } from './events.ts';
import { sealReceipt } from './receipt.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { ObjectHead, ObjectStorage } from './storage.ts';
import type { Ticket } from './tickets.ts';

/**
 * Objects whose `onUploaded` is remembered, to bound the memory. It is called again for an older object that is confirmed
 * again.
 */
const MAX_REMEMBERED_OBJECTS = 10_000;

/** Confirms an object that HeadObject has found. Throws what `onUploaded` throws. */
export type ConfirmUpload = (c: Context, ticket: Ticket, head: ObjectHead) => Promise<StoredFile>;

/** Makes the function that calls `onUploaded` for a stored object and issues its receipt. */
export function createConfirmUpload(options: ResolvedOptions, storage: ObjectStorage): ConfirmUpload {
  const calls = new Map<string, Promise<unknown>>();

  const callOnUploaded = async (object: StoredObject, c: Context): Promise<void> => {
    const id = `${object.key} ${object.etag}`;
    let call = calls.get(id);
    if (!call) {
      call = Promise.resolve(options.onUploaded?.(object, c));
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

  return async function confirmUpload(c, { key, type, owner }, { etag, size }) {
    const location = await storage.objectUrl(key);
    await callOnUploaded({ bucket: options.bucket, key, location, etag, size, type, owner }, c);
    const receipt = sealReceipt({ key, size, type, etag, owner, issued: nowInSeconds() }, options.secrets);
    return { key, location, etag, size, receipt };
  };
}
