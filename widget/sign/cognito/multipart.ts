import { isUploadError, UploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { StoredFile } from '../../core/protocol.ts';
import { MAX_PARTS } from '../../core/part-limits.ts';
import { xmlText } from '../../core/s3-error.ts';
import type { MultipartGrant } from '../../core/sign.ts';
import { completeMultipartBody } from '../http/complete-multipart-body.ts';
import { completedEtag } from '../http/storage-request.ts';
import { MULTIPART_LIFETIME_MS, partSizeFor } from '../part-size.ts';
import type { CognitoRequests, ObjectPath, SigningContext } from './requests.ts';

/** Maximum parts in a page of ListParts: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
const MAX_PAGE_PARTS = 1_000;

interface StoredPart {
  number: number;
  /** Bytes. */
  size: number;
  etag: string;
}

/**
 * Begins a multipart upload with the visitor's own credentials. The page signs the parts itself, and completes the upload
 * from the storage's list of parts.
 *
 * @param headers signed and sent with the request that begins the upload, such as metadata
 * @throws {UploadError} of phase `sign`, or `finalize` if the storage refuses the request
 */
export async function beginMultipart(
  requests: CognitoRequests,
  { id, size, type }: FileInfo,
  path: ObjectPath,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<MultipartGrant> {
  const { key, identityId: visitor } = path;
  const begin = { method: 'POST', query: { uploads: '' }, headers, contentType: type } as const;
  const { text } = await requests.request(path, begin, signal);
  const uploadId = xmlText(text, 'UploadId');
  if (!uploadId) {
    const { host } = new URL(requests.objectUrl(key));
    const message = `${host} began a multipart upload without an UploadId. Check that it is an S3 storage.`;
    throw new UploadError('storage-config', message, { phase: 'sign' });
  }
  const endlessList = `${new URL(requests.objectUrl(key)).host} lists more than ${MAX_PARTS} parts of an upload.`;
  let lastSigned: SigningContext | undefined;

  async function listParts(signal: AbortSignal): Promise<StoredPart[]> {
    const parts: StoredPart[] = [];
    for (let marker = '0'; ;) {
      const query = { uploadId: uploadId!, 'part-number-marker': marker };
      const { text } = await requests.request(path, { method: 'GET', query }, signal).catch(rethrowAsLost);
      const page = readParts(text);
      parts.push(...page);
      const last = page.at(-1)?.number ?? 0;
      // a list that does not advance would have no end
      if (!text.includes('<IsTruncated>true<') || !(last > Number(marker))) return parts;
      if (parts.length > MAX_PARTS) throw new UploadError('storage-config', endlessList, { phase: 'finalize' });
      marker = String(last);
    }
  }

  const storedFile = (etag: string | null = ''): StoredFile => ({
    key,
    location: requests.objectUrl(key),
    etag: etag?.replaceAll('"', '') || undefined,
  });

  const grant: MultipartGrant = {
    id,
    method: 'MULTIPART',
    key,
    visitor,
    lifetime: MULTIPART_LIFETIME_MS,
    partSize: partSizeFor(size),
    async renew(signal, { cause }) {
      if (lastSigned) await requests.handleRefusal(cause, path, lastSigned, signal);
      return grant;
    },
    async signParts(parts, signal) {
      const context = await requests.signingContext(path, signal);
      lastSigned = context;
      const signed = parts.map(async ({ number }) => {
        const query = { partNumber: String(number), uploadId };
        return { number, url: await requests.presign(key, { method: 'PUT', query }, context) };
      });
      return { parts: await Promise.all(signed), lifetime: context.lifetime };
    },
    listParts,
    async complete(signal) {
      const body = completeMultipartBody(await listParts(signal));
      const complete = { method: 'POST', query: { uploadId }, body } as const;
      const response = await requests.request(path, complete, signal).catch(rethrowAsLost);
      return storedFile(completedEtag(response, new URL(requests.objectUrl(key)).host));
    },
    // called when the upload is gone: it may be complete, and the response lost
    confirm: (signal) =>
      requests.request(path, { method: 'HEAD' }, signal).then(
        ({ header }) => ({ ...storedFile(header('etag')), size: Number(header('content-length')) }),
        (error: unknown) => {
          if (isUploadError(error) && (error.status === 403 || error.status === 404)) return null;
          throw error;
        },
      ),
    abort: (signal) =>
      requests.request(path, { method: 'DELETE', query: { uploadId } }, signal).then(
        () => {},
        (error: unknown) => {
          if (!isUploadError(error) || error.status !== 404) throw error;
        },
      ),
  };
  return grant;
}

/** The parts in a page of ListParts. Splits the text, because a pattern for whole elements takes quadratic time. */
export const readParts = (xml: string): StoredPart[] =>
  xml
    .split('<Part>')
    .slice(1, MAX_PAGE_PARTS + 1)
    .map((part) => ({
      number: Number(xmlText(part, 'PartNumber')),
      size: Number(xmlText(part, 'Size')),
      etag: xmlText(part, 'ETag') ?? '',
    }));

/** @throws {UploadError} `upload-lost` for a 404 with any error code of the storage; all other errors as they are */
function rethrowAsLost(error: unknown): never {
  if (!isUploadError(error) || error.status !== 404) throw error;
  const { message, status, s3Code, requestId } = error;
  throw new UploadError('upload-lost', message, { phase: 'finalize', status, s3Code, requestId, cause: error });
}
