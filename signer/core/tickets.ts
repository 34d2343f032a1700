import { nowInSeconds } from './clock.ts';
import type { Plan } from './policy.ts';
import { readOption } from './read-option.ts';
import { createSealer, openToken, readSecrets, sealToken } from './sealed-token.ts';

/** The signer's knowledge of an upload. The client keeps it, sealed; the signer stores nothing. */
export interface Ticket extends Plan {
  /** The caller's id, as `authorize` returned it. */
  owner: string;
  /** MULTIPART only: the storage's id of the upload. */
  uploadId?: string;
  /** The signer's bucket. */
  bucket: string;
  /** The signer's own name: its `audience`. */
  audience: string;
  /** When it was issued, in seconds since 1970, with milliseconds. */
  issued: number;
  /** When it expires, in seconds since 1970. */
  expires: number;
}

/** An application's permission to delete one object. */
export interface DeletionTicket extends Pick<Ticket, 'key' | 'owner' | 'issued' | 'expires'> {
  /** The object's bucket. Default: the bucket of the signer that gets the ticket. */
  bucket?: string;
}

/** The kinds of the tokens, with their version. */
const TICKET = 't1';
const DELETION = 'd1';

const DAY_IN_SECONDS = 86_400;

/** Makes the function that seals tickets, with the first secret. */
export const createTicketSealer = (secrets: readonly string[]): ((ticket: Ticket) => string) =>
  createSealer(TICKET, secrets);

/** Seals one ticket, with the first secret. */
export const sealTicket = (ticket: Ticket, secrets: readonly string[]): string => sealToken(TICKET, ticket, secrets);

/** The ticket that any of the secrets has sealed; undefined for any other text. `check-ticket.ts` decides whether it is valid. */
export const openTicket = (sealed: string, secrets: readonly string[]): Ticket | undefined =>
  openToken(TICKET, sealed, secrets) as Ticket | undefined;

/** As `openTicket`, for a ticket of `deletionTicket`. */
export const openDeletionTicket = (sealed: string, secrets: readonly string[]): DeletionTicket | undefined =>
  openToken(DELETION, sealed, secrets) as DeletionTicket | undefined;

/**
 * Makes a ticket with which a user may delete one stored file and do nothing else, for an application that renders an edit
 * form. The signer accepts it only with `allowDelete`, and only for a key in its own folder. Pass it as `data-ticket`, or in
 * `existing`.
 *
 * @param object.key the object's key
 * @param object.owner the user, as `authorize` names them; the signer refuses the ticket from anyone else
 * @param object.bucket the object's bucket; the signer of another bucket refuses the ticket. Default: any signer with the
 *   secret accepts it
 * @param secret the signer's `SIGNER_SECRET`
 * @param lifetime seconds until it expires; default 86,400, one day, because a form may stay open that long
 * @throws {TypeError} if the secret has fewer than 32 characters, or fewer than 10 different ones
 */
export function deletionTicket(
  { key, owner, bucket }: Pick<DeletionTicket, 'key' | 'owner' | 'bucket'>,
  secret: string | readonly string[],
  lifetime = DAY_IN_SECONDS,
): string {
  const secrets = readOption('secret', () => readSecrets(secret));
  const expires = nowInSeconds() + lifetime;
  const ticket: DeletionTicket = { key, owner, bucket, issued: Date.now() / 1000, expires };
  return sealToken(DELETION, ticket, secrets);
}
