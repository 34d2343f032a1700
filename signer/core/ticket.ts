import type { Plan } from './policy.ts';
import { ProblemError } from './problem.ts';
import { readSecrets, seal, unseal } from './sealed-token.ts';

/** All the signer knows of an upload: it keeps no state of its own. */
export interface Ticket extends Plan {
  owner: string;
  /** MULTIPART only. */
  uploadId?: string;
  /** Seconds since 1970. */
  expires: number;
}

/** The signer's word that this object was stored, for the application behind the page. */
export interface Receipt {
  key: string;
  /** Bytes. */
  size: number;
  type: string;
  /** Without quotes. */
  etag: string;
  /** As `authorize` named it. */
  owner: string;
  /** Seconds since 1970. */
  issued: number;
}

/** Leave to delete one object, which the application gives. */
export type Deletion = Pick<Ticket, 'key' | 'owner' | 'expires'>;

const TICKET = 't1';
const RECEIPT = 'r1';
const DELETION = 'd1';

export const now = (): number => Math.floor(Date.now() / 1000);

export const sealTicket = (ticket: Ticket, secrets: readonly string[]): string => seal(TICKET, ticket, secrets);

/** @throws {ProblemError} 403, with one and the same message for a foreign, an edited and an expired ticket */
export const openTicket = (sealed: string, owner: string, secrets: readonly string[]): Ticket =>
  holding(unseal(TICKET, sealed, secrets) as Ticket | undefined, owner);

/** A ticket, or leave of the application to delete what an earlier one was for. @throws {ProblemError} 403, as above */
export const openDeletion = (sealed: string, owner: string, secrets: readonly string[]): Ticket | Deletion =>
  holding((unseal(TICKET, sealed, secrets) ?? unseal(DELETION, sealed, secrets)) as Deletion | undefined, owner);

function holding<T extends Deletion>(ticket: T | undefined, owner: string): T {
  if (!ticket || ticket.owner !== owner || !(ticket.expires > now())) {
    throw new ProblemError(
      403,
      'ticket-refused',
      'The ticket is not valid, not yours, or has expired: sign the file anew.',
    );
  }
  return ticket;
}

export const sealReceipt = (receipt: Receipt, secrets: readonly string[]): string => seal(RECEIPT, receipt, secrets);

/**
 * For the application that gets a receipt in a form post: what was stored, or null if this signer never said so.
 * Compare `owner` with the visitor, and remember receipts you have used: one can be handed in twice.
 *
 * @param secret the signer's `SIGNER_SECRET`; `new,old` while it is being rotated
 */
export function verifyReceipt(receipt: string, secret: string | readonly string[]): Receipt | null {
  return (unseal(RECEIPT, receipt, readSecrets(secret)) as Receipt | undefined) ?? null;
}

/**
 * For the application that renders an edit form: the ticket by which its visitor may delete a stored file, and do nothing
 * else, at a signer with `allowDelete`. Goes into `existing`, or into `data-ticket`.
 *
 * @param owner the visitor, as `authorize` names them: nobody else's ticket is taken
 * @param secret the signer's `SIGNER_SECRET`
 * @param lifetime seconds; default a day, as long as a form may lie open
 */
export const deletionTicket = (
  { key, owner }: Pick<Deletion, 'key' | 'owner'>,
  secret: string | readonly string[],
  lifetime = 86_400,
): string => seal(DELETION, { key, owner, expires: now() + lifetime }, readSecrets(secret));

/** What an event tells of an upload. */
export const summary = ({ key, size, type, method }: Partial<Ticket>) => ({
  key,
  size,
  type,
  method,
});
