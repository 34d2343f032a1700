import { storageError } from '../../core/answer.ts';
import { isUploadError, UploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { Grant, MultipartGrant, Sign } from '../../core/sign.ts';
import { askBackend, badShape, type BackendOptions, readText } from '../backend.ts';
import { refusal } from '../one-by-one.ts';
import { lifetimeOf } from '../read-grant.ts';

export interface BetterUploadOptions extends BackendOptions {
  /** Name of the route in the router; needed. The endpoint may carry it, too: `endpoint="/api/upload?route=images"`. */
  route?: string | undefined;
}

interface Described {
  name: string;
  size: number;
  type: string;
  objectInfo: { key: string; metadata?: Record<string, string>; cacheControl?: string };
}

interface SignedPut {
  signedUrl: string;
  file: Described;
  headers?: Record<string, string>;
  skip?: 'completed';
}

interface SignedParts {
  file: Described;
  parts: { signedUrl: string; partNumber: number; size: number }[];
  completeSignedUrl: string;
  abortSignedUrl: string;
  skip?: 'completed';
}

interface Answer {
  files?: SignedPut[];
  multipart?: { files?: SignedParts[]; partSize?: number };
}

/** Files asked for at a time; a route that takes fewer is asked for each by itself. */
const BATCH = 6;
/** Bytes of an answer: every part of every file has its URL in it. */
const ANSWER_BYTES = 8 * 2 ** 20;
const STORAGE_ANSWER_BYTES = 65_536;

/** Better Upload's router, whose route decides whether files go whole (PUT) or in parts. */
export function betterUpload(options: BetterUploadOptions): Sign {
  const [place = '', search = ''] = options.url.split('?');
  const query = new URLSearchParams(search);
  const route = options.route ?? query.get('route');
  query.delete('route');
  const backend = { ...options, url: query.size ? `${place}?${query.toString()}` : place };
  let isSingle = false;

  async function ask(files: readonly FileInfo[], signal: AbortSignal): Promise<Grant[]> {
    if (!route) {
      const message =
        'the attribute endpoint must name the route of the router, as in endpoint="/api/upload?route=images"';
      throw new UploadError('config', message, { phase: 'sign' });
    }
    const own = files[0]!.metadata;
    const metadata = (options.metadata ?? own) && { ...options.metadata, ...own };
    const asked = files.map(({ name, size, type }) => ({ name, size, type }));
    const body = { route, files: asked, ...(metadata && { metadata }) };
    const answer = await askBackend<Answer>(backend, { body, most: ANSWER_BYTES }, signal);
    const granted = answer.multipart?.files ?? answer.files;
    if (!Array.isArray(granted)) throw badShape(answer, 'files, or multipart with files and partSize');
    // in order, but the router leaves out what it is to ignore
    let next = 0;
    return files.map((file) => {
      const signed = granted[next];
      if (signed?.file.name !== file.name || signed.file.size !== file.size || signed.file.type !== file.type) {
        return { id: file.id, error: { code: 'ignored', message: 'the router leaves this file out' } };
      }
      next += 1;
      if (signed.skip)
        return { id: file.id, error: { code: 'completed', message: 'the router says it is stored already' } };
      return 'parts' in signed ? partsGrant(file, signed, answer.multipart!.partSize!) : putGrant(file, signed);
    });
  }

  const sign: Sign = async (files, { signal }) => {
    // a request has one metadata for all its files
    if (!isSingle && (files.length === 1 || files.every(({ metadata }) => !metadata))) {
      try {
        return await ask(files, signal);
      } catch (error) {
        // the router refuses all for one, and says not for which
        if (files.length === 1) return [refusal(files[0]!, error)];
        if (!isUploadError(error) || error.code !== 'signer-refused') throw error;
        isSingle = true;
      }
    }
    const each = files.map(async (file) => (await ask([file], signal).catch((error) => [refusal(file, error)]))[0]!);
    return Promise.all(each);
  };
  return Object.assign(sign, { batch: BATCH });
}

/** Every header that was signed must be sent, as it was signed. */
function putGrant(file: FileInfo, { signedUrl, headers, file: { objectInfo } }: SignedPut): Grant {
  const { key, cacheControl, metadata = {} } = objectInfo;
  return {
    id: file.id,
    method: 'PUT',
    url: signedUrl,
    key,
    lifetime: lifetimeOf(signedUrl),
    headers: {
      'Content-Type': file.type,
      ...(cacheControl && { 'Cache-Control': cacheControl }),
      ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
      ...headers,
    },
  };
}

/** All URLs are there from the start, and there is none for a list: what is stored is known by the ETags of the answers. */
function partsGrant(file: FileInfo, signed: SignedParts, partSize: number): MultipartGrant {
  const { parts, completeSignedUrl, abortSignedUrl } = signed;
  const { key } = signed.file.objectInfo;
  const { origin, pathname } = new URL(completeSignedUrl);
  const stored = new Map<number, { number: number; size: number; etag: string }>();
  const send = async (url: string, init: RequestInit): Promise<string> => {
    const response = await fetch(url, { ...init, credentials: 'omit' });
    const text = await readText(response, STORAGE_ANSWER_BYTES);
    // S3 may begin a 200 before it knows
    if (response.ok && !/<Error>/.test(text)) return text;
    const header = (name: string): string | null => response.headers.get(name);
    throw storageError({ status: response.ok ? 500 : response.status, text, header }, 'finalize');
  };
  return {
    id: file.id,
    method: 'MULTIPART',
    key,
    partSize,
    lifetime: lifetimeOf(completeSignedUrl),
    signParts: (wanted) =>
      Promise.resolve({
        parts: wanted.map(({ number }) => ({
          number,
          url: parts.find(({ partNumber }) => partNumber === number)?.signedUrl ?? '',
        })),
        lifetime: lifetimeOf(parts[0]?.signedUrl ?? completeSignedUrl),
      }),
    onPart({ number, size, etag }) {
      if (!etag) {
        const message = `the CORS rule of ${new URL(completeSignedUrl).host} must expose the header ETag: this signer completes uploads by it`;
        throw new UploadError('cors', message, { phase: 'upload' });
      }
      stored.set(number, { number, size, etag });
    },
    listParts: () => Promise.resolve([...stored.values()]),
    async complete(signal) {
      const list = [...stored.values()]
        .sort((a, b) => a.number - b.number)
        .map(
          ({ number, etag }) =>
            `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('"', '')}</ETag></Part>`,
        );
      const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
      const text = await send(completeSignedUrl, { method: 'POST', body, signal });
      const etag = /<ETag>(?:&quot;|"|&#34;)?([\w-]+)/.exec(text)?.[1];
      return { key, location: origin + pathname, ...(etag && { etag }) };
    },
    abort: async (signal) => void (await send(abortSignedUrl, { method: 'DELETE', signal })),
  };
}
