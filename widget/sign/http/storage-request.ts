import { s3Error } from '../../core/s3-error.ts';
import { UploadError, type UploadPhase } from '../../core/errors.ts';
import { readText } from './read-text.ts';

export interface StorageResponse {
  readonly text: string;
  /** A header's value, or null where it is absent or CORS hides it. */
  header(name: string): string | null;
}

export interface StorageRequestInit {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  headers?: Readonly<Record<string, string>> | undefined;
  body?: string | undefined;
}

/** Bytes of an answer: a thousand parts with their checksums. */
const MAX_RESPONSE_BYTES = 2 ** 20;

/**
 * One request of the page itself to the storage, beside the files: allowed by its URL, and without a cookie.
 *
 * @throws {UploadError} what an answer other than 2xx means, or whatever fetch throws when there is none
 */
export async function requestStorage(
  url: string,
  { method, headers = {}, body = '' }: StorageRequestInit,
  signal: AbortSignal,
  phase: UploadPhase = 'finalize',
): Promise<StorageResponse> {
  const response = await fetch(url, {
    method,
    headers,
    signal,
    cache: 'no-store',
    credentials: 'omit',
    ...(body && { body }),
  });
  const text = await readText(response, MAX_RESPONSE_BYTES);
  if (text === undefined) {
    const message = `${new URL(url).host} answered with more than ${MAX_RESPONSE_BYTES} bytes: is it an S3 storage?`;
    throw new UploadError('storage-config', message, { phase, status: response.status });
  }
  const header = (name: string): string | null => response.headers.get(name);
  // S3 may begin a 200 before it knows: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
  if (response.ok && !/<Error>/.test(text.slice(0, 4096))) return { text, header };
  throw s3Error({ status: response.ok ? 500 : response.status, text, header }, phase);
}
