/** Middle, lowest and highest of some values. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** Undefined when there are no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (!values.length) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, low: sorted[0]!, high: sorted.at(-1)! };
}
