import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { streamingTrailer } from './authenticate.ts';
import { AwsChunkedDecoder, incomplete } from './aws-chunked.ts';
import { malformedXml } from './attributes.ts';
import {
  checksumHeader,
  checksumAlgorithms,
  defaultAlgorithm,
  parseContentMd5,
  statedChecksum,
  type ChecksumAlgorithm,
} from './checksums.ts';
import { S3Error } from './errors.ts';
import type { Context } from './operations.ts';
import { maxBodySize, receive, tooLarge, type Received } from './receive.ts';
import type { S3Request } from './request.ts';
import { unsignedPayload } from './sigv4.ts';
import { parseXml } from './xml.ts';

/** Largest XML document S3 reads, with room for ten thousand parts and their checksums. */
const maxDocumentSize = 2 * 1024 * 1024;

/** Streams the body of a signed request into `file` and verifies whatever the request states of it. */
export async function receiveBody(
  { request, access }: Context,
  file: string,
  algorithm: ChecksumAlgorithm = defaultAlgorithm,
): Promise<Received> {
  const chunked = access?.payload === streamingTrailer;
  const length = chunked ? Number(request.header('x-amz-decoded-content-length') ?? Number.NaN) : request.contentLength;
  if (length === undefined || !Number.isSafeInteger(length))
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  if (length > maxBodySize) throw tooLarge(length, maxBodySize);
  const md5 = request.header('content-md5');
  const expected = {
    md5: md5 === undefined ? undefined : parseContentMd5(md5),
    sha256: chunked || access?.payload === unsignedPayload ? undefined : access?.payload,
  };
  if (chunked) return receiveChunked(request, file, length, expected, algorithm);
  const checksum = statedChecksum((name) => request.setting(name), 'x-amz-sdk-checksum-algorithm');
  return receive(request.incoming, file, { ...expected, checksum }, algorithm);
}

/** A request's XML document, bounded, verified as any body, with the given root element. */
export async function receiveDocument(context: Context, root: string): Promise<{ text: string; content: unknown }> {
  const { objects, request } = context;
  if ((request.contentLength ?? 0) > maxDocumentSize) throw malformedXml();
  return objects.withTemporary(request.bucket, async (file) => {
    await receiveBody(context, file);
    const text = await readFile(file, 'utf8');
    const content = parseXml(text, root);
    if (content === undefined) throw malformedXml();
    return { text, content };
  });
}

/** Bucket settings are refused unless their body's integrity is stated. */
export function assertIntegrityStated(request: S3Request): void {
  const names = ['content-md5', ...checksumAlgorithms.map(checksumHeader)];
  if (!names.some((name) => request.header(name) !== undefined))
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5');
}

async function receiveChunked(
  request: S3Request,
  file: string,
  length: number,
  expected: { md5: string | undefined },
  algorithm: ChecksumAlgorithm,
): Promise<Received> {
  const announced = request.header('x-amz-trailer')?.trim().toLowerCase();
  const trailing = checksumAlgorithms.find((candidate) => checksumHeader(candidate) === announced);
  if (announced !== undefined && !trailing)
    throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
  const decoder = new AwsChunkedDecoder({ highWaterMark: 1024 * 1024 });
  const body: Readable = request.incoming.pipe(decoder);
  request.incoming.once('close', () => {
    if (!request.incoming.readableEnded) decoder.destroy(incomplete());
  });
  try {
    const received = await receive(
      body,
      file,
      { ...expected, checksum: statedChecksum((name) => request.header(name)) },
      trailing ?? algorithm,
      trailing && (() => decoder.trailers.get(checksumHeader(trailing))),
    );
    if (received.size !== length) throw incomplete();
    return received;
  } finally {
    request.incoming.unpipe(decoder);
  }
}
