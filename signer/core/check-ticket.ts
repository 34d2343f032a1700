import type { Caller } from './caller.ts';
import { nowInSeconds } from './clock.ts';
import { isAllowedType } from './media-types.ts';
import { ProblemError } from './problem.ts';
import { finalKey, skipsQuarantine } from './quarantine-key.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { openDeletionTicket, openTicket, type DeletionTicket, type Ticket } from './tickets.ts';

type Signer = Pick<ResolvedOptions, 'secrets' | 'bucket' | 'audience' | 'prefix' | 'method' | 'quarantine'>;

/** Opens the ticket of a request, and checks it against what the caller may do now. Throws a 403 (`ticket-refused`). */
export type OpenTicket<T> = (sealed: string, caller: Caller) => T;

/**
 * Makes the functions that open the tickets of this signer.
 *
 * A ticket is valid for days. In the meantime, the application may have changed the caller's folder and limits, or ended
 * their session, and another signer may have the same secret. So every call checks everything again.
 */
export function createTicketOpeners({ secrets, bucket, audience, prefix, method, quarantine }: Signer) {
  /** For `/abort`: an upload that is too large by now may still be aborted. */
  const openTicketToAbort: OpenTicket<Ticket> = (sealed, caller) => {
    const ticket = openTicket(sealed, secrets);
    const isValid =
      ticket !== undefined &&
      isCurrent(ticket, caller) &&
      ticket.bucket === bucket &&
      ticket.audience === audience &&
      folderOf(finalKey(ticket.key, quarantine)) === caller.folder;
    return isValid ? ticket : refuse();
  };

  /** Size and type must be within the caller's limits. */
  const openTicketWithinLimits: OpenTicket<Ticket> = (sealed, caller) => {
    const ticket = openTicketToAbort(sealed, caller);
    return isWithinLimits(ticket, caller) ? ticket : refuse();
  };

  /** For all other calls. A ticket that is older than the quarantine would store a file that is never checked. */
  const openTicketToUse: OpenTicket<Ticket> = (sealed, caller) => {
    const ticket = openTicketWithinLimits(sealed, caller);
    return skipsQuarantine(ticket.key, quarantine) ? refuse() : ticket;
  };

  /** For `/sign-again`: a signer that no longer signs PUT does not do so for an old ticket either. */
  const openTicketToSign: OpenTicket<Ticket> = (sealed, caller) => {
    const ticket = openTicketToUse(sealed, caller);
    return ticket.method === 'PUT' && method === 'post' ? refuse() : ticket;
  };

  /** For `/delete`: the ticket of the upload itself, or one from `deletionTicket`. */
  const openTicketToDelete: OpenTicket<Ticket | DeletionTicket> = (sealed, caller) => {
    const ticket = openDeletionTicket(sealed, secrets);
    if (!ticket) return openTicketWithinLimits(sealed, caller);
    const isOwn = ticket.key.startsWith(prefix) && (ticket.bucket === undefined || ticket.bucket === bucket);
    return isOwn && isCurrent(ticket, caller) ? ticket : refuse();
  };

  return { openTicketToAbort, openTicketToDelete, openTicketToSign, openTicketToUse };
}

/** Whether a ticket is the caller's, has not expired, and was issued after their tickets were revoked. */
const isCurrent = ({ owner, issued, expires }: Pick<Ticket, 'owner' | 'issued' | 'expires'>, caller: Caller): boolean =>
  owner === caller.owner && expires > nowInSeconds() && issued >= (caller.notBefore ?? 0);

const isWithinLimits = ({ size, type }: Ticket, { limits }: Caller): boolean =>
  size >= limits.minFileSize && size <= limits.maxFileSize && isAllowedType(type, limits.types);

/** The folder of a key that the signer has made, with a slash at its end; empty for a key without one. */
const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1);

/** One message for all reasons, so that a stranger learns nothing about a ticket. */
function refuse(): never {
  const detail = 'The ticket is invalid, expired, of someone else, or no longer allowed. Sign the file again.';
  throw new ProblemError(403, 'ticket-refused', detail);
}
