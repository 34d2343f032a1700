import type { FileInfo } from '../../core/item.ts';
import type { Grant, MultipartGrant, Sign } from '../../core/sign.ts';
import { completeWithoutConfirm } from '../complete-without-confirm.ts';
import { unexpectedMembers } from '../http/bad-response.ts';
import { isAbsoluteUrl, isNonEmptyString, isNumber, isObject } from '../http/json-guards.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { MULTIPART_LIFETIME_MS, partSizeFor } from '../part-size.ts';
import { readGrant, signatureLifetime } from '../read-grant.ts';
import { signEach } from '../sign-each.ts';
import type { PresetFromAttributes } from './preset.ts';

/** Options of {@link companion}: the address of a Companion. */
export interface CompanionOptions extends SignerAccess {
  /** Bytes from which a file is uploaded in parts. Default 100 MiB, as in Uppy. */
  multipartFrom?: number;
}

/** Bytes from which a file is uploaded in parts: Uppy's own default, https://uppy.io/docs/aws-s3/ */
const COMPANION_MULTIPART_FROM_BYTES = 100 * 2 ** 20;
/** Maximum bytes of a response with a list of 10,000 parts. */
const MAX_COMPANION_LIST_BYTES = 4 * 2 ** 20;

interface StoredPart {
  PartNumber: number;
  /** Bytes. */
  Size: number;
  ETag: string;
}

/** Signs with Uppy's Companion: `/s3/params` for whole files, `/s3/multipart` for large ones. */
export function companion(options: CompanionOptions): Sign {
  const { metadata = {}, multipartFrom = COMPANION_MULTIPART_FROM_BYTES } = options;
  const request = createSignerRequest(options);

  async function grantWhole(file: FileInfo, signal: AbortSignal): Promise<Grant> {
    const query = new URLSearchParams({ filename: file.name, type: file.type });
    for (const [name, value] of Object.entries({ ...metadata, ...file.metadata })) {
      query.set(`metadata[${name}]`, value);
    }
    return readGrant(await request({ method: 'GET', path: '/s3/params', query: query.toString() }, signal), file);
  }

  async function beginMultipart(file: FileInfo, signal: AbortSignal): Promise<Grant> {
    const body = { filename: file.name, type: file.type, metadata: { ...metadata, ...file.metadata } };
    const begun = await request({ path: '/s3/multipart', body }, signal);
    const { key, uploadId } = begun;
    if (!isNonEmptyString(key) || !isNonEmptyString(uploadId)) throw unexpectedMembers(begun, 'key and uploadId');
    const path = `/s3/multipart/${encodeURIComponent(uploadId)}`;
    const query = new URLSearchParams({ key }).toString();
    let location = '';
    let completed: Pick<StoredPart, 'PartNumber' | 'ETag'>[] | undefined;
    async function listParts(signal: AbortSignal): Promise<StoredPart[]> {
      const parts: unknown = await request({ method: 'GET', path, query, maxBytes: MAX_COMPANION_LIST_BYTES }, signal);
      const isStoredPart = (part: unknown): part is StoredPart =>
        isObject(part) && isNumber(part.PartNumber) && isNumber(part.Size) && isNonEmptyString(part.ETag);
      if (!Array.isArray(parts) || !parts.every(isStoredPart)) {
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
        const batch = { method: 'GET', path: `${path}/batch`, query: `${query}&partNumbers=${numbers}` } as const;
        const answer = await request(batch, signal);
        const urls = answer.presignedUrls;
        const signed = parts.map(({ number }) => {
          const url = isObject(urls) && urls[number];
          if (!isAbsoluteUrl(url)) {
            throw unexpectedMembers(answer, `presignedUrls with a URL for each of the parts ${numbers}`);
          }
          return { number, url };
        });
        const { url } = signed[0]!;
        const { origin, pathname } = new URL(url);
        location = origin + pathname;
        return { parts: signed, lifetime: signatureLifetime(url) ?? 0 };
      },
      listParts: async (signal) =>
        (await listParts(signal)).map(({ PartNumber, Size }) => ({ number: PartNumber, size: Size })),
      complete: completeWithoutConfirm(
        async (signal, onSend) => {
          // Kept for a second request: a completed upload has no list of parts, though some storages complete it again.
          completed ??= (await listParts(signal)).map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
          onSend();
          const answer = await request({ path: `${path}/complete`, query, body: { parts: completed } }, signal);
          return { key, location: location || (isNonEmptyString(answer.location) ? answer.location : '') };
        },
        () => ({ key, location }),
      ),
      abort: async (signal) => {
        await request({ method: 'DELETE', path, query }, signal);
      },
    };
    return grant;
  }

  return signEach((file, { signal }) => (file.size >= multipartFrom ? beginMultipart : grantWhole)(file, signal));
}

/** The preset `signer="companion"`. */
export const fromAttributes: PresetFromAttributes = companion;
