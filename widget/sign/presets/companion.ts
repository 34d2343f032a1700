import type { FileInfo } from '../../core/item.ts';
import type { Grant, MultipartGrant, Sign } from '../../core/sign.ts';
import { unexpectedMembers, isNumber, isObject, isNonEmptyString, isAbsoluteUrl } from '../http/json-guards.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { completeWithoutConfirm } from '../complete-without-confirm.ts';
import { signEach } from '../sign-each.ts';
import { MULTIPART_LIFETIME_MS, partSizeFor } from '../part-size.ts';
import { signatureLifetime, readGrant } from '../read-grant.ts';

export interface CompanionOptions extends SignerAccess {
  /** Bytes from which on a file goes in parts. Default 100 MiB, as with Uppy. */
  multipartFrom?: number | undefined;
}

const MULTIPART_FROM = 100 * 2 ** 20;
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
  const request = createSignerRequest(options);

  async function whole(file: FileInfo, signal: AbortSignal): Promise<Grant> {
    const query = new URLSearchParams({ filename: file.name, type: file.type });
    for (const [name, value] of Object.entries({ ...metadata, ...file.metadata }))
      query.set(`metadata[${name}]`, value);
    return readGrant(await request({ method: 'GET', path: '/s3/params', query: query.toString() }, signal), file);
  }

  async function inParts(file: FileInfo, signal: AbortSignal): Promise<Grant> {
    const body = { filename: file.name, type: file.type, metadata: { ...metadata, ...file.metadata } };
    const begun = await request({ path: '/s3/multipart', body }, signal);
    const { key, uploadId } = begun;
    if (!isNonEmptyString(key) || !isNonEmptyString(uploadId)) throw unexpectedMembers(begun, 'key and uploadId');
    const path = `/s3/multipart/${encodeURIComponent(uploadId)}`;
    const query = new URLSearchParams({ key }).toString();
    let location = '';
    let parts: Pick<UploadedPart, 'PartNumber' | 'ETag'>[] | undefined;
    async function list(signal: AbortSignal): Promise<UploadedPart[]> {
      const parts: unknown = await request({ method: 'GET', path, query, maxBytes: LIST_BYTES }, signal);
      const isWhole = (part: unknown): part is UploadedPart =>
        isObject(part) && isNumber(part['PartNumber']) && isNumber(part['Size']) && isNonEmptyString(part['ETag']);
      if (!Array.isArray(parts) || !parts.every(isWhole)) {
        throw unexpectedMembers(parts, 'a list of parts with PartNumber, Size and ETag');
      }
      return parts;
    }
    const grant: MultipartGrant = {
      id: file.id,
      method: 'MULTIPART',
      key,
      lifetime: MULTIPART_LIFETIME_MS,
      partSize: partSizeFor(file.size),
      renew: () => Promise.resolve(grant),
      async signParts(parts, signal) {
        const numbers = parts.map(({ number }) => number).join(',');
        const batch = { method: 'GET' as const, path: `${path}/batch`, query: `${query}&partNumbers=${numbers}` };
        const answer = await request(batch, signal);
        const urls = answer['presignedUrls'];
        const signed = parts.map(({ number }) => {
          const url = isObject(urls) && urls[number];
          if (!isAbsoluteUrl(url))
            throw unexpectedMembers(answer, `presignedUrls with a URL for each of the parts ${numbers}`);
          return { number, url };
        });
        const [first] = signed;
        const { origin, pathname } = new URL(first!.url);
        location = origin + pathname;
        return { parts: signed, lifetime: signatureLifetime(first!.url) || 0 };
      },
      listParts: async (signal) =>
        (await list(signal)).map(({ PartNumber, Size }) => ({ number: PartNumber, size: Size })),
      complete: completeWithoutConfirm(
        async (signal, sends) => {
          // of an upload that is completed there is no list, while some storages complete it again
          parts ??= (await list(signal)).map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
          sends();
          const answer = await request({ path: `${path}/complete`, query, body: { parts } }, signal);
          return { key, location: location || (isNonEmptyString(answer['location']) ? answer['location'] : '') };
        },
        () => ({ key, location }),
      ),
      abort: async (signal) => void (await request({ method: 'DELETE', path, query }, signal)),
    };
    return grant;
  }

  return signEach((file, { signal }) => (file.size >= multipartFrom ? inParts(file, signal) : whole(file, signal)));
}
