import assert from 'node:assert/strict';
import { ListMultipartUploadsCommand, type MultipartUpload } from '@aws-sdk/client-s3';
import { MIN_PART_BYTES } from '../../signer/core/multipart.ts';
import type { SignedMultipart } from '../../widget/core/protocol.ts';
import type { SignerOptions } from '../../signer/core/options.ts';
import { signerOf, type TestSigner } from '../fixtures/signer.ts';
import type { TestBucket } from './bucket.ts';

/** Bytes of the last part of `startMultipart`. */
const LAST_PART_BYTES = 1234;

/** The content of a file with this many bytes. */
export const bytesOf = (size: number): Buffer => Buffer.alloc(size, 'bytes of a file, ');

/** Uploads a file or part with a presigned PUT. */
export const sendPut = (url: string, body: Buffer, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'PUT', body: body as BodyInit, headers });

/** Sends a call to the signer, checks the status, and returns the parsed response. */
export async function call<T>(signer: TestSigner, path: string, body: object, status = 200): Promise<T> {
  const response = await signer.post(path, body);
  const text = await response.text();
  assert.equal(response.status, status, `${path}: ${text}`);
  return (text && JSON.parse(text)) as T;
}

/** A signer for the bucket, with parts of the smallest size. */
export const signerOfBucket = ({ client, name }: TestBucket, options: Partial<SignerOptions> = {}): TestSigner =>
  signerOf({ client, bucket: name, multipartFrom: MIN_PART_BYTES + 1, partSize: MIN_PART_BYTES, ...options });

/** Signs a file of three parts, and uploads those with the given numbers. */
export async function startMultipart(
  signer: TestSigner,
  numbers = [1, 2, 3],
): Promise<SignedMultipart & { size: number; body: Buffer }> {
  const size = 2 * MIN_PART_BYTES + LAST_PART_BYTES;
  const body = bytesOf(size);
  const [file] = (await signer.sign([{ name: 'a.mp4', type: 'video/mp4', size }])) as SignedMultipart[];
  assert.equal(file!.method, 'MULTIPART');
  assert.equal(file!.partSize, MIN_PART_BYTES);
  const ticket = file!.ticket;
  const parts = numbers.map((number) => ({ number, size: number < 3 ? MIN_PART_BYTES : LAST_PART_BYTES }));
  const signed = await call<{ parts: { number: number; url: string }[] }>(signer, '/parts', { ticket, parts });
  for (const { number, url } of signed.parts) {
    const response = await sendPut(url, body.subarray((number - 1) * MIN_PART_BYTES, number * MIN_PART_BYTES));
    assert.equal(response.status, 200, await response.text());
  }
  return { ...file!, size, body };
}

/** The multipart uploads of the bucket that are neither completed nor aborted. */
export async function listOpenUploads({ directClient, name }: TestBucket): Promise<MultipartUpload[]> {
  const { Uploads = [] } = await directClient.send(new ListMultipartUploadsCommand({ Bucket: name }));
  return Uploads;
}
