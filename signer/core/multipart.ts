/** S3's limits for multipart uploads (AWS, "Amazon S3 multipart upload limits"): parts, bytes of each, bytes in all. */
export const MAX_PARTS = 10_000;
export const MIN_PART = 5 * 1024 ** 2;
export const MAX_PART = 5 * 1024 ** 3;
/** 48.8 TiB. */
export const MAX_OBJECT = MAX_PARTS * MAX_PART;

/** The part size to use: as wished, or as many MiB more as keep the parts at 10,000. */
export const growPartSize = (size: number, wished: number): number =>
  Math.max(wished, Math.ceil(size / MAX_PARTS / 1024 ** 2) * 1024 ** 2);

export const partCount = (size: number, partSize: number): number => Math.ceil(size / partSize);

/** Bytes of one part, numbered from 1; undefined beyond the last. */
export function sizeOfPart(number: number, size: number, partSize: number): number | undefined {
  const count = partCount(size, partSize);
  if (number < 1 || number > count) return undefined;
  return number < count ? partSize : size - partSize * (count - 1);
}

/** How what the storage holds differs from the plan; both lists empty when it is whole. */
export function compareParts(
  held: readonly { number: number; size: number }[],
  size: number,
  partSize: number,
): { missing: number[]; wrong: number[] } {
  const sizes = new Map(held.map((part) => [part.number, part.size]));
  const numbers = Array.from({ length: partCount(size, partSize) }, (_, i) => i + 1);
  return {
    missing: numbers.filter((number) => !sizes.has(number)),
    wrong: [...sizes]
      .filter(([number, bytes]) => bytes !== sizeOfPart(number, size, partSize))
      .map(([number]) => number),
  };
}
