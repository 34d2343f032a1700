import { createWriteStream } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startDigest, type Checksum, type ChecksumAlgorithm } from '../protocol/checksums.ts';
import { S3Error, entityTooLarge, entityTooSmall } from '../protocol/s3-error.ts';

/** 5 GiB in one request: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;

/** The facts that a request states about its body. Each stated value is verified. */
export interface ExpectedBody {
  /** Smallest and largest size in bytes, both inclusive. Default: 0 to {@link MAX_BODY_BYTES}. */
  readonly range?: readonly [number, number];
  /** Content-MD5 as hex. */
  readonly md5?: string;
  /** `x-amz-content-sha256` as hex. */
  readonly sha256?: string;
  readonly checksum?: Checksum;
}

/** A body that was written to a file and verified. */
export interface VerifiedBody {
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly md5: string;
  /** The checksum, by the algorithm that the request states, or else by the default one. */
  readonly checksum: Checksum;
}

/**
 * Streams a body into a file and verifies it, with at most a few chunks in memory. The caller deletes the file when the
 * body is refused.
 *
 * @param algorithm the algorithm of the checksum to compute if the request states none
 * @param trailer returns the checksum that follows an aws-chunked body; called after the last byte
 * @throws {S3Error} `EntityTooLarge`, `EntityTooSmall`, `BadDigest`, `XAmzContentSHA256Mismatch`
 */
export async function writeVerified(
  source: Readable,
  file: string,
  expected: ExpectedBody,
  algorithm: ChecksumAlgorithm,
  trailer?: () => string | undefined,
): Promise<VerifiedBody> {
  const [min, max] = expected.range ?? [0, MAX_BODY_BYTES];
  const md5 = await startDigest('MD5');
  const checksum = await startDigest(expected.checksum?.algorithm ?? algorithm);
  const sha256 = expected.sha256 === undefined ? undefined : await startDigest('SHA256');
  const digests = [md5, checksum, ...(sha256 ? [sha256] : [])];
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > max) {
        done(entityTooLarge(size, max));
        return;
      }
      for (const digest of digests) digest.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(source, meter, createWriteStream(file, { highWaterMark: 1024 * 1024 }));
  if (size < min) throw entityTooSmall(size, min);

  const body = {
    size,
    md5: md5.digest().toString('hex'),
    checksum: {
      algorithm: expected.checksum?.algorithm ?? algorithm,
      value: checksum.digest().toString('base64'),
    },
  };
  const stated = trailer ? (trailer() ?? '') : expected.checksum?.value;
  verify(body, expected, sha256?.digest().toString('hex'), stated);
  return body;
}

function verify(
  body: VerifiedBody,
  expected: ExpectedBody,
  sha256: string | undefined,
  checksum: string | undefined,
): void {
  if (expected.md5 !== undefined && expected.md5 !== body.md5)
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
      ExpectedDigest: expected.md5,
      CalculatedDigest: Buffer.from(body.md5, 'hex').toString('base64'),
    });
  if (expected.sha256 !== sha256)
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  if (checksum !== undefined && checksum !== body.checksum.value)
    throw new S3Error(
      'BadDigest',
      `The ${body.checksum.algorithm} you specified did not match the calculated checksum.`,
    );
}
