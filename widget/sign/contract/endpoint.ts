import type { UploadError } from '../../core/errors.ts';
import type { ChecksumAlgorithm, FileRequest, SignRequest, StoredFile } from '../../core/protocol.ts';
import type { ResumeRecord } from '../../core/resume-record.ts';
import type { RenewOptions, FileToSign, Grant, MultipartGrant, Refusal, Sign, SignedParts } from '../../core/sign.ts';
import {
  type JsonObject,
  unexpectedMembers,
  isNumber,
  isObject,
  isNonEmptyString,
  isStringRecord,
} from '../http/json-guards.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { fieldValue } from '../post-policy.ts';

export type EndpointOptions = SignerAccess;

/** Bytes of an answer that one signed file may need. */
const FILE_BYTES = 16_384;
/** Bytes of a list of 10,000 parts. */
const LIST_BYTES = 640_000;
const ALGORITHMS: readonly ChecksumAlgorithm[] = ['crc32', 'crc32c', 'crc64nvme', 'sha256'];

type Call = (path: string, body: object, signal: AbortSignal) => Promise<JsonObject>;

/** The native contract: one request signs a batch, and a ticket stands for each file in every later call. */
export function endpoint(options: SignerAccess): Sign {
  const request = createSignerRequest(options);
  const call: Call = (path, body, signal) =>
    request(
      {
        path,
        body,
        maxBytes:
          path === '/parts/list'
            ? LIST_BYTES
            : FILE_BYTES * (4 + ('files' in body ? (body.files as unknown[]).length : 0)),
      },
      signal,
    );
  const sign: Sign = async (files, { signal, method }) => {
    const body: SignRequest = { files: files.map(describe), metadata: options.metadata, ...(method && { method }) };
    const answer = await call('', body, signal);
    if (Array.isArray(answer['files'])) return answer['files'].map((file) => toGrant(file, call));
    const { id } = files[0]!;
    if (answer['fields'] && files.length === 1) return [toGrant({ ...answer, id }, call)];
    throw unexpectedMembers(answer, 'files, or url and fields for a single file');
  };
  return Object.assign(sign, {
    reopen: (id: string, { key, ticket, partSize, expires }: ResumeRecord) => {
      const seconds = (expires - Date.now()) / 1000;
      return toGrant({ id, method: 'MULTIPART', key, ticket, partSize, expires: seconds }, call) as MultipartGrant;
    },
    deleteFile: async (ticket: string, signal: AbortSignal) => void (await call('/delete', { ticket }, signal)),
  });
}

const describe = ({ id, name, type, size, path, metadata, checksum }: FileToSign): FileRequest => ({
  id,
  name,
  type,
  size,
  ...(path && { path }),
  ...(metadata && { metadata }),
  ...(checksum && { checksum }),
});

