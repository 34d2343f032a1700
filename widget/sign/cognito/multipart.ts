import { xmlText } from '../../core/s3-error.ts';
import { isUploadError, UploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { StoredFile } from '../../core/protocol.ts';
import type { MultipartGrant } from '../../core/sign.ts';
import type { CognitoRequests, ObjectPath, SigningContext } from './requests.ts';
import { MULTIPART_LIFETIME_MS, partSizeFor } from '../part-size.ts';

interface Part {
  number: number;
  size: number;
  etag: string;
}

/** Begins an upload in parts with the visitor's own credentials: the page is its own signer, and completes what it has begun. */
export async function beginMultipart(
  requests: CognitoRequests,
  { id, size, type }: FileInfo,
  place: ObjectPath,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<MultipartGrant> {
  const { key } = place;
  const begun = await requests.ask(place, { method: 'POST', query: { uploads: '' }, headers, type }, signal);
  const uploadId = xmlText(begun.text, 'UploadId');
  if (!uploadId) {
    const message = `${new URL(requests.objectUrl(key)).host} began an upload in parts without an UploadId: is it an S3 storage?`;
    throw new UploadError('storage-config', message, { phase: 'sign' });
  }
  let signed: SigningContext | undefined;

  async function list(signal: AbortSignal): Promise<Part[]> {
    const parts: Part[] = [];
    for (let marker = '0'; ;) {
      const query = { uploadId: uploadId!, 'part-number-marker': marker };
      const { text } = await requests.ask(place, { method: 'GET', query }, signal).catch(unlessGone);
      const page = [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
        number: Number(xmlText(part, 'PartNumber')),
        size: Number(xmlText(part, 'Size')),
        etag: xmlText(part, 'ETag') ?? '',
      }));
      parts.push(...page);
      if (!page.length || !/<IsTruncated>true</.test(text)) return parts;
      marker = String(page.at(-1)!.number);
    }
  }

  const stored = (etag: string | null = ''): StoredFile => ({
    key,
    location: requests.objectUrl(key),
    ...(etag && { etag: etag.replaceAll('"', '') }),
  });

  const grant: MultipartGrant = {
    id,
    method: 'MULTIPART',
    key,
    lifetime: MULTIPART_LIFETIME_MS,
    partSize: partSizeFor(size),
    async renew(signal, { cause }) {
      if (signed) await requests.learn(cause, place, signed, signal);
      return grant;
    },
    async signParts(parts, signal) {
      const now = (signed = await requests.sign(place, signal));
      const urls = parts.map(async ({ number }) => ({
        number,
        url: await requests.url(key, { method: 'PUT', query: { partNumber: String(number), uploadId } }, now),
      }));
      return { parts: await Promise.all(urls), lifetime: now.lifetime };
    },
    listParts: list,
    async complete(signal) {
      const parts = (await list(signal)).map(
        ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${xmlEscape(etag)}</ETag></Part>`,
      );
      const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
      const { text } = await requests
        .ask(place, { method: 'POST', query: { uploadId }, body }, signal)
        .catch(unlessGone);
      return stored(xmlText(text, 'ETag'));
    },
    // of an upload that is gone: it may have been completed, and the answer lost
    confirm: (signal) =>
      requests.ask(place, { method: 'HEAD' }, signal).then(
        ({ header }) => ({ ...stored(header('etag')), size: Number(header('content-length')) }),
        (error: unknown) => {
          if (isUploadError(error) && (error.status === 403 || error.status === 404)) return null;
          throw error;
        },
      ),
    abort: (signal) =>
      requests.ask(place, { method: 'DELETE', query: { uploadId } }, signal).then(
        () => {},
        (error: unknown) => {
          if (!isUploadError(error) || error.status !== 404) throw error;
        },
      ),
  };
  return grant;
}

/** @throws {UploadError} `upload-lost`, by whatever name a storage says that it knows no such upload */
function unlessGone(error: unknown): never {
  if (!isUploadError(error) || error.status !== 404) throw error;
  const { message, status, s3Code, requestId } = error;
  throw new UploadError('upload-lost', message, { phase: 'finalize', status, s3Code, requestId, cause: error });
}

const xmlEscape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
