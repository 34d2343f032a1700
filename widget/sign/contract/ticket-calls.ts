import type { UploadError } from '../../core/errors.ts';
import type { StoredFile } from '../../core/protocol.ts';
import type { FileBeingChecked, MultipartGrant, SignedParts, UploadGrant } from '../../core/sign.ts';
import { unexpectedMembers } from '../http/bad-response.ts';
import { isNonEmptyString, isNumber, isObject, type JsonObject, toTexts } from '../http/json-guards.ts';
import type { Explain } from '../http/signer-fetch.ts';
import { UploadCompleter } from './complete-many.ts';

/** Sends one request to the signer, at a path below its own. */
export type Call = (path: string, body: object, signal: AbortSignal) => Promise<JsonObject>;

/** The members of a grant that are requests with its ticket. */
export type TicketCalls = Pick<MultipartGrant, 'signParts' | 'listParts' | 'complete' | 'abort'> &
  Required<Pick<UploadGrant, 'confirm'>>;

/**
 * Completes the uploads of one signer together.
 *
 * @param url the signer's
 */
export function createCompleter(call: Call, explain: Explain, url: string): UploadCompleter {
  // seconds, as everywhere in the contract
  const inMs = (file: unknown): unknown =>
    isObject(file) && isNumber(file.retryAfter) ? { ...file, retryAfter: file.retryAfter * 1000 } : file;
  return new UploadCompleter(
    async (tickets, signal) => {
      if (tickets.length === 1) return { files: [await call('/complete', { ticket: tickets[0] }, signal)] };
      const { files } = await call('/complete', { tickets }, signal);
      return { files: Array.isArray(files) ? files.map(inMs) : files };
    },
    async (problem, signal) => {
      const { status } = problem;
      const response = new Response(null, { status: isNumber(status) && status >= 400 && status < 600 ? status : 500 });
      const text = JSON.stringify(problem);
      return (await explain(signal)).signerError({
        method: 'POST',
        url: new URL(new Request(url).url),
        response,
        text,
      });
    },
  );
}

/** The requests about an upload that was granted. In a chunk of its own: a small file without a receipt needs none. */
export function ticketCalls(ticket: string, call: Call, completer?: UploadCompleter): TicketCalls {
  const request = (path: string, signal: AbortSignal, more?: object): Promise<JsonObject> =>
    call(path, { ticket, ...more }, signal);
  return {
    signParts: async (parts, signal) => toSignedParts(await request('/parts', signal, { parts })),
    listParts: async (signal) => toStoredParts(await request('/parts/list', signal)),
    complete: async (signal) =>
      toStoredFile(await (completer ? completer.complete(ticket, signal) : request('/complete', signal))),
    abort: async (signal) => {
      await request('/abort', signal);
    },
    confirm: async (signal) => {
      const answer = await request('/confirm', signal).catch((error: unknown) => {
        if ((error as UploadError).status === 404) return null;
        throw error;
      });
      return answer && toStoredFile(answer);
    },
  };
}

/**
 * The signatures of parts that came with the signature of their file.
 *
 * @param arrived when they arrived, as `Date.now()`
 */
export function toFirstParts(answer: JsonObject, arrived: number): SignedParts {
  const { parts, lifetime } = toSignedParts(answer);
  return { parts, lifetime: lifetime - (Date.now() - arrived) };
}

/** The signatures of parts. */
function toSignedParts(answer: JsonObject): SignedParts {
  const { parts, expires } = answer;
  const isSignedPart = (part: unknown): part is SignedParts['parts'][number] =>
    isObject(part) && isNumber(part.number) && isNonEmptyString(part.url) && !!toTexts(part.headers ?? {});
  if (!Array.isArray(parts) || !parts.every(isSignedPart) || !isNumber(expires)) {
    throw unexpectedMembers(answer, 'parts with number and url, and expires');
  }
  return {
    parts: parts.map(({ number, url, headers }) => ({ number, url, headers: toTexts(headers) })),
    lifetime: expires * 1000,
  };
}

/** The list of parts that the storage has. */
function toStoredParts(answer: JsonObject): { number: number; size: number }[] {
  const { parts } = answer;
  const isStoredPart = (part: unknown): part is { number: number; size: number } =>
    isObject(part) && isNumber(part.number) && isNumber(part.size);
  if (!Array.isArray(parts) || !parts.every(isStoredPart)) {
    throw unexpectedMembers(answer, 'parts with number and size');
  }
  return parts.map(({ number, size }) => ({ number, size }));
}

/** A stored file, or one that is still being checked. */
function toStoredFile(answer: JsonObject): StoredFile | FileBeingChecked {
  const { status, retryAfter, key, location, etag, size, receipt } = answer;
  if (status === 'processing') return { status, retryAfter: isNumber(retryAfter) ? retryAfter : undefined };
  if (!isNonEmptyString(key) || !isNonEmptyString(location)) throw unexpectedMembers(answer, 'key and location');
  return {
    key,
    location,
    etag: isNonEmptyString(etag) ? etag : undefined,
    size: isNumber(size) ? size : undefined,
    receipt: isNonEmptyString(receipt) ? receipt : undefined,
  };
}