/** Takes what the contract names, member by member: what is called later must not come out of an answer. */
function toGrant(file: unknown, call: Call): Grant {
  const {
    id,
    error,
    method: named,
    url,
    fields,
    headers,
    ticket,
    partSize,
    expires,
    ...rest
  }: JsonObject = isObject(file) ? file : {};
  if (isNonEmptyString(id) && error) return { id, error: refusalOf(error) };
  const method = isNonEmptyString(named) ? named.toUpperCase() : fields && 'POST';
  const key = rest['key'] ?? (isStringRecord(fields) ? fieldValue(fields, 'key') : undefined);
  const checksum = ALGORITHMS.find((known) => known === rest['checksum']);
  if (!isNonEmptyString(id) || !isNonEmptyString(key))
    throw unexpectedMembers(file, 'id, method and key, and what the method needs');
  if (rest['checksum'] && !checksum) throw unexpectedMembers(file, `a checksum of ${ALGORITHMS.join(', ')}`);
  const common = {
    id,
    key,
    ...(checksum && { checksum }),
    ...(isNumber(expires) && expires && { lifetime: expires * 1000 }),
    ...(isNonEmptyString(ticket) && ticketed(id, ticket, rest, call)),
  };
  if (method === 'POST') {
    if (!isNonEmptyString(url) || !isStringRecord(fields))
      throw unexpectedMembers(file, 'url, and fields that are strings');
    return { ...common, method, url, fields };
  }
  if (method === 'PUT') {
    if (!isNonEmptyString(url) || !isStringRecord(headers ?? {}))
      throw unexpectedMembers(file, 'url, and headers that are strings');
    return { ...common, method, url, headers: (headers ?? {}) as Readonly<Record<string, string>> };
  }
  if (method !== 'MULTIPART') throw unexpectedMembers(file, 'a method of POST, PUT or MULTIPART');
  if (!isNonEmptyString(ticket) || !isNumber(partSize) || partSize <= 0)
    throw unexpectedMembers(file, 'ticket and partSize');
  const ask = (path: string, signal: AbortSignal, more?: object): Promise<JsonObject> =>
    call(path, { ticket, ...more }, signal);
  return {
    ...common,
    method,
    partSize,
    signParts: async (parts, signal) => toSignedParts(await ask('/parts', signal, { parts })),
    listParts: async (signal) => toPartsList(await ask('/parts/list', signal)),
    complete: async (signal) => toStored(await ask('/complete', signal)),
    abort: async (signal) => void (await ask('/abort', signal)),
  };
}

/** What a ticket allows, whatever the method. */
function ticketed(id: string, ticket: string, { confirm, deletable }: JsonObject, call: Call) {
  return {
    ticket,
    mustConfirm: confirm === true,
    renew: async (signal: AbortSignal, { checksum }: RenewOptions) =>
      toGrant({ ...(await call('/sign-again', { ticket, ...(checksum && { checksum }) }, signal)), id }, call),
    confirm: async (signal: AbortSignal) => {
      const answer = await call('/confirm', { ticket }, signal).catch((error: UploadError) => {
        if (error.status === 404) return null;
        throw error;
      });
      return answer && toStored(answer);
    },
    ...(deletable === true && {
      deleteFile: async (signal: AbortSignal) => void (await call('/delete', { ticket }, signal)),
    }),
  };
}

function refusalOf(error: unknown): Refusal['error'] {
  const { code, message, limit }: JsonObject = isObject(error) ? error : { message: error };
  return {
    code: isNonEmptyString(code) ? code : 'refused',
    message: isNonEmptyString(message) ? message : '',
    ...(isNumber(limit) && { limit }),
  };
}

function toSignedParts(answer: JsonObject): SignedParts {
  const { parts, expires } = answer;
  const isWhole = (part: unknown): part is SignedParts['parts'][number] =>
    isObject(part) &&
    isNumber(part['number']) &&
    isNonEmptyString(part['url']) &&
    isStringRecord(part['headers'] ?? {});
  if (!Array.isArray(parts) || !parts.every(isWhole) || !isNumber(expires)) {
    throw unexpectedMembers(answer, 'parts with number and url, and expires');
  }
  return {
    parts: parts.map(({ number, url, headers }) => ({ number, url, ...(headers && { headers }) })),
    lifetime: expires * 1000,
  };
}

function toPartsList(answer: JsonObject): { number: number; size: number }[] {
  const { parts } = answer;
  const isWhole = (part: unknown): part is { number: number; size: number } =>
    isObject(part) && isNumber(part['number']) && isNumber(part['size']);
  if (!Array.isArray(parts) || !parts.every(isWhole)) throw unexpectedMembers(answer, 'parts with number and size');
  return parts.map(({ number, size }) => ({ number, size }));
}

function toStored(answer: JsonObject): StoredFile {
  const { key, location, etag, size, receipt } = answer;
  if (!isNonEmptyString(key) || !isNonEmptyString(location)) throw unexpectedMembers(answer, 'key and location');
  return {
    key,
    location,
    ...(isNonEmptyString(etag) && { etag }),
    ...(isNumber(size) && { size }),
    ...(isNonEmptyString(receipt) && { receipt }),
  };
}
