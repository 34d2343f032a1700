import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import type { Checksum, PartsAnswer, PartsListAnswer } from '../../widget/core/protocol.ts';
import type { Admission } from './admission.ts';
import { createCompleteMultipart, multipartOf, noSuchUpload } from './complete-multipart.ts';
import { createConfirmUpload } from './confirm.ts';
import { uploadFields, type SignerEvent } from './events.ts';
import type { GrantUpload } from './grant.ts';
import { sizeOfPart } from './multipart.ts';
import { checksumHeaders } from './object-headers.ts';
import { CALLS, type CallPath, withSlash } from './paths.ts';
import { badRequest, ProblemError } from './problem.ts';
import { limitBody, readJson } from './read-json.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { PartsInput, SignAgainInput, TicketInput } from './schemas.ts';
import type { ObjectStorage } from './storage.ts';
import { openTicket, openTicketToDelete, type DeletionTicket, type Ticket } from './tickets.ts';

/** Maximum bytes of a request: a ticket of 12,000 characters, or a ticket and 100 parts. */
const MAX_TICKET_REQUEST_BYTES = 16 * 1024;

/** A request with a ticket signs no further file. */
const NO_DEMAND = { files: 0, bytes: 0, multiparts: [] };

interface Result {
  /** The JSON body of the response. Without it, the response is a 204. */
  body?: object;
  /** Further members of the call's event. */
  event?: Pick<SignerEvent, 'expires' | 'parts'>;
}

/** The calls about an upload that was granted before: `POST /sign-again`, `/parts`, `/complete` and so on. */
export function addTicketRoutes(
  app: Hono,
  options: ResolvedOptions,
  storage: ObjectStorage,
  admission: Admission,
  grantUpload: GrantUpload,
): void {
  const { secrets, onEvent, expires } = options;
  const confirmUpload = createConfirmUpload(options, storage);
  const completeMultipart = createCompleteMultipart(options, storage, admission);

  /** Adds a route. Nothing is requested from the storage before the caller's own, valid ticket is opened. */
  const addRoute = <Schema extends z.ZodType<{ ticket: string }>, T extends Ticket | DeletionTicket = Ticket>(
    path: CallPath,
    schema: Schema,
    handle: (c: Context, ticket: T, input: z.output<Schema>) => Promise<Result>,
    open = openTicket as (...parameters: Parameters<typeof openTicketToDelete>) => T,
  ): void => {
    app.on('POST', withSlash(path), limitBody(MAX_TICKET_REQUEST_BYTES), async (c) => {
      const input = await readJson(c, schema);
      const caller = await admission.admit(c, []);
      const ticket = open(input.ticket, caller.owner, secrets);
      const { body, event } = await admission.withQuota(c, caller, NO_DEMAND, () => handle(c, ticket, input));
      onEvent({ action: CALLS[path], owner: ticket.owner, ...uploadFields(ticket), ...event }, c);
      return body ? c.json(body) : c.body(null, 204);
    });
  };

  addRoute('/sign-again', SignAgainInput, async (_c, ticket, { checksum }) => {
    const body = await grantUpload(checksum ? withChecksum(ticket, checksum) : ticket);
    return { body, event: { expires: body.expires } };
  });

  addRoute('/parts', PartsInput, async (_c, ticket, { parts }) => {
    const { size, partSize } = multipartOf(ticket);
    for (const { number, size: bytes, checksum } of parts) {
      const expected = sizeOfPart(number, size, partSize);
      if (expected === undefined) throw badRequest('part', `part ${number}: the file has no such part.`);
      if (expected !== bytes) throw badRequest('part', `part ${number}: must have ${expected} bytes.`);
      if (checksum?.algorithm !== ticket.checksum) {
        throw badRequest(
          'checksum',
          `part ${number}: this upload was signed with ${ticket.checksum ?? 'no checksum'}.`,
        );
      }
    }
    const signed = parts.map(async ({ number, size: bytes, checksum }) => ({
      number,
      ...(await storage.signPart(ticket, number, bytes, checksum)),
    }));
    const body: PartsAnswer = { parts: await Promise.all(signed), expires };
    return { body, event: { expires, parts: parts.map(({ number }) => number) } };
  });

  addRoute('/parts/list', TicketInput, async (_c, ticket) => {
    multipartOf(ticket);
    const parts = await storage.listParts(ticket);
    if (!parts) throw noSuchUpload();
    const body: PartsListAnswer = { parts: parts.map(({ number, size }) => ({ number, size })) };
    return { body };
  });

  addRoute('/complete', TicketInput, async (c, ticket) => {
    const head = await completeMultipart(c, ticket);
    return { body: await confirmUpload(c, ticket, head) };
  });

  addRoute('/abort', TicketInput, async (_c, ticket) => {
    if (ticket.method !== 'MULTIPART') return {};
    await storage.abortMultipart(ticket);
    await admission.closeMultipart(ticket.key);
    return {};
  });

  addRoute('/confirm', TicketInput, async (c, ticket) => {
    const head = await storage.headObject(ticket.key);
    if (head?.size !== ticket.size) throw new ProblemError(404, 'not-stored', 'The file is not stored.');
    return { body: await confirmUpload(c, ticket, head) };
  });

  const deleteObject = async (_c: Context, { key }: Ticket | DeletionTicket): Promise<Result> => {
    if (!options.allowDelete) throw new ProblemError(403, 'delete-not-allowed', 'This signer does not delete files.');
    await storage.deleteObject(key);
    return {};
  };
  addRoute('/delete', TicketInput, deleteObject, openTicketToDelete);
}

/** The ticket of the same file, with the checksum that the client has computed by now. */
function withChecksum(ticket: Ticket, { algorithm, value }: Checksum): Ticket {
  if (ticket.method === 'MULTIPART') {
    throw badRequest('checksum', 'checksum: a multipart upload takes one for each part.');
  }
  const { checksum: _requested, headers, ...rest } = ticket;
  const others = Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-'));
  const added = checksumHeaders(algorithm, value, ticket.method);
  return { ...rest, headers: { ...Object.fromEntries(others), ...added } };
}
