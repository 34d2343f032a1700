import type { FileInfo } from '../../core/item.ts';
import type { StoredFile } from '../../core/protocol.ts';
import type { Grant, MultipartGrant, Sign } from '../../core/sign.ts';
import { askBackend, badShape, type BackendOptions, type BackendRequest } from '../backend.ts';
import { oneByOne } from '../one-by-one.ts';
import { lifetimeOf, readGrant } from '../read-grant.ts';

export interface CompanionOptions extends BackendOptions {
  /** Bytes from which on a file goes in parts. Default 100 MiB, as with Uppy. */
  multipartFrom?: number | undefined;
}

const MULTIPART_FROM = 100 * 2 ** 20;
const PART_SIZE = 8 * 2 ** 20;
const MOST_PARTS = 10_000;
/** Milliseconds: Companion keeps no end of an upload in parts, and its bucket's lifecycle rule counts days. */
const MULTIPART_LIFETIME = 24 * 3_600_000;
/** Bytes of a list of ten thousand parts. */
const LIST_BYTES = 4 * 2 ** 20;

interface UploadedPart {
  PartNumber: number;
  Size: number;
  ETag: string;
}

/** Uppy's Companion: `/s3/params` for whole files, `/s3/multipart` for large ones. */
export function companion(options: CompanionOptions): Sign {
  const { metadata = {}, multipartFrom = MULTIPART_FROM } = options;
  const ask = <T>(request: BackendRequest, signal: AbortSignal): Promise<T> => askBackend<T>(options, request, signal);

  async function whole(file: FileInfo, signal: AbortSignal): Promise<Grant> {
    const query = new URLSearchParams({ filename: file.name, type: file.type });
    for (const [name, value] of Object.entries({ ...metadata, ...file.metadata }))
      query.set(`metadata[${name}]`, value);
    return readGrant(await ask<object>({ method: 'GET', path: '/s3/params', query: query.toString() }, signal), file);
  }

  async function inParts(file: FileInfo, signal: AbortSignal): Promise<Grant> {
    const body = { filename: file.name, type: file.type, metadata: { ...metadata, ...file.metadata } };
    const begun = await ask<{ key?: string; uploadId?: string }>({ path: '/s3/multipart', body }, signal);
    const { key, uploadId } = begun;
    if (!key || !uploadId) throw badShape(begun, 'key and uploadId');
    const path = `/s3/multipart/${encodeURIComponent(uploadId)}`;
    const query = new URLSearchParams({ key }).toString();
    let location = '';
    const list = (signal: AbortSignal): Promise<UploadedPart[]> =>
      ask({ method: 'GET', path, query, most: LIST_BYTES }, signal);
    const grant: MultipartGrant = {
      id: file.id,
      method: 'MULTIPART',
      key,
      lifetime: MULTIPART_LIFETIME,
      partSize: Math.max(PART_SIZE, Math.ceil(file.size / MOST_PARTS / 2 ** 20) * 2 ** 20),
      again: () => Promise.resolve(grant),
      async signParts(parts, signal) {
        const numbers = parts.map(({ number }) => number).join(',');
        const answer = await ask<{ presignedUrls?: Record<string, string> }>(
          { method: 'GET', path: `${path}/batch`, query: `${query}&partNumbers=${numbers}` },
          signal,
        );
        const urls = answer.presignedUrls;
        if (!urls) throw badShape(answer, 'presignedUrls');
        const { origin, pathname } = new URL(Object.values(urls)[0] ?? '');
        location = origin + pathname;
        return {
          parts: parts.map(({ number }) => ({ number, url: urls[number] ?? '' })),
          lifetime: lifetimeOf(Object.values(urls)[0]!) || 0,
        };
      },
      listParts: async (signal) =>
        (await list(signal)).map(({ PartNumber, Size }) => ({ number: PartNumber, size: Size })),
      async complete(signal) {
        const parts = (await list(signal)).map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
        const answer = await ask<Partial<StoredFile>>({ path: `${path}/complete`, query, body: { parts } }, signal);
        return { key, location: location || (answer.location ?? '') };
      },
      abort: (signal) => ask({ method: 'DELETE', path, query }, signal),
    };
    return grant;
  }

  return oneByOne((file, { signal }) => (file.size >= multipartFrom ? inParts(file, signal) : whole(file, signal)));
}
