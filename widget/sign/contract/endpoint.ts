import { type Load, loadOnce } from '../../core/lazy.ts';
import type { ChecksumAlgorithm, FileRequest, SignRequest } from '../../core/protocol.ts';
import type { ResumeRecord } from '../../core/resume-record.ts';
import { MIN_MULTIPART_BYTES } from '../../core/sign-batcher.ts';
import type { FileToSign, Grant, MultipartGrant, Refusal, RenewOptions, Sign } from '../../core/sign.ts';
import { unexpectedMembers } from '../http/bad-response.ts';
import { isNonEmptyString, isNumber, isObject, type JsonObject, toTexts } from '../http/json-guards.ts';
import type { Explain } from '../http/signer-fetch.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { fieldValue } from '../post-policy.ts';
import type { UploadCompleter } from './complete-many.ts';
import type { Call, TicketCalls } from './ticket-calls.ts';

/** The address of a signer of this project's contract, and the data sent with each request. */
export type EndpointOptions = SignerAccess;

/** Maximum bytes of a response without files. */
const MAX_BASE_BYTES = 65_536;
/** Maximum bytes that each file adds to a response: six presigned parts with a session token take about 15,000. */
const MAX_BYTES_PER_FILE = 32_768;
/** Maximum bytes of a response with a list of 10,000 parts. */
const MAX_PART_LIST_BYTES = 640_000;
/** The checksum algorithms of the contract. */
const ALGORITHMS: readonly ChecksumAlgorithm[] = ['crc32', 'crc32c', 'crc64nvme', 'sha256'];

const loadTicketCalls = (load: Load, signal?: AbortSignal, isQuiet?: boolean) =>
  load(() => import('./ticket-calls.ts'), signal, isQuiet);

/** Requests to one signer. */
interface Signer {
  readonly load: Load;
  readonly call: Call;
  /** A request with a ticket, whose code is loaded with the first one. */
  withTicket<K extends keyof TicketCalls>(ticket: string, name: K): TicketCalls[K];
  /** Completes an upload, in one request with others that end at the same time. */
  completeTogether(ticket: string): TicketCalls['complete'];
}

/**
 * Signs with this project's contract: one request signs a batch, and a ticket stands for each file in later requests.
 * `core/protocol.ts` has the contract as types.
 */
export function endpoint(options: EndpointOptions): Sign {
  const request = createSignerRequest(options);
  const { load = loadOnce } = options;
  const call: Call = (path, body, signal) => {
    const { files, tickets } = body as { files?: unknown[]; tickets?: unknown[] };
    const { length } = files ?? tickets ?? [];
    const maxBytes = path === '/parts/list' ? MAX_PART_LIST_BYTES : MAX_BASE_BYTES + MAX_BYTES_PER_FILE * length;
    // a page that closes deletes the files that its visitor has removed last
    return request({ path, body, maxBytes, keepalive: path === '/delete' }, signal);
  };
  const withTicket = <K extends keyof TicketCalls>(ticket: string, name: K): TicketCalls[K] => {
    const send = async (...parameters: unknown[]): Promise<unknown> => {
      const { ticketCalls } = await loadTicketCalls(load, parameters.at(-1) as AbortSignal);
      return (ticketCalls(ticket, call)[name] as (...parameters: unknown[]) => unknown)(...parameters);
    };
    return send as TicketCalls[K];
  };
  let completer: UploadCompleter | undefined;
  const completeTogether: Signer['completeTogether'] = (ticket) => async (signal) => {
    const { createCompleter, ticketCalls } = await loadTicketCalls(load, signal);
    const explain: Explain = (signal) => load(() => import('../http/signer-error.ts'), signal);
    completer ??= createCompleter(call, explain, options.url);
    return ticketCalls(ticket, call, completer).complete(signal);
  };
  const signer: Signer = { call, withTicket, completeTogether, load };
  const sign: Sign = async (files, { signal, method }) => {
    // arrives while the file is signed, which may go up in parts
    if (files.some(({ size }) => size >= MIN_MULTIPART_BYTES)) loadTicketCalls(load, signal, true).catch(() => {});
    const body: SignRequest = { files: files.map(describe), metadata: options.metadata, method };
    const answer = await call('', body, signal);
    if (Array.isArray(answer.files)) return answer.files.map((file) => toGrant(file, signer));
    const { id } = files[0]!;
    if (answer.fields && files.length === 1) return [toGrant({ ...answer, id }, signer)];
    throw unexpectedMembers(answer, 'files, or url and fields for a single file');
  };
  return Object.assign(sign, {
    reopen: (id: string, { key, ticket, visitor, partSize, checksum, expires }: ResumeRecord) => {
      const answer = {
        id,
        method: 'MULTIPART',
        key,
        ticket,
        visitor,
        partSize,
        checksum,
        expires: (expires - Date.now()) / 1000,
      };
      return toGrant(answer, signer) as MultipartGrant;
    },
    deleteFile: (ticket: string, signal: AbortSignal) => deleteFile(call, ticket, signal),
  });
}

