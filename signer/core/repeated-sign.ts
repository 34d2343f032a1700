import type { FileRequest } from '../../widget/core/protocol.ts';
import type { Plan } from './policy.ts';
import { createSecretDigits } from './sealed-token.ts';
import { statusOf } from './storage-error.ts';
import type { ObjectStorage } from './storage.ts';
import type { Ticket } from './tickets.ts';

/** Milliseconds for which an upload is remembered: longer than clients repeat a request. */
const REMEMBERED_MS = 15 * 60_000;
/** Maximum uploads that are remembered, which bounds the memory. The oldest is forgotten first. */
const MAX_REMEMBERED = 10_000;

type Upload = Pick<Ticket, 'key' | 'uploadId'>;

/**
 * Makes signing repeatable: a client whose response was lost sends the same nonce again and gets the upload that was begun for
 * it, so that no second one is left over.
 *
 * The first half of the key's UUID is an HMAC of nonce, owner and file, the second half is random. So an open upload is found
 * again by its key, also by another instance of the signer, and a nonce that is used after the upload has ended leads to
 * another key: it can replace nothing.
 */
export function createRepeatedSign(storage: ObjectStorage, secrets: readonly string[]) {
  /** By the start of the key. In memory too, because the storage may not let the signer list uploads. */
  const remembered = new Map<string, { upload: Promise<Upload>; until: number }>();
  const digitsOf = createSecretDigits('nonce', secrets);
  let mayList = true;

  async function list(start: string): Promise<Upload | undefined> {
    if (!mayList) return undefined;
    return storage.findMultipart(start).catch((error: unknown) => {
      // without the permission, or the call, only this instance's memory is left
      if (![400, 403, 404, 405, 501].includes(statusOf(error) ?? 0)) throw error;
      mayList = false;
      return undefined;
    });
  }

  return {
    /** The UUID of a file's key. */
    uuidFor({ id: _id, nonce, repeated: _repeated, ...file }: FileRequest, metadata: object, owner: string): string {
      const uuid = crypto.randomUUID();
      if (nonce === undefined) return uuid;
      const digits = digitsOf(JSON.stringify([nonce, owner, file, metadata]));
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(12, 15)}${uuid.slice(18)}`;
    },

    /**
     * The upload that was begun for this plan before; undefined if there is none. The storage is asked only if the client
     * repeats its request: every other file would cost a call.
     */
    async find({ key }: Plan, isRepeated = false): Promise<Upload | undefined> {
      const start = startOf(key);
      const known = remembered.get(start);
      if (known && known.until > Date.now()) return known.upload.catch(() => undefined);
      return isRepeated ? list(start) : undefined;
    },

    /** Begins the upload, and remembers it. */
    async begin(plan: Plan, create: () => Promise<string>): Promise<Upload> {
      const start = startOf(plan.key);
      const known = remembered.get(start);
      // the same request arrived twice at the same time
      if (known && known.until > Date.now()) return known.upload;
      const upload = create().then((uploadId) => ({ key: plan.key, uploadId }));
      remembered.delete(start);
      remembered.set(start, { upload, until: Date.now() + REMEMBERED_MS });
      for (const oldest of remembered.keys()) {
        if (remembered.size <= MAX_REMEMBERED) break;
        remembered.delete(oldest);
      }
      upload.catch(() => remembered.delete(start));
      return upload;
    },

    /** Forgets an upload that was aborted. */
    forget: ({ key }: Pick<Plan, 'key'>): boolean => remembered.delete(startOf(key)),
  };
}

/** The folder and the first half of the UUID: `uploads/01234567-89ab-4cde`. */
const startOf = (key: string): string => /^.*\/?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/.exec(key)?.[0] ?? key;
