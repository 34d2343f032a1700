import { createWriteStream } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startDigest, type Checksum, type ChecksumAlgorithm } from '../protocol/checksums.ts';
import { S3Error } from '../protocol/s3-error.ts';

/** Largest body S3 takes in one request, in bytes. */
export const maxBodySize = 5 * 1024 ** 3;

export interface Expected {
  /** Smallest and largest size in bytes, both allowed. */
  readonly range?: readonly [number, number] | undefined;
  /** Content-MD5, hex. */
  readonly md5?: string | undefined;
  /** x-amz-content-sha256, hex. */
  readonly sha256?: string | undefined;
  readonly checksum?: Checksum | undefined;
}

/** Bytes that lie in a file and agree with all that was said of them. */
export interface Received {
  readonly size: number;
  /** hex */
  readonly md5: string;
  /** Of the algorithm that was asked for, or else of the one that S3 takes unasked. */
  readonly checksum: Checksum;
}

/**
 * Streams a body into `file`, never holding more than a chunk of it, and verifies it. The caller owns the file, also after
 * a refusal.
 *
 * @param algorithm of the checksum to compute when none is expected
 * @param trailer read after the last byte: the value that a chunked body states at its end for `algorithm`
 */
export async function receive(
  source: Readable,
  file: string,
  expected: Expected,
  algorithm: ChecksumAlgorithm,
  trailer?: () => string | undefined,
): Promise<Received> {
  const [min, max] = expected.range ?? [0, maxBodySize];
  const md5 = await startDigest('MD5');
  const checksum = await startDigest(expected.checksum?.algorithm ?? algorithm);
  const sha256 = expected.sha256 === undefined ? undefined : await startDigest('SHA256');
  const digests = [md5, checksum, ...(sha256 ? [sha256] : [])];
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > max) return done(tooLarge(size, max));
      for (const digest of digests) digest.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(source, meter, createWriteStream(file, { highWaterMark: 1024 * 1024 }));
  if (size < min)
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      ProposedSize: `${size}`,
      MinSizeAllowed: `${min}`,
    });

  const received = {
    size,
    md5: md5.digest().toString('hex'),
    checksum: {
      algorithm: expected.checksum?.algorithm ?? algorithm,
      value: checksum.digest().toString('base64'),
    },
  };
  const stated = trailer ? (trailer() ?? '') : expected.checksum?.value;
  verify(received, expected, sha256?.digest().toString('hex'), stated);
  return received;
}

function verify(
  received: Received,
  expected: Expected,
  sha256: string | undefined,
  checksum: string | undefined,
): void {
  if (expected.md5 !== undefined && expected.md5 !== received.md5)
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
      ExpectedDigest: expected.md5,
      CalculatedDigest: Buffer.from(received.md5, 'hex').toString('base64'),
    });
  if (expected.sha256 !== sha256)
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  if (checksum !== undefined && checksum !== received.checksum.value)
    throw new S3Error(
      'BadDigest',
      `The ${received.checksum.algorithm} you specified did not match the calculated checksum.`,
    );
}

export const tooLarge = (size: number, max: number) =>
  new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: `${size}`,
    MaxSizeAllowed: `${max}`,
  });
