import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import type {
  Checksum,
  CompleteManyAnswer,
  PartsAnswer,
  PartsListAnswer,
  ProcessingFile,
  StoredFile,
} from '../../widget/core/protocol.ts';
import type { Admission } from './admission.ts';
import type { Caller } from './caller.ts';
import { createTicketOpeners, type OpenTicket } from './check-ticket.ts';
import type { Completion } from './completion.ts';
import { createCompleteMultipart, multipartOf, noSuchUpload } from './complete-multipart.ts';
import { createConfirmUpload } from './confirm.ts';
import { uploadFields, type SignerEvent } from './events.ts';
import type { GrantUpload } from './grant.ts';
import { inParallel } from './in-parallel.ts';
import { sizeOfPart } from './multipart.ts';
import { checksumHeaders } from './object-headers.ts';
import { CALLS, type CallPath, withSlash } from './paths.ts';
import { badRequest, problemOf, ProblemError } from './problem.ts';
import { keysOfFile } from './quarantine-key.ts';
import { readJson, requireJson } from './read-json.ts';
import type { ReportFailure } from './report-failure.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { CompleteInput, PartsInput, SignAgainInput, TicketInput } from './schemas.ts';
import type { ObjectStorage } from './storage.ts';
import type { DeletionTicket, Ticket } from './tickets.ts';

/** Maximum bytes of a request: a ticket of 12,000 characters, or a ticket and 100 parts. */
const MAX_TICKET_REQUEST_BYTES = 16 * 1024;

/** Maximum bytes of a request to complete uploads: 50 tickets of 10 KiB. Those of multipart uploads have about 700 bytes. */
const MAX_COMPLETE_REQUEST_BYTES = 512 * 1024;

/**
 * Uploads of one request that are completed at the same time: half of the storage's slots for it, so that two such requests never
 * wait for a slot.
 */
const MAX_COMPLETED_AT_ONCE = 10;

/** Seconds after which a client asks again for a file that is being checked. */
const CHECK_RETRY_AFTER_SECONDS = 2;

interface Result {
  /** The JSON body of the response. Without it, the response is a 204. */
  body?: object;
  /** Further members of the call's event. */
  event?: Pick<SignerEvent, 'expires' | 'parts'>;
  /** The file is stored and still being checked: the response is a 202, and there is no event yet. */
  isProcessing?: boolean;
}

