import type { Readable } from 'node:stream';
import type { AuthenticatedRequest } from '../auth/authenticate.ts';
import { STREAMING_UNSIGNED_PAYLOAD_TRAILER, UNSIGNED_PAYLOAD } from '../auth/sigv4.ts';
import {
  CHECKSUM_ALGORITHMS,
  DEFAULT_ALGORITHM,
  checksumHeader,
  parseContentMd5,
  readStatedChecksum,
  type ChecksumAlgorithm,
} from '../protocol/checksums.ts';
import { S3Error, entityTooLarge, incompleteBody, missingContentLength } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import { AwsChunkedDecoder } from './aws-chunked-decoder.ts';
import { MAX_BODY_BYTES, writeVerified, type ExpectedBody, type VerifiedBody } from './write-verified.ts';

/** Options of {@link writeSignedBody}. */
export interface SignedBodyOptions {
  /** The algorithm of the checksum to compute if the request states none. Default: {@link DEFAULT_ALGORITHM}. */
  readonly algorithm?: ChecksumAlgorithm;
  /** Largest body in bytes. Default: {@link MAX_BODY_BYTES}. */
  readonly maxBytes?: number;
  /** Whether to ignore the checksum headers, because they do not describe this body. Default: false. */
  readonly ignoreChecksum?: boolean;
}

/**
 * Streams the body of a signed request into a file and verifies its signed hash, Content-MD5 and checksum.
 *
 * @throws {S3Error} `MissingContentLength`, `IncompleteBody`, `InvalidRequest`, `InvalidDigest`, and errors of
 *   {@link writeVerified}
 */
export async function writeSignedBody(
  { request, signature }: AuthenticatedRequest,
  file: string,
  options: SignedBodyOptions = {},
): Promise<VerifiedBody> {
  const { algorithm = DEFAULT_ALGORITHM, maxBytes = MAX_BODY_BYTES, ignoreChecksum = false } = options;
  const chunked = signature?.payloadHash === STREAMING_UNSIGNED_PAYLOAD_TRAILER;
  const length = chunked ? Number(request.header('x-amz-decoded-content-length') ?? Number.NaN) : request.contentLength;
  if (length === undefined || !Number.isSafeInteger(length)) throw missingContentLength();
  if (length > maxBytes) throw entityTooLarge(length, maxBytes);
  const md5 = request.header('content-md5');
  const hasSignedHash = !chunked && signature?.payloadHash !== UNSIGNED_PAYLOAD;
  // A chunked body names its algorithm in a header, but its checksum follows as a trailer.
  const announcement = chunked ? undefined : 'x-amz-sdk-checksum-algorithm';
  const expected: ExpectedBody = {
    range: [0, maxBytes],
    md5: md5 === undefined ? undefined : parseContentMd5(md5),
    sha256: hasSignedHash ? signature?.payloadHash : undefined,
    checksum: ignoreChecksum ? undefined : readStatedChecksum((name) => request.headerOrParam(name), announcement),
  };
  return chunked
    ? writeChunkedBody(request, file, length, expected, algorithm)
    : writeVerified(request.incoming, file, expected, algorithm);
}

async function writeChunkedBody(
  request: S3Request,
  file: string,
  length: number,
  expected: ExpectedBody,
  algorithm: ChecksumAlgorithm,
): Promise<VerifiedBody> {
  const announced = request.header('x-amz-trailer')?.trim().toLowerCase();
  const trailing = CHECKSUM_ALGORITHMS.find((candidate) => checksumHeader(candidate) === announced);
  if (announced !== undefined && !trailing)
    throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
  if (trailing && expected.checksum) throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header');
  const decoder = new AwsChunkedDecoder({ highWaterMark: 1024 * 1024 });
  const body: Readable = request.incoming.pipe(decoder);
  // pipe() does not report that its source was cut off.
  const onClose = () => request.incoming.readableEnded || decoder.destroy(incompleteBody());
  request.incoming.once('close', onClose);
  // The decoder may fail after writeVerified has failed; without a listener that error would end the process.
  decoder.on('error', () => {});
  try {
    const written = await writeVerified(
      body,
      file,
      expected,
      trailing ?? algorithm,
      trailing && (() => decoder.trailers.get(checksumHeader(trailing))),
    );
    if (written.size !== length) throw incompleteBody();
    return written;
  } finally {
    request.incoming.off('close', onClose).unpipe(decoder);
  }
}
