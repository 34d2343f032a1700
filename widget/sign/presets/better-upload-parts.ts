import { xmlText } from '../../core/s3-error.ts';
import { checkUrl } from '../../core/check-grant.ts';
import { deadline } from '../../core/deadline.ts';
import { UploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { MultipartGrant } from '../../core/sign.ts';
import { type JsonObject, badShape, isNumber, isObject, isUrl } from '../http/json-guards.ts';
import { requestStorage } from '../http/storage-request.ts';
import { completeOnce } from '../complete-once.ts';
import { lifetimeOf } from '../read-grant.ts';

/**
 * All URLs are there from the start, and none of them can be had anew: an upload that they do not suffice for begins again,
 * and the old one is freed. There is none for a list: what is stored is known by the ETags of the answers.
 */
export function partsGrant(
  { id }: FileInfo,
  key: string,
  signed: JsonObject,
  partSize: unknown,
  allowedHosts: readonly string[] | undefined,
): MultipartGrant {
  const { parts, completeSignedUrl, abortSignedUrl } = signed;
  const isPart = (part: unknown): part is { signedUrl: string; partNumber: number } =>
    isObject(part) && isUrl(part['signedUrl']) && isNumber(part['partNumber']);
  if (!isUrl(completeSignedUrl) || !isUrl(abortSignedUrl) || !Array.isArray(parts) || !parts.every(isPart)) {
    throw badShape(signed, 'file, completeSignedUrl, abortSignedUrl, and parts with signedUrl and partNumber');
  }
  if (!isNumber(partSize)) throw badShape(signed, 'partSize beside the files');
  // the parts' own are looked at as they are sent
  for (const url of [completeSignedUrl, abortSignedUrl]) checkUrl(url, allowedHosts);
  const urls = new Map(parts.map(({ partNumber, signedUrl }) => [partNumber, signedUrl]));
  const { origin, pathname } = new URL(completeSignedUrl);
  const location = origin + pathname;
  const stored = new Map<number, { number: number; size: number; etag: string }>();
  const lifetime = lifetimeOf(completeSignedUrl);
  const timeLeft = deadline(lifetimeOf(parts[0]?.signedUrl ?? completeSignedUrl) || lifetime);
  const abort = async (signal: AbortSignal): Promise<void> => {
    await requestStorage(abortSignedUrl, { method: 'DELETE' }, signal);
  };
  return {
    id,
    method: 'MULTIPART',
    key,
    partSize,
    lifetime,
    async renew(signal) {
      // later its own URL has expired, too, and the bucket's lifecycle rule clears it
      await abort(signal).catch(() => signal.throwIfAborted());
      throw new UploadError('upload-lost', 'the URLs of its parts have expired', { phase: 'sign' });
    },
    signParts: (wanted) =>
      Promise.resolve({
        parts: wanted.map(({ number }) => ({ number, url: urls.get(number) ?? '' })),
        lifetime: timeLeft(),
      }),
    onPartStored({ number, size, etag }) {
      if (!etag) {
        const message = `the CORS rule of ${new URL(completeSignedUrl).host} must expose the header ETag: this signer completes uploads by it`;
        throw new UploadError('cors', message, { phase: 'upload' });
      }
      stored.set(number, { number, size, etag });
    },
    listParts: () => Promise.resolve([...stored.values()]),
    complete: completeOnce(
      async (signal, sends) => {
        const list = [...stored.values()]
          .sort((a, b) => a.number - b.number)
          .map(
            ({ number, etag }) =>
              `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('"', '')}</ETag></Part>`,
          );
        const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
        sends();
        const { text } = await requestStorage(completeSignedUrl, { method: 'POST', body }, signal);
        const etag = xmlText(text, 'ETag')?.replaceAll('"', '');
        return { key, location, ...(etag && { etag }) };
      },
      () => ({ key, location }),
    ),
    abort,
  };
}
