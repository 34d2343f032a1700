import type { UploadError } from '../core/errors.ts';
import type {
  FileRequest,
  PartsAnswer,
  PartsListAnswer,
  SignAnswer,
  SignedFile,
  SignedPost,
  SignRequest,
  StoredFile,
} from '../core/protocol.ts';
import type { ResumeRecord } from '../core/resume.ts';
import type { AgainOptions, FileToSign, Grant, MultipartGrant, Sign } from '../core/sign.ts';
import { askBackend, badShape, type BackendOptions } from './backend.ts';

export type EndpointOptions = BackendOptions;

/** Bytes of an answer that one signed file may need. */
const FILE_BYTES = 16_384;
/** Bytes of a list of 10,000 parts. */
const LIST_BYTES = 640_000;

type Call = <T>(path: string, body: object, signal: AbortSignal) => Promise<T>;

/** The native contract: one request signs a batch, and a ticket stands for each file in every later call. */
export function endpoint(options: BackendOptions): Sign {
  const call: Call = (path, body, signal) =>
    askBackend(
      options,
      {
        path,
        body,
        most:
          path === '/parts/list'
            ? LIST_BYTES
            : FILE_BYTES * (4 + ('files' in body ? (body.files as unknown[]).length : 0)),
      },
      signal,
    );
  const sign: Sign = async (files, { signal, method }) => {
    const body: SignRequest = { files: files.map(describe), metadata: options.metadata, ...(method && { method }) };
    const answer = await call<Partial<SignAnswer> & Partial<SignedPost>>('', body, signal);
    const { id } = files[0]!;
    if (answer.url && answer.fields && files.length === 1) return [toGrant({ ...(answer as SignedPost), id }, call)];
    if (!Array.isArray(answer.files)) throw badShape(answer, 'files, or url and fields for a single file');
    return answer.files.map((file) => toGrant(file, call));
  };
  return Object.assign(sign, {
    reopen: (id: string, { key, ticket, partSize, expires }: ResumeRecord) => {
      const seconds = (expires - Date.now()) / 1000;
      return toGrant({ id, method: 'MULTIPART', key, ticket, partSize, expires: seconds }, call) as MultipartGrant;
    },
    remove: (ticket: string, signal: AbortSignal) => call<void>('/delete', { ticket }, signal),
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

/** What an answer may hold, before anything is known of it. */
type Answered = Partial<Omit<SignedPost, 'method'> & { method: 'POST' | 'PUT' | 'MULTIPART'; partSize: number }>;

function toGrant(file: SignedFile, call: Call): Grant {
  if (file && 'error' in file && file.error) return file;
  const { id = '', fields, ticket, partSize = 0, ...answer }: Answered = file ?? {};
  const { method = fields && 'POST', expires, confirm: confirms, deletable, checksum } = answer;
  const key = answer.key ?? Object.entries(fields ?? {}).find(([name]) => name.toLowerCase() === 'key')?.[1];
  const isWhole = method === 'MULTIPART' ? ticket && partSize > 0 : answer.url && (method === 'PUT' || fields);
  if (!key || !isWhole) throw badShape(file, 'id, method, key, url and fields, or ticket and partSize');
  const common = { id, key, checksum, ticket, confirms, ...(expires && { lifetime: expires * 1000 }) };
  const ask = <T>(path: string, signal: AbortSignal, more?: object): Promise<T> =>
    call<T>(path, { ticket, ...more }, signal);
  const ticketed = ticket
    ? {
        again: async (signal: AbortSignal, { checksum }: AgainOptions) =>
          toGrant({ ...(await ask<SignedFile>('/sign-again', signal, checksum && { checksum })), id }, call),
        confirm: (signal: AbortSignal) =>
          ask<StoredFile>('/confirm', signal).catch((error: UploadError) => {
            if (error.status === 404) return null;
            throw error;
          }),
        remove: deletable ? (signal: AbortSignal) => ask<void>('/delete', signal) : undefined,
      }
    : {};
  if (method !== 'MULTIPART') return { ...file, ...common, ...ticketed, method } as Grant;
  return {
    ...common,
    ...ticketed,
    method,
    partSize,
    signParts: async (parts, signal) => {
      const answer = await ask<PartsAnswer>('/parts', signal, { parts });
      return { parts: answer.parts, lifetime: answer.expires * 1000 };
    },
    listParts: async (signal) => (await ask<PartsListAnswer>('/parts/list', signal)).parts,
    complete: (signal) => ask('/complete', signal),
    abort: (signal) => ask('/abort', signal),
  };
}
