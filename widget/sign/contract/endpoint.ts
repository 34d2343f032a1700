import type { UploadError } from '../../core/errors.ts';
import type { ChecksumAlgorithm, FileRequest, SignRequest, StoredFile } from '../../core/protocol.ts';
import type { ResumeRecord } from '../../core/resume-record.ts';
import type { FileToSign, Grant, MultipartGrant, Refusal, RenewOptions, Sign, SignedParts } from '../../core/sign.ts';
import { unexpectedMembers } from '../http/bad-response.ts';
import { isNonEmptyString, isNumber, isObject, type JsonObject, toTexts } from '../http/json-guards.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { fieldValue } from '../post-policy.ts';

/** The address of a signer of this project's contract, and the data sent with each request. */
export type EndpointOptions = SignerAccess;

/** Maximum bytes of a response without files. */
const MAX_BASE_BYTES = 65_536;
/** Maximum bytes that each signed file adds to a response. */
const MAX_BYTES_PER_FILE = 16_384;
/** Maximum bytes of a response with a list of 10,000 parts. */
const MAX_PART_LIST_BYTES = 640_000;
/** The checksum algorithms of the contract. */
const ALGORITHMS: readonly ChecksumAlgorithm[] = ['crc32', 'crc32c', 'crc64nvme', 'sha256'];

type Call = (path: string, body: object, signal: AbortSignal) => Promise<JsonObject>;

/**
 * Signs with this project's contract: one request signs a batch, and a ticket stands for each file in later requests.
 * `core/protocol.ts` has the contract as types.
 */
export function endpoint(options: EndpointOptions): Sign {
  const request = createSignerRequest(options);
  const call: Call = (path, body, signal) => {
    const files = 'files' in body ? (body.files as unknown[]).length : 0;
    const maxBytes = path === '/parts/list' ? MAX_PART_LIST_BYTES : MAX_BASE_BYTES + MAX_BYTES_PER_FILE * files;
    return request({ path, body, maxBytes }, signal);
  };
  const sign: Sign = async (files, { signal, method }) => {
    const body: SignRequest = { files: files.map(describe), metadata: options.metadata, method };
    const answer = await call('', body, signal);
    if (Array.isArray(answer.files)) return answer.files.map((file) => toGrant(file, call));
    const { id } = files[0]!;
    if (answer.fields && files.length === 1) return [toGrant({ ...answer, id }, call)];
    throw unexpectedMembers(answer, 'files, or url and fields for a single file');
  };
  return Object.assign(sign, {
    reopen: (id: string, { key, ticket, partSize, checksum, expires }: ResumeRecord) => {
      const answer = {
        id,
        method: 'MULTIPART',
        key,
        ticket,
        partSize,
        checksum,
        expires: (expires - Date.now()) / 1000,
      };
      return toGrant(answer, call) as MultipartGrant;
    },
    deleteFile: async (ticket: string, signal: AbortSignal) => {
      await call('/delete', { ticket }, signal);
    },
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
function toGrant(file: unknown, call: Call): Grant {
  const answer: JsonObject = isObject(file) ? file : {};
  const { id, error, url, ticket, partSize, expires } = answer;
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
    lifetime: isNumber(expires) && expires ? expires * 1000 : undefined,
    ...(isNonEmptyString(ticket) && withTicket(id, ticket, answer, call)),
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
  const callWithTicket = (path: string, signal: AbortSignal, more?: object): Promise<JsonObject> =>
    call(path, { ticket, ...more }, signal);
  return {
    ...common,
    method,
    partSize,
    signParts: async (parts, signal) => toSignedParts(await callWithTicket('/parts', signal, { parts })),
    listParts: async (signal) => toStoredParts(await callWithTicket('/parts/list', signal)),
    complete: async (signal) => toStoredFile(await callWithTicket('/complete', signal)),
    abort: async (signal) => {
      await callWithTicket('/abort', signal);
    },
  };
}

/** The members of a grant that a ticket makes possible, whatever its method. */
function withTicket(id: string, ticket: string, { confirm, deletable }: JsonObject, call: Call) {
  return {
    ticket,
    mustConfirm: confirm === true,
    renew: async (signal: AbortSignal, { checksum }: RenewOptions) =>
      toGrant({ ...(await call('/sign-again', { ticket, checksum }, signal)), id }, call),
    confirm: async (signal: AbortSignal) => {
      const answer = await call('/confirm', { ticket }, signal).catch((error: unknown) => {
        if ((error as UploadError).status === 404) return null;
        throw error;
      });
      return answer && toStoredFile(answer);
    },
    deleteFile:
      deletable === true
        ? async (signal: AbortSignal) => {
            await call('/delete', { ticket }, signal);
          }
        : undefined,
  };
}

function toRefusalError(error: unknown): Refusal['error'] {
  const { code, message, limit }: JsonObject = isObject(error) ? error : { message: error };
  return {
    code: isNonEmptyString(code) ? code : 'refused',
    message: isNonEmptyString(message) ? message : '',
    limit: isNumber(limit) ? limit : undefined,
  };
}

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

function toStoredParts(answer: JsonObject): { number: number; size: number }[] {
  const { parts } = answer;
  const isStoredPart = (part: unknown): part is { number: number; size: number } =>
    isObject(part) && isNumber(part.number) && isNumber(part.size);
  if (!Array.isArray(parts) || !parts.every(isStoredPart)) {
    throw unexpectedMembers(answer, 'parts with number and size');
  }
  return parts.map(({ number, size }) => ({ number, size }));
}

function toStoredFile(answer: JsonObject): StoredFile {
  const { key, location, etag, size, receipt } = answer;
  if (!isNonEmptyString(key) || !isNonEmptyString(location)) throw unexpectedMembers(answer, 'key and location');
  return {
    key,
    location,
    etag: isNonEmptyString(etag) ? etag : undefined,
    size: isNumber(size) ? size : undefined,
    receipt: isNonEmptyString(receipt) ? receipt : undefined,
  };
}
