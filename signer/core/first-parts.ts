import type { PartsAnswer } from '../../widget/core/protocol.ts';
import { MAX_CONNECTIONS, partsOf } from './multipart.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { ObjectStorage } from './storage.ts';
import type { Ticket } from './tickets.ts';

/**
 * Signs the parts that a client sends first, so that it need not ask for them. Undefined for an upload in one request, and for
 * one with checksums: the client computes those of the parts first.
 */
export type SignFirstParts = (ticket: Ticket) => Promise<PartsAnswer | undefined>;

/** Makes the function that signs the first parts, for `/`. */
export function createSignFirstParts({ expires }: ResolvedOptions, storage: ObjectStorage): SignFirstParts {
  return async function signFirstParts(ticket) {
    if (ticket.method !== 'MULTIPART' || ticket.checksum) return undefined;
    const signed = partsOf(ticket.size, ticket.partSize!, MAX_CONNECTIONS).map(async ({ number, size }) => ({
      number,
      ...(await storage.signPart(ticket, number, size, undefined)),
    }));
    return { parts: await Promise.all(signed), expires };
  };
}
