import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import type { Checksum, PartsAnswer, PartsListAnswer } from '../../widget/core/protocol.ts';
import { confirmer } from './confirm.ts';
import type { Gate } from './admission.ts';
import { compareParts, sizeOfPart } from './multipart.ts';
import type { Signer, SignerEvent } from './options.ts';
import { CALLS, type CallPath } from './paths.ts';
import { checksumHeaders } from './policy.ts';
import { bad, ProblemError } from './problem.ts';
import { limitBody, readJson } from './read-json.ts';
import { PartsInput, SignAgainInput, TicketInput } from './schemas.ts';
import type { Granter } from './sign.ts';
import type { HeldPart, Storage } from './storage.ts';
import { type Deletion, openDeletion, openTicket, summary, type Ticket } from './ticket.ts';

const BYTES = 16 * 1024;

interface Handled {
  /** Sent as JSON; without it, the answer is a 204. */
  answer?: object;
  /** What the event of the call tells besides. */
  told?: Pick<SignerEvent, 'expires' | 'parts'>;
}

/** The calls about one upload that was granted. */
export function ticketRoutes(app: Hono, signer: Signer, storage: Storage, gate: Gate, grant: Granter): void {
  const { secrets, onEvent, expires } = signer;
  const confirmed = confirmer(signer, storage);

  /** Without a ticket that is this visitor's, valid and whole, the storage is not asked anything. */
  const on = <Schema extends z.ZodType<{ ticket: string }>, T extends Ticket | Deletion = Ticket>(
    path: CallPath,
    schema: Schema,
    handle: (c: Context, ticket: T, input: z.output<Schema>) => Promise<Handled>,
    open = openTicket as (...asked: Parameters<typeof openDeletion>) => T,
  ): void => {
    app.post(path, limitBody(BYTES), async (c) => {
      const input = await readJson(c, schema);
      const visitor = await gate.admit(c, []);
      const ticket = open(input.ticket, visitor.owner, secrets);
      const nothing = { files: 0, bytes: 0, multiparts: [] };
      const { answer, told } = await gate.within(c, visitor, nothing, () => handle(c, ticket, input));
      onEvent({ action: CALLS[path], owner: ticket.owner, ...summary(ticket), ...told }, c);
      return answer ? c.json(answer) : c.body(null, 204);
    });
  };

  on('/sign-again', SignAgainInput, async (_c, ticket, { checksum }) => {
    const again = checksum ? withChecksum(ticket, checksum) : ticket;
    const answer = await grant(again);
    return { answer, told: { expires: answer.expires } };
  });

  on('/parts', PartsInput, async (_c, ticket, { parts }) => {
    const { size, partSize } = multipart(ticket);
    for (const { number, size: bytes, checksum } of parts) {
      const expected = sizeOfPart(number, size, partSize);
      if (expected !== bytes) {
        throw bad('part', `part ${number}: ${expected === undefined ? 'there is none' : `has ${expected} bytes`}.`);
      }
      if (checksum?.algorithm !== ticket.checksum) {
        throw bad('checksum', `part ${number}: this upload was signed with ${ticket.checksum ?? 'no checksum'}.`);
      }
    }
    const signed = parts.map(async ({ number, size: bytes, checksum }) => ({
      number,
      ...(await storage.signPart(ticket, number, bytes, checksum)),
    }));
    const answer: PartsAnswer = { parts: await Promise.all(signed), expires };
    return { answer, told: { expires, parts: parts.map(({ number }) => number) } };
  });

  on('/parts/list', TicketInput, async (_c, ticket) => {
    multipart(ticket);
    const held = await storage.listParts(ticket);
    if (!held) throw gone();
    const answer: PartsListAnswer = { parts: held.map(({ number, size }) => ({ number, size })) };
    return { answer };
  });

  on('/complete', TicketInput, async (c, ticket) => {
    const { size } = multipart(ticket);
    const held = await storage.listParts(ticket);
    const etag = held && (await putTogether(c, ticket, held));
    await gate.closed(ticket.key);
    // Also when there was no such upload: it may have been completed before, and the answer lost.
    const stored = await storage.head(ticket.key);
    if (stored?.size === size) return { answer: await confirmed(c, ticket, stored) };
    if (etag !== undefined && !stored) return { answer: await confirmed(c, ticket, { etag, size }) };
    throw gone();
  });

  const putTogether = async (c: Context, ticket: Ticket, held: readonly HeldPart[]): Promise<string | undefined> => {
    const { size, partSize } = multipart(ticket);
    const { missing, wrong } = compareParts(held, size, partSize);
    if (wrong.length > 0) throw await end(c, ticket, 'The storage holds parts that were never signed');
    if (missing.length > 0) {
      const some = missing.slice(0, 10).join(', ');
      throw new ProblemError(
        422,
        'parts-missing',
        `The storage lacks ${missing.length} of the parts, such as ${some}.`,
      );
    }
    try {
      return await storage.completeMultipart(ticket, held);
    } catch (cause) {
      const { name } = cause as Error;
      // A part came anew between the list and this: the client lists again, and sends what is missing.
      if (name === 'InvalidPart' || name === 'InvalidPartOrder') {
        throw new ProblemError(409, 'parts-changed', 'The parts have changed: list them again.', { cause });
      }
      if (name === 'EntityTooSmall') throw await end(c, ticket, 'The storage takes no parts as small as these', cause);
      throw cause;
    }
  };

  /** Parts of which nothing will come are not kept. */
  const end = async (c: Context, ticket: Ticket, why: string, cause?: unknown): Promise<ProblemError> => {
    await storage.abortMultipart(ticket);
    await gate.closed(ticket.key);
    onEvent({ action: 'abort', owner: ticket.owner, ...summary(ticket) }, c);
    return new ProblemError(422, 'parts-wrong', `${why}; the upload was ended.`, { cause });
  };

  on('/abort', TicketInput, async (_c, ticket) => {
    if (ticket.method !== 'MULTIPART') return {};
    await storage.abortMultipart(ticket);
    await gate.closed(ticket.key);
    return {};
  });

  on('/confirm', TicketInput, async (c, ticket) => {
    const stored = await storage.head(ticket.key);
    if (stored?.size !== ticket.size) throw new ProblemError(404, 'not-stored', 'The file is not stored.');
    return { answer: await confirmed(c, ticket, stored) };
  });

  const remove = async (_c: Context, { key }: Ticket | Deletion): Promise<Handled> => {
    if (!signer.allowDelete) throw new ProblemError(403, 'delete-not-allowed', 'This signer deletes nothing.');
    await storage.remove(key);
    return {};
  };
  on('/delete', TicketInput, remove, openDeletion);
}

/** The ticket of the same file, with the checksum that was asked for. */
function withChecksum(ticket: Ticket, { algorithm, value }: Checksum): Ticket {
  if (ticket.method === 'MULTIPART') throw bad('checksum', 'checksum: a multipart upload takes one for each part.');
  const { checksum: _asked, headers, ...rest } = ticket;
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-'));
  const added = checksumHeaders(algorithm, value, ticket.method);
  return { ...rest, headers: { ...Object.fromEntries(kept), ...added } };
}

const gone = (): ProblemError =>
  new ProblemError(404, 'no-such-upload', 'The storage has no such multipart upload: sign the file anew.');

function multipart({ method, size, partSize }: Ticket): { size: number; partSize: number } {
  if (method !== 'MULTIPART') throw bad('ticket', 'ticket: this file goes up in one request, not in parts.');
  return { size, partSize: partSize! };
}