const describe = ({ id, name, type, size, path, metadata, nonce, repeated, checksum }: FileToSign): FileRequest => ({
  id,
  name,
  type,
  size,
  path,
  metadata,
  nonce,
  repeated,
  checksum,
});

/** Copies the members of the contract one by one: a grant's functions must not come from a response. */
function toGrant(file: unknown, signer: Signer): Grant {
  const arrived = Date.now();
  const answer: JsonObject = isObject(file) ? file : {};
  const { id, error, url, ticket, visitor, partSize, expires, firstParts } = answer;
  const fields = toTexts(answer.fields);
  const headers = toTexts(answer.headers ?? {});
  if (isNonEmptyString(id) && error) return { id, error: toRefusalError(error) };
  const method = isNonEmptyString(answer.method) ? answer.method.toUpperCase() : answer.fields && 'POST';
  const key = answer.key ?? (fields && fieldValue(fields, 'key'));
  const checksum = ALGORITHMS.find((algorithm) => algorithm === answer.checksum);
  if (!isNonEmptyString(id) || !isNonEmptyString(key)) {
    throw unexpectedMembers(file, 'id, method and key, and the members that the method needs');
  }
  if (answer.checksum && !checksum) throw unexpectedMembers(file, `a checksum of ${ALGORITHMS.join(', ')}`);
  const common = {
    id,
    key,
    checksum,
    visitor: isNonEmptyString(visitor) ? visitor : undefined,
    lifetime: isNumber(expires) && expires ? expires * 1000 : undefined,
    ...(isNonEmptyString(ticket) && ticketMembers(id, ticket, answer, signer)),
  };
  if (method === 'POST') {
    if (!isNonEmptyString(url) || !fields) throw unexpectedMembers(file, 'url, and fields as texts');
    return { ...common, method, url, fields };
  }
  if (method === 'PUT') {
    if (!isNonEmptyString(url) || !headers) throw unexpectedMembers(file, 'url, and headers as texts');
    return { ...common, method, url, headers };
  }
  if (method !== 'MULTIPART') throw unexpectedMembers(file, 'a method of POST, PUT or MULTIPART');
  if (!isNonEmptyString(ticket) || !isNumber(partSize) || partSize <= 0) {
    throw unexpectedMembers(file, 'ticket and partSize');
  }
  return {
    ...common,
    method,
    partSize,
    ...(isObject(firstParts) && {
      firstParts: async () => (await loadTicketCalls(signer.load)).toFirstParts(firstParts, arrived),
    }),
    signParts: signer.withTicket(ticket, 'signParts'),
    listParts: signer.withTicket(ticket, 'listParts'),
    complete: answer.completeMany === true ? signer.completeTogether(ticket) : signer.withTicket(ticket, 'complete'),
    abort: signer.withTicket(ticket, 'abort'),
  };
}

/** The members of a grant that a ticket makes possible, whatever its method. */
const ticketMembers = (id: string, ticket: string, { confirm, deletable }: JsonObject, signer: Signer) => ({
  ticket,
  mustConfirm: confirm === true,
  renew: async (signal: AbortSignal, { checksum }: RenewOptions) =>
    toGrant({ ...(await signer.call('/sign-again', { ticket, checksum }, signal)), id }, signer),
  confirm: signer.withTicket(ticket, 'confirm'),
  deleteFile: deletable === true ? (signal: AbortSignal) => deleteFile(signer.call, ticket, signal) : undefined,
});

/** Deletes an object. Not in the chunk of the other requests with a ticket: a page that closes loads no chunk. */
async function deleteFile(call: Call, ticket: string, signal: AbortSignal): Promise<void> {
  await call('/delete', { ticket }, signal);
}

function toRefusalError(error: unknown): Refusal['error'] {
  const { code, message, limit }: JsonObject = isObject(error) ? error : { message: error };
  return {
    code: isNonEmptyString(code) ? code : 'refused',
    message: isNonEmptyString(message) ? message : '',
    limit: isNumber(limit) ? limit : undefined,
  };
}
