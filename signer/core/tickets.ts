import { nowInSeconds } from './clock.ts';
import type { Plan } from './policy.ts';
import { ProblemError } from './problem.ts';
import { readOption } from './read-option.ts';
import { openToken, readSecrets, sealToken } from './sealed-token.ts';

/** The signer's knowledge of an upload. The client keeps it, sealed; the signer stores nothing. */
export interface Ticket extends Plan {
  /** The caller's id, as `authorize` returned it. */
  owner: string;
  /** MULTIPART only: the storage's id of the upload. */
  uploadId?: string;
  /** When it expires, in seconds since 1970. */
  expires: number;
}

/** An application's permission to delete one object. */
export type DeletionTicket = Pick<Ticket, 'key' | 'owner' | 'expires'>;

/** The kinds of the tokens, with their version. */
const TICKET = 't1';
const DELETION = 'd1';

const DAY_IN_SECONDS = 86_400;

/** Seals a ticket with the first secret. */
export const sealTicket = (ticket: Ticket, secrets: readonly string[]): string => sealToken(TICKET, ticket, secrets);

/** @throws {ProblemError} 403, with the same message for a forged, a foreign and an expired ticket */
export const openTicket = (sealed: string, owner: string, secrets: readonly string[]): Ticket =>
  checkTicket(openToken(TICKET, sealed, secrets) as Ticket | undefined, owner);

/**
 * Opens a ticket that allows a deletion: that of the upload itself, or one from `deletionTicket`.
 *
 * @throws {ProblemError} 403, as `openTicket`
 */
export const openTicketToDelete = (
  sealed: string,
  owner: string,
  secrets: readonly string[],
): Ticket | DeletionTicket =>
  checkTicket(
    (openToken(TICKET, sealed, secrets) ?? openToken(DELETION, sealed, secrets)) as DeletionTicket | undefined,
    owner,
  );

function checkTicket<T extends DeletionTicket>(ticket: T | undefined, owner: string): T {
  if (!ticket || ticket.owner !== owner || !(ticket.expires > nowInSeconds())) {
    throw new ProblemError(
      403,
      'ticket-refused',
      'The ticket is invalid, expired, or of another owner. Sign the file again.',
    );
  }
  return ticket;
}

/**
 * Makes a ticket with which a user may delete one stored file and do nothing else, for an application that renders an edit
 * form. The signer accepts it only with `allowDelete`. Pass it as `data-ticket`, or in `existing`.
 *
 * @param object.key the object's key
 * @param object.owner the user, as `authorize` names them; the signer refuses the ticket from anyone else
 * @param secret the signer's `SIGNER_SECRET`
 * @param lifetime seconds until it expires; default 86,400, one day, because a form may stay open that long
 * @throws {TypeError} if the secret has fewer than 16 characters
 */
export function deletionTicket(
  { key, owner }: Pick<DeletionTicket, 'key' | 'owner'>,
  secret: string | readonly string[],
  lifetime = DAY_IN_SECONDS,
): string {
  const secrets = readOption('secret', () => readSecrets(secret));
  return sealToken(DELETION, { key, owner, expires: nowInSeconds() + lifetime }, secrets);
}
