/**
 * Runs `work` for each value, at most `max` at the same time.
 *
 * @returns the results, in the order of the values
 */
export async function inParallel<T, R>(
  values: readonly T[],
  max: number,
  work: (value: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = values.entries();
  const lane = async (): Promise<void> => {
    for (const [i, value] of rest) results[i] = await work(value);
  };
  await Promise.all(Array.from({ length: max }, lane));
  return results;
}
