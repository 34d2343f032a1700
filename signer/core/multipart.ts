// The arithmetic of multipart uploads. Limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html

/** Maximum parts of one upload. */
export const MAX_PARTS = 10_000;
/** Minimum bytes of a part: 5 MiB. The last part may be smaller. */
export const MIN_PART_BYTES = 5 * 1024 ** 2;
/** Maximum bytes of a part: 5 GiB. */
export const MAX_PART_BYTES = 5 * 1024 ** 3;
/** Maximum bytes of an object: 10,000 parts of 5 GiB, which is 48.8 TiB. */
export const MAX_OBJECT_BYTES = MAX_PARTS * MAX_PART_BYTES;

/** Connections that a browser opens to one host over HTTP/1.1, and so the parts that are sent at the same time. */
export const MAX_CONNECTIONS = 6;

const MiB = 1024 ** 2;

/**
 * Bytes of a part. Parts are sent in waves, one on each connection, so a last wave of one part takes as long as one of six. The
 * number of parts is therefore the multiple of {@link MAX_CONNECTIONS} that comes closest to parts of the preferred size. A file
 * below 30 MiB has parts of 5 MiB, the smallest that S3 accepts. Of a file that needs nearly 10,000 parts, they have whole MiB.
 */
export function choosePartSize(size: number, preferred: number): number {
  const waves = Math.max(
    Math.round(size / preferred / MAX_CONNECTIONS),
    Math.ceil(size / MAX_PART_BYTES / MAX_CONNECTIONS),
    1,
  );
  if (waves * MAX_CONNECTIONS > MAX_PARTS) return Math.ceil(size / MAX_PARTS / MiB) * MiB;
  const fullWaves = Math.min(waves, Math.floor(size / MIN_PART_BYTES / MAX_CONNECTIONS));
  return fullWaves > 0 ? Math.ceil(size / (fullWaves * MAX_CONNECTIONS)) : MIN_PART_BYTES;
}

/** How many parts a file of `size` bytes has. */
export const countParts = (size: number, partSize: number): number => Math.ceil(size / partSize);

/** Bytes of one part. Parts are numbered from 1; undefined for a number that the file does not have. */
export function sizeOfPart(number: number, size: number, partSize: number): number | undefined {
  const count = countParts(size, partSize);
  if (number < 1 || number > count) return undefined;
  return number < count ? partSize : size - partSize * (count - 1);
}

/** The first parts of a file, at most `max`. */
export const partsOf = (size: number, partSize: number, max: number): { number: number; size: number }[] =>
  Array.from({ length: Math.min(max, countParts(size, partSize)) }, (_, i) => ({
    number: i + 1,
    size: sizeOfPart(i + 1, size, partSize)!,
  }));

/** Compares the parts in the storage with the plan. Both lists are empty if the upload is complete. */
export function compareParts(
  uploaded: readonly { number: number; size: number }[],
  size: number,
  partSize: number,
): { missing: number[]; wrong: number[] } {
  const sizes = new Map(uploaded.map((part) => [part.number, part.size]));
  const numbers = Array.from({ length: countParts(size, partSize) }, (_, i) => i + 1);
  return {
    missing: numbers.filter((number) => !sizes.has(number)),
    wrong: [...sizes]
      .filter(([number, bytes]) => bytes !== sizeOfPart(number, size, partSize))
      .map(([number]) => number),
  };
}
