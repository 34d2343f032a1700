import { createWriteStream } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startDigest, type Checksum, type ChecksumAlgorithm } from './checksums.ts';
import { S3Error } from './errors.ts';

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

/** Bytes that lie in a temporary file and agree with all that was said of them. */
export interface Received {
  readonly file: string;
  readonly size: number;
  /** hex */
  readonly md5: string;
  readonly checksums: Readonly<Partial<Record<ChecksumAlgorithm, string>>>;
}

/**
 * Streams a body into `file`, never holding more than a chunk of it, and verifies it. The caller owns the file, also after
 * a refusal.
 *
 * @param trailer read after the last byte: the checksum that a chunked body states at its end
 */
export async function receive(
  source: Readable,
  file: string,
  expected: Expected,
  algorithms: readonly ChecksumAlgorithm[] = [],
  trailer?: { readonly algorithm: ChecksumAlgorithm; value(): string | undefined },
): Promise<Received> {
  const [min, max] = expected.range ?? [0, maxBodySize];
  const md5 = await startDigest('MD5');
  const wanted = new Set<ChecksumAlgorithm>(algorithms);
  if (expected.checksum) wanted.add(expected.checksum.algorithm);
  if (expected.sha256 !== undefined) wanted.add('SHA256');
  if (trailer) wanted.add(trailer.algorithm);
  const running = await Promise.all([...wanted].map(async (name) => [name, await startDigest(name)] as const));
  const digests = [md5, ...running.map(([, digest]) => digest)];
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

  const checksums = Object.fromEntries(running.map(([name, digest]) => [name, digest.digest().toString('base64')]));
  const received = { file, size, md5: md5.digest().toString('hex'), checksums };
  const stated = trailer ? { algorithm: trailer.algorithm, value: trailer.value() ?? '' } : expected.checksum;
  verify(received, expected, stated);
  return received;
}

function verify(received: Received, { md5, sha256 }: Expected, checksum: Checksum | undefined): void {
  if (md5 !== undefined && md5 !== received.md5)
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
      ExpectedDigest: md5,
      CalculatedDigest: Buffer.from(received.md5, 'hex').toString('base64'),
    });
  if (sha256 !== undefined && Buffer.from(sha256, 'hex').toString('base64') !== received.checksums.SHA256)
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  if (checksum && checksum.value !== received.checksums[checksum.algorithm])
    throw new S3Error('BadDigest', `The ${checksum.algorithm} you specified did not match the calculated checksum.`);
}

export const tooLarge = (size: number, max: number) =>
  new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: `${size}`,
    MaxSizeAllowed: `${max}`,
  });
