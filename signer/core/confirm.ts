import type { Context } from 'hono';
import type { StoredFile } from '../../widget/core/protocol.ts';
import type { Signer, StoredObject } from './options.ts';
import type { Storage, Stored } from './storage.ts';
import { now, sealReceipt, type Ticket } from './ticket.ts';

/** Objects remembered as announced; older ones are announced again if they are confirmed again. */
const REMEMBERED = 10_000;

/** What is said and done about an object once the storage is known to hold it. */
export function confirmer(signer: Signer, storage: Storage) {
  const announced = new Map<string, Promise<unknown>>();

  const announce = async (object: StoredObject, c: Context): Promise<void> => {
    const name = `${object.key} ${object.etag}`;
    let call = announced.get(name);
    if (!call) {
      call = Promise.resolve(signer.onUploaded?.(object, c));
      announced.set(name, call);
      if (announced.size > REMEMBERED) announced.delete(announced.keys().next().value!);
    }
    try {
      await call;
    } catch (error) {
      announced.delete(name);
      throw error;
    }
  };

  return async (c: Context, { key, type, owner }: Ticket, { etag, size }: Stored): Promise<StoredFile> => {
    const location = await storage.locate(key);
    await announce({ bucket: signer.bucket, key, location, etag, size, type, owner }, c);
    const receipt = sealReceipt({ key, size, type, etag, owner, issued: now() }, signer.secrets);
    return { key, location, etag, size, receipt };
  };
}
