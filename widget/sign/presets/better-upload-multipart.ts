import { checkUrl } from '../../core/check-grant.ts';
import { deadline } from '../../core/deadline.ts';
import { UploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { MultipartGrant } from '../../core/sign.ts';
import { completeWithoutConfirm } from '../complete-without-confirm.ts';
import { unexpectedMembers } from '../http/bad-response.ts';
import { completeMultipartBody } from '../http/complete-multipart-body.ts';
import { isAbsoluteUrl, isNumber, isObject, type JsonObject } from '../http/json-guards.ts';
import { completedEtag, requestStorage } from '../http/storage-request.ts';
import { signatureLifetime } from '../read-grant.ts';

/**
 * Makes a multipart grant from Better Upload's response, which has all URLs from the start. None can be renewed: if they
 * expire, the upload is aborted and begins again. There is no URL for a list of parts, so the grant collects the ETags of the
 * stored parts.
 *
 * @param signed the response's member for this file
 * @param partSize bytes, from the response
 * @throws {UploadError} `bad-signer-response`, also for a URL that `allowedHosts` does not allow
 */
export function createMultipartGrant(
  { id }: FileInfo,
  key: string,
  signed: JsonObject,
  partSize: unknown,
  allowedHosts: readonly string[] | undefined,
): MultipartGrant {
  const { parts, completeSignedUrl, abortSignedUrl } = signed;
  const isSignedPart = (part: unknown): part is { signedUrl: string; partNumber: number } =>
    isObject(part) && isAbsoluteUrl(part.signedUrl) && isNumber(part.partNumber);
  if (
    !isAbsoluteUrl(completeSignedUrl) ||
    !isAbsoluteUrl(abortSignedUrl) ||
    !Array.isArray(parts) ||
    !parts.every(isSignedPart)
  ) {
    const expected = 'file, completeSignedUrl, abortSignedUrl, and parts with signedUrl and partNumber';
    throw unexpectedMembers(signed, expected);
  }
  if (!isNumber(partSize)) throw unexpectedMembers(signed, 'partSize beside the files');
  // the queue checks the URLs of the parts when it sends them
  for (const url of [completeSignedUrl, abortSignedUrl]) checkUrl(url, allowedHosts);
  const urls = new Map(parts.map(({ partNumber, signedUrl }) => [partNumber, signedUrl]));
  const { origin, pathname, host } = new URL(completeSignedUrl);
  const location = origin + pathname;
  const stored = new Map<number, { number: number; size: number; etag: string }>();
  const lifetime = signatureLifetime(completeSignedUrl);
  const remainingMs = deadline(signatureLifetime(parts[0]?.signedUrl ?? completeSignedUrl) ?? lifetime ?? 0);
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
      // if the URL to abort it has expired too, the bucket's lifecycle rule removes the upload
      await abort(signal).catch(() => signal.throwIfAborted());
      throw new UploadError('upload-lost', "The URLs of the upload's parts have expired.", { phase: 'sign' });
    },
    signParts: (wanted) =>
      Promise.resolve({
        parts: wanted.map(({ number }) => ({ number, url: urls.get(number) ?? '' })),
        lifetime: remainingMs(),
      }),
    onPartStored({ number, size, etag }) {
      if (!etag) {
        const message = `The CORS rule of ${host} must expose the header ETag: Better Upload completes uploads by it.`;
        throw new UploadError('cors', message, { phase: 'upload' });
      }
      stored.set(number, { number, size, etag });
    },
    listParts: () => Promise.resolve([...stored.values()]),
    complete: completeWithoutConfirm(
      async (signal, onSend) => {
        const body = completeMultipartBody([...stored.values()]);
        onSend();
        const response = await requestStorage(completeSignedUrl, { method: 'POST', body }, signal);
        return { key, location, etag: completedEtag(response, host) };
      },
      () => ({ key, location }),
    ),
    abort,
  };
}
