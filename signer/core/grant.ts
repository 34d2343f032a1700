import type { RefusedFile, SignedFile } from '../../widget/core/protocol.ts';
import { nowInSeconds } from './clock.ts';
import { finalKey } from './quarantine-key.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { ObjectStorage } from './storage.ts';
import { createTicketSealer, type Ticket } from './tickets.ts';
import { createVisitorTag } from './visitor-tag.ts';

/** A file that was signed, as sent to the client. */
export type GrantedFile = Exclude<SignedFile, RefusedFile>;

/** Signs the upload that a ticket describes. */
export type GrantUpload = (ticket: Ticket) => Promise<GrantedFile>;

/** Makes the function that signs an upload and seals its ticket, for `/` and `/sign-again`. */
export function createGrantUpload(
  { secrets, allowDelete, issuesReceipts, quarantine, expires }: ResolvedOptions,
  storage: ObjectStorage,
): GrantUpload {
  const sealTicket = createTicketSealer(secrets);
  const visitorTag = createVisitorTag(secrets);
  return async function grantUpload(ticket) {
    const { id = '', key, checksum } = ticket;
    const common = {
      id,
      key: finalKey(key, quarantine),
      expires,
      ticket: sealTicket(ticket),
      visitor: visitorTag(ticket.owner),
      checksum,
      deletable: allowDelete ? (true as const) : undefined,
    };
    if (ticket.method === 'MULTIPART') {
      const secondsLeft = ticket.expires - nowInSeconds();
      return {
        ...common,
        method: 'MULTIPART',
        partSize: ticket.partSize!,
        completeMany: true,
        expires: secondsLeft,
      };
    }
    const single = { ...common, confirm: issuesReceipts || quarantine ? (true as const) : undefined };
    return ticket.method === 'POST'
      ? { ...single, method: 'POST', ...(await storage.signPost(ticket)) }
      : { ...single, method: 'PUT', ...(await storage.signPut(ticket)) };
  };
}
