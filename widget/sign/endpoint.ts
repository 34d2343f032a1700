import { retryAfter } from '../core/answer.ts';
import { UploadError, type UploadErrorCode, type UploadErrorInit } from '../core/errors.ts';
import type { FileInfo } from '../core/item.ts';
import type {
  FileRequest,
  PartsAnswer,
  PartsListAnswer,
  Problem,
  SignAnswer,
  SignedFile,
  SignedPost,
  SignRequest,
  StoredFile,
} from '../core/protocol.ts';
import type { Grant, Sign } from '../core/sign.ts';

export interface EndpointOptions {
  /** Absolute, or relative to the page. */
  url: string;
  /** Extra headers for the signer, never sent to the storage; a function is asked before each request. */
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined;
  /** Whether cookies go to a signer of another origin. Default false. */
  withCredentials?: boolean | undefined;
  /** Strings for the signer, such as an album's name. */
  metadata?: Record<string, string> | undefined;
}

/** Bytes of an answer that are read: a fixed part, and what one signed file may need. */
const ANSWER_BYTES = 65_536;
const FILE_BYTES = 16_384;
/** Milliseconds to wait after a 429 that does not say how long. */
const BUSY_WAIT = 5_000;

type Call = <T>(path: string, body: object, signal: AbortSignal) => Promise<T>;

/** The native contract: one request signs a batch, and a ticket stands for each file in every later call. */
export function endpoint(options: EndpointOptions): Sign {
  const call: Call = async (path, body, signal) => {
    const { url, headers, withCredentials } = options;
    const [place = '', query] = url.split('?');
    const response = await fetch((path ? place.replace(/\/$/, '') + path : place) + (query ? `?${query}` : ''), {
      method: 'POST',
      headers: [...new Headers(typeof headers === 'function' ? await headers() : headers), JSON_TYPE],
      credentials: withCredentials ? 'include' : 'same-origin',
      body: JSON.stringify(body),
      signal,
    });
    return readAnswer(response, 'files' in body ? (body.files as unknown[]).length : 1);
  };
  return async (files, { signal, method }) => {
    const body: SignRequest = { files: files.map(describe), metadata: options.metadata, ...(method && { method }) };
    const answer = await call<Partial<SignAnswer> & Partial<SignedPost>>('', body, signal);
    const { id } = files[0]!;
    if (answer.url && answer.fields && files.length === 1) return [toGrant({ ...(answer as SignedPost), id }, call)];
    if (!Array.isArray(answer.files)) throw badShape(answer, 'files, or url and fields for a single file');
    return answer.files.map((file) => toGrant(file, call));
  };
}

const JSON_TYPE = ['Content-Type', 'application/json'] as [string, string];

const describe = ({ id, name, type, size, path }: FileInfo): FileRequest => ({ id, name, type, size, path });

/** What an answer may hold, before anything is known of it. */
type Answered = Partial<Omit<SignedPost, 'method'> & { method: 'POST' | 'PUT' | 'MULTIPART'; partSize: number }>;

function toGrant(file: SignedFile, call: Call): Grant {
  if (file && 'error' in file && file.error) return file;
  const { id = '', fields, ticket, partSize = 0, ...answer }: Answered = file ?? {};
  const { method = fields && 'POST', expires, confirm: confirms, checksum } = answer;
  const key = answer.key ?? Object.entries(fields ?? {}).find(([name]) => name.toLowerCase() === 'key')?.[1];
  const isWhole = method === 'MULTIPART' ? ticket && partSize > 0 : answer.url && (method === 'PUT' || fields);
  if (!key || !isWhole) throw badShape(file, 'id, method, key, url and fields, or ticket and partSize');
  const common = { id, key, checksum, ticket, confirms, ...(expires && { lifetime: expires * 1000 }) };
  const ask = <T>(path: string, signal: AbortSignal, more?: object): Promise<T> =>
    call<T>(path, { ticket, ...more }, signal);
  const ticketed = ticket
    ? {
        again: async (signal: AbortSignal) => toGrant({ ...(await ask<SignedFile>('/sign-again', signal)), id }, call),
        confirm: (signal: AbortSignal) =>
          ask<StoredFile>('/confirm', signal).catch((error: UploadError) => {
            if (error.status === 404) return null;
            throw error;
          }),
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

async function readAnswer<T>(response: Response, files: number): Promise<T> {
  const text = await readText(response, ANSWER_BYTES + files * FILE_BYTES);
  if (response.status === 204) return undefined as T;
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    if (response.ok) throw badAnswer(`${response.headers.get('content-type') ?? 'no type'}, not JSON`, cause);
  }
  if (!response.ok) throw signerError(response, answer as Problem | undefined);
  if (!answer || typeof answer !== 'object') throw badShape(answer, 'an object');
  return answer as T;
}

/** Bounded: what answers at the endpoint may be anything, and need not end. */
async function readText(response: Response, most: number): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) return text;
    text += decoder.decode(value, { stream: true });
    if (text.length > most) {
      void reader!.cancel();
      throw badAnswer(`more than ${most} bytes`);
    }
  }
}

function signerError({ status, headers }: Response, problem: Problem | undefined): UploadError {
  const message = `the signer answered ${status}: ${String(problem?.detail ?? problem?.title ?? '').slice(0, 300)}`;
  const fail = (code: UploadErrorCode, init: Partial<UploadErrorInit> = {}): UploadError =>
    new UploadError(code, message, { phase: 'sign', status, ...init });
  if (status === 401 || status === 403) return fail('auth-required');
  const wait = retryAfter({ header: (name) => headers.get(name) });
  if (status === 429) return fail('signer-unreachable', { retry: 'throttle', retryAfter: wait ?? BUSY_WAIT });
  if (status >= 500) return fail('signer-unreachable', { retry: 'transient', retryAfter: wait });
  return fail('signer-refused');
}

const badAnswer = (what: string, cause?: unknown): UploadError =>
  new UploadError('bad-signer-response', `the signer answered with ${what}; does the attribute endpoint name it?`, {
    phase: 'sign',
    cause,
  });

const badShape = (answer: unknown, wanted: string): UploadError => {
  const had = answer && typeof answer === 'object' ? Object.keys(answer).slice(0, 20).join(', ') : typeof answer;
  return badAnswer(`the members [${had}], and wanted are ${wanted}`);
};
