import assert from 'node:assert/strict';
import { ListMultipartUploadsCommand, type MultipartUpload } from '@aws-sdk/client-s3';
import { MIN_PART } from '../../signer/core/multipart.ts';
import type { SignedMultipart } from '../../widget/core/protocol.ts';
import type { TestSigner } from '../fixtures/signer.ts';
import type { LiveBucket } from './bucket.ts';

export const bytesOf = (size: number): Buffer => Buffer.alloc(size, 'bytes of a file, ');

export const sendPut = (url: string, body: Buffer, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'PUT', body: body as BodyInit, headers });

export async function call<T>(signer: TestSigner, path: string, body: object, status = 200): Promise<T> {
  const response = await signer.post(path, body);
  const text = await response.text();
  assert.equal(response.status, status, `${path}: ${text}`);
  return (text && JSON.parse(text)) as T;
}

/** Three parts, of which some are sent. */
export async function startMultipart(
  signer: TestSigner,
  send = [1, 2, 3],
): Promise<SignedMultipart & { size: number; body: Buffer }> {
  const size = 2 * MIN_PART + 1234;
  const body = bytesOf(size);
  const [file] = (await signer.sign([{ name: 'a.mp4', type: 'video/mp4', size }])) as SignedMultipart[];
  assert.equal(file!.method, 'MULTIPART');
  assert.equal(file!.partSize, MIN_PART);
  const ticket = file!.ticket;
  const parts = send.map((number) => ({ number, size: number < 3 ? MIN_PART : 1234 }));
  const signed = await call<{ parts: { number: number; url: string }[] }>(signer, '/parts', { ticket, parts });
  for (const { number, url } of signed.parts) {
    const answer = await sendPut(url, body.subarray((number - 1) * MIN_PART, number * MIN_PART));
    assert.equal(answer.status, 200, await answer.text());
  }
  return { ...file!, size, body };
}

export async function openUploads({ owner, bucket }: LiveBucket): Promise<MultipartUpload[]> {
  const { Uploads = [] } = await owner.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads;
}