/** The calls about an upload that was granted before: `POST /sign-again`, `/parts`, `/complete` and so on. */
export function addTicketRoutes(
  app: Hono,
  options: ResolvedOptions,
  storage: ObjectStorage,
  admission: Admission,
  { grantUpload, reportFailure }: { grantUpload: GrantUpload; reportFailure: ReportFailure },
): void {
  const { onEvent, expires } = options;
  const { openTicketToAbort, openTicketToDelete, openTicketToSign, openTicketToUse } = createTicketOpeners(options);
  const confirmUpload = createConfirmUpload(options, storage);
  const completeMultipart = createCompleteMultipart(options, storage, admission);

  /** Emits the event of a call that succeeded. */
  const report = (
    c: Context,
    path: CallPath,
    ticket: Ticket | DeletionTicket,
    { event, isProcessing }: Result,
  ): void => {
    if (!isProcessing) onEvent({ action: CALLS[path], owner: ticket.owner, ...uploadFields(ticket), ...event }, c);
  };

  const respond = (c: Context, { body, isProcessing }: Result): Response => {
    if (isProcessing) {
      return c.json<ProcessingFile>({ status: 'processing' }, 202, { 'Retry-After': `${CHECK_RETRY_AFTER_SECONDS}` });
    }
    return body ? c.json(body) : c.body(null, 204);
  };

  /** Adds a route. Nothing is requested from the storage before the caller's own, valid ticket is opened. */
  const addRoute = <Schema extends z.ZodType<{ ticket: string }>, T extends Ticket | DeletionTicket = Ticket>(
    path: CallPath,
    schema: Schema,
    handle: (c: Context, ticket: T, input: z.output<Schema>, caller: Caller) => Promise<Result>,
    open = openTicketToUse as OpenTicket<T>,
  ): void => {
    app.on('POST', withSlash(path), requireJson, async (c) => {
      const caller = await admission.admit(c, []);
      const input = await readJson(c, schema, MAX_TICKET_REQUEST_BYTES);
      const ticket = open(input.ticket, caller);
      const result = await handle(c, ticket, input, caller);
      report(c, path, ticket, result);
      return respond(c, result);
    });
  };

  const confirm = async (
    c: Context,
    ticket: Ticket,
    notStored: () => ProblemError,
    completion?: Completion,
  ): Promise<Result> => {
    const file = await confirmUpload(c, ticket, completion);
    if (file === undefined) throw notStored();
    return file === 'processing' ? { isProcessing: true } : { body: file satisfies StoredFile };
  };

  const signAgain = async (
    c: Context,
    ticket: Ticket,
    { checksum }: z.output<typeof SignAgainInput>,
  ): Promise<Result> => {
    const stored = await Promise.all(keysOfFile(ticket, options.quarantine).map((key) => storage.headObject(key)));
    // Another signature would let the file be replaced after it was confirmed.
    if (stored.some(Boolean)) throw new ProblemError(409, 'already-stored', 'The file is stored. Confirm it.');
    // One signature is for one file, so a scanner cannot be tried until something passes.
    if (options.quarantine) await confirmUpload(c, ticket);
    const body = await grantUpload(checksum ? withChecksum(ticket, checksum) : ticket);
    return { body, event: { expires: body.expires } };
  };
  addRoute('/sign-again', SignAgainInput, signAgain, openTicketToSign);

  addRoute('/parts', PartsInput, async (c, ticket, { parts }, caller) => {
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
    await admission.keepMultipart(c, caller, ticket);
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

  /** @param rounds how many uploads of a request follow each other */
  const complete = async (c: Context, sealed: string, caller: Caller, rounds = 1): Promise<Result> => {
    const ticket = openTicketToUse(sealed, caller);
    const etag = await completeMultipart(c, ticket);
    const result = await confirm(c, ticket, noSuchUpload, { etag, rounds });
    report(c, '/complete', ticket, result);
    return result;
  };

  /** Each upload gets what a request of its own would get: all checks, its event, and its problem if it fails. */
  const completeMany = async (c: Context, tickets: readonly string[], caller: Caller): Promise<CompleteManyAnswer> => {
    const rounds = Math.ceil(tickets.length / MAX_COMPLETED_AT_ONCE);
    const files = await inParallel(tickets, MAX_COMPLETED_AT_ONCE, async (sealed) => {
      try {
        const { body, isProcessing } = await complete(c, sealed, caller, rounds);
        return isProcessing
          ? { status: 'processing' as const, retryAfter: CHECK_RETRY_AFTER_SECONDS }
          : (body as StoredFile);
      } catch (error) {
        return { error: problemOf(reportFailure(error, c)) };
      }
    });
    return { files };
  };

  app.on('POST', withSlash('/complete'), requireJson, async (c) => {
    const caller = await admission.admit(c, []);
    const { ticket, tickets } = await readJson(c, CompleteInput, MAX_COMPLETE_REQUEST_BYTES);
    if (ticket !== undefined) return respond(c, await complete(c, ticket, caller));
    await admission.countUploads(c, caller, tickets!.length);
    return c.json(await completeMany(c, tickets!, caller));
  });

  const abort = async (_c: Context, ticket: Ticket): Promise<Result> => {
    if (ticket.method !== 'MULTIPART') return {};
    const wasOpen = await storage.abortMultipart(ticket);
    // A completed upload is stored, so its bytes stay counted.
    await admission.closeMultipart(ticket.key, wasOpen);
    return {};
  };
  addRoute('/abort', TicketInput, abort, openTicketToAbort);

  addRoute('/confirm', TicketInput, async (c, ticket) =>
    confirm(c, ticket, () => new ProblemError(404, 'not-stored', 'The file is not stored.')),
  );

  const deleteObject = async (_c: Context, ticket: Ticket | DeletionTicket): Promise<Result> => {
    if (!options.allowDelete) throw new ProblemError(403, 'delete-not-allowed', 'This signer does not delete files.');
    for (const key of keysOfFile(ticket, options.quarantine)) await storage.deleteObject(key);
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
