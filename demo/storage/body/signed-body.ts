import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { streamingTrailer } from '../auth/authenticate.ts';
import { AwsChunkedDecoder, incomplete } from './aws-chunked-decoder.ts';
import { malformedXml } from '../operations/object-metadata.ts';
import {
  checksumHeader,
  checksumAlgorithms,
  defaultAlgorithm,
  parseContentMd5,
  statedChecksum,
  type ChecksumAlgorithm,
} from '../protocol/checksums.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Context } from '../operations/operation-context.ts';
import { maxBodySize, receive, tooLarge, type Expected, type Received } from './write-verified.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import { unsignedPayload } from '../auth/sigv4.ts';
import { parseXml } from '../protocol/xml.ts';

/** Largest XML document S3 reads, with room for ten thousand parts and their checksums. */
const maxDocumentSize = 2 * 1024 * 1024;

export interface BodyOptions {
  /** Of the checksum to compute when the request states none. Default: S3's. */
  readonly algorithm?: ChecksumAlgorithm | undefined;
  /** In bytes. Default: what S3 takes in one request. */
  readonly maxSize?: number;
  /** The request's checksum headers are about something else than its body. */
  readonly ignoreChecksum?: boolean;
}

/** Streams the body of a signed request into `file` and verifies whatever the request states of it. */
export async function receiveBody({ request, access }: Context, file: string, options: BodyOptions): Promise<Received> {
  const { algorithm = defaultAlgorithm, maxSize = maxBodySize, ignoreChecksum = false } = options;
  const chunked = access?.payload === streamingTrailer;
  const length = chunked ? Number(request.header('x-amz-decoded-content-length') ?? Number.NaN) : request.contentLength;
  if (length === undefined || !Number.isSafeInteger(length))
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  if (length > maxSize) throw tooLarge(length, maxSize);
  const md5 = request.header('content-md5');
  const signed = !chunked && access?.payload !== unsignedPayload;
  // A chunked body announces an algorithm whose value comes behind it.
  const announcement = chunked ? undefined : 'x-amz-sdk-checksum-algorithm';
  const expected: Expected = {
    range: [0, maxSize],
    md5: md5 === undefined ? undefined : parseContentMd5(md5),
    sha256: signed ? access?.payload : undefined,
    checksum: ignoreChecksum ? undefined : statedChecksum((name) => request.setting(name), announcement),
  };
  return chunked
    ? receiveChunked(request, file, length, expected, algorithm)
    : receive(request.incoming, file, expected, algorithm);
}

/** A request's XML document, bounded, verified as any body, with the given root element. */
export async function receiveDocument(
  context: Context,
  root: string,
  options: Pick<BodyOptions, 'ignoreChecksum'> = {},
): Promise<{ text: string; content: unknown }> {
  const { objects, request } = context;
  return objects.withTemporary(request.bucket, async ({ path }) => {
    await receiveBody(context, path, { maxSize: maxDocumentSize, ...options });
    const text = await readFile(path, 'utf8');
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
  expected: Expected,
  algorithm: ChecksumAlgorithm,
): Promise<Received> {
  const announced = request.header('x-amz-trailer')?.trim().toLowerCase();
  const trailing = checksumAlgorithms.find((candidate) => checksumHeader(candidate) === announced);
  if (announced !== undefined && !trailing)
    throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
  if (trailing && expected.checksum) throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header');
  const decoder = new AwsChunkedDecoder({ highWaterMark: 1024 * 1024 });
  const body: Readable = request.incoming.pipe(decoder);
  // A pipe does not pass on that its source was cut off, and its end may fail when nobody reads it any more.
  const onClose = () => request.incoming.readableEnded || decoder.destroy(incomplete());
  request.incoming.once('close', onClose);
  decoder.on('error', () => {});
  try {
    const received = await receive(
      body,
      file,
      expected,
      trailing ?? algorithm,
      trailing && (() => decoder.trailers.get(checksumHeader(trailing))),
    );
    if (received.size !== length) throw incomplete();
    return received;
  } finally {
    request.incoming.off('close', onClose).unpipe(decoder);
  }
}
