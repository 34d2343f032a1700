import { UploadError, type UploadPhase } from '../../core/errors.ts';
import { s3Error, xmlText } from '../../core/s3-error.ts';
import { readText } from './read-text.ts';

/** A response of the storage with a status of 2xx. */
export interface StorageResponse {
  /** The body as text. */
  readonly text: string;
  /** A header's value, or null if it is absent or CORS hides it. */
  header(name: string): string | null;
}

/** One request to the storage. */
export interface StorageRequestInit {
  /** HTTP method. */
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Headers that the request sends. Default none. */
  headers?: Readonly<Record<string, string>>;
  /** Body of the request. Default none. */
  body?: string;
}

/** Maximum bytes of the storage's response: enough for a page of 1,000 parts with their checksums. */
const MAX_STORAGE_RESPONSE_BYTES = 2 ** 20;

/**
 * The ETag of a completed multipart upload.
 *
 * @throws {UploadError} `network` when a captive portal or proxy has answered with success in place of the storage
 */
export function completedEtag({ text }: StorageResponse, host: string): string | undefined {
  if (!text.includes('<CompleteMultipartUploadResult')) {
    const message = `${host} was not what answered: a captive portal or proxy did`;
    throw new UploadError('network', message, { phase: 'finalize', retry: 'transient' });
  }
  return xmlText(text, 'ETag')?.replaceAll('"', '') || undefined;
}

/**
 * Sends the storage a request other than an upload, such as the list of parts. Its URL is presigned, and no cookie is sent.
 *
 * @throws {UploadError} the meaning of a response other than 2xx; `fetch`'s own error when there is no response
 */
export async function requestStorage(
  url: string,
  { method, headers = {}, body }: StorageRequestInit,
  signal: AbortSignal,
  phase: UploadPhase = 'finalize',
): Promise<StorageResponse> {
  const response = await fetch(url, {
    method,
    headers,
    body: body ?? null,
    signal,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error', // another host might not be allowed
  });
  const text = await readText(response, MAX_STORAGE_RESPONSE_BYTES);
  if (text === undefined) {
    const message = `${new URL(url).host} answered with more than ${MAX_STORAGE_RESPONSE_BYTES} bytes. Check that it is an S3 storage.`;
    throw new UploadError('storage-config', message, { phase, status: response.status });
  }
  const header = (name: string): string | null => response.headers.get(name);
  // S3 may send the status 200 before it knows: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  if (response.ok && !text.includes('<Error>')) return { text, header };
  throw s3Error({ status: response.ok ? 500 : response.status, text, header }, phase);
}
