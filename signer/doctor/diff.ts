/** Unchanged lines that are kept around a change. */
const CONTEXT_LINES = 3;

/**
 * The difference between two JSON documents, line by line: `+` added, `-` removed, `…` for unchanged lines in between.
 * Empty if they are equal.
 */
export function diffJson(before: unknown, after: unknown): string {
  const lines = diffLines(toLines(before), toLines(after));
  if (lines.every((line) => line.startsWith(' '))) return '';
  const isNearChange = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1).some((line) => !line.startsWith(' '));
  return lines
    .flatMap((line, index) => {
      if (isNearChange(index)) return [line];
      return index === 0 || isNearChange(index - 1) ? ['  …'] : [];
    })
    .join('\n');
}

/** Members are sorted, because a storage returns them in an order of its own. */
const toLines = (document: unknown): string[] =>
  document === undefined ? [] : JSON.stringify(document, withSortedMembers, 2).split('\n');

const withSortedMembers = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** All lines of both documents in order, each with `+ `, `- ` or two spaces before it. */
function diffLines(before: readonly string[], after: readonly string[]): string[] {
  // lengths[i][j]: lines that the rest of `before` from i and the rest of `after` from j have in common.
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  const lengthAt = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i]![j] =
        before[i] === after[j] ? lengthAt(i + 1, j + 1) + 1 : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
    }
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push(`  ${before[i]}`);
      i++;
      j++;
    } else if (j >= after.length || (i < before.length && lengthAt(i + 1, j) >= lengthAt(i, j + 1))) {
      lines.push(`- ${before[i++]}`);
    } else {
      lines.push(`+ ${after[j++]}`);
    }
  }
  return lines;
}
