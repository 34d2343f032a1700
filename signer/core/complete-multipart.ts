import type { Context } from 'hono';
import type { Admission } from './admission.ts';
import { uploadFields } from './events.ts';
import { compareParts } from './multipart.ts';
import { badRequest, ProblemError } from './problem.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { ObjectStorage, UploadedPart } from './storage.ts';
import type { Ticket } from './tickets.ts';

/** Maximum part numbers that a problem's detail lists. */
const MAX_LISTED_PARTS = 10;

/** Makes the function that turns the parts of a multipart upload into one object, for `/complete`. */
export function createCompleteMultipart(
  { onEvent }: ResolvedOptions,
  storage: ObjectStorage,
  { closeMultipart }: Admission,
) {
  /** Aborts an upload that can never be completed, so that its parts are not stored any longer. */
  const abort = async (c: Context, ticket: Ticket, reason: string, cause?: unknown): Promise<ProblemError> => {
    await storage.abortMultipart(ticket);
    await closeMultipart(ticket.key);
    onEvent({ action: 'abort', owner: ticket.owner, ...uploadFields(ticket) }, c);
    return new ProblemError(422, 'parts-wrong', `${reason}; the upload was aborted.`, { cause });
  };

  /** @returns the ETag; undefined if the upload does not exist, or no longer, or was completed before */
  const joinParts = async (c: Context, ticket: Ticket, parts: readonly UploadedPart[]): Promise<string | undefined> => {
    const { size, partSize } = multipartOf(ticket);
    const { missing, wrong } = compareParts(parts, size, partSize);
    if (wrong.length > 0) throw await abort(c, ticket, 'The storage has parts that were never signed');
    if (missing.length > 0) {
      const listed = missing.slice(0, MAX_LISTED_PARTS).join(', ');
      throw new ProblemError(422, 'parts-missing', `${missing.length} parts are missing, such as ${listed}.`);
    }
    try {
      return await storage.completeMultipart(ticket, parts);
    } catch (cause) {
      const { name } = cause as Error;
      // A part was uploaded again after the list was made. The client lists the parts and sends what is missing.
      // Likewise if two requests complete the upload at the same time (ConditionalRequestConflict).
      if (name === 'InvalidPart' || name === 'InvalidPartOrder' || name === 'ConditionalRequestConflict') {
        throw new ProblemError(409, 'parts-changed', 'The parts have changed. List them again.', { cause });
      }
      if (name === 'EntityTooSmall') throw await abort(c, ticket, 'The parts are too small for this storage', cause);
      throw cause;
    }
  };

  /**
   * Completes the upload. A client repeats the call if the response was lost, so the upload may have been completed before.
   *
   * @returns the object's ETag; undefined if the upload does not exist, or no longer
   * @throws {ProblemError} 409 `parts-changed`, 422 `parts-missing` or `parts-wrong`
   */
  return async function completeMultipart(c: Context, ticket: Ticket): Promise<string | undefined> {
    multipartOf(ticket); // refuses the ticket of an upload in one request
    const parts = await storage.listParts(ticket);
    const etag = parts && (await joinParts(c, ticket, parts));
    // With a condition, the storage keeps the parts of an upload that was completed before.
    if (parts && etag === undefined) await storage.abortMultipart(ticket);
    await closeMultipart(ticket.key);
    return etag;
  };
}

/** A 404 for a multipart upload that does not exist, or no longer. */
export const noSuchUpload = (): ProblemError =>
  new ProblemError(404, 'no-such-upload', 'The storage has no such multipart upload. Sign the file again.');

/** @throws {ProblemError} 400 if the ticket is for an upload in one request */
export function multipartOf({ method, size, partSize }: Ticket): { size: number; partSize: number } {
  if (method !== 'MULTIPART') throw badRequest('ticket', 'ticket: this file is uploaded in one request, not in parts.');
  return { size, partSize: partSize! };
}
