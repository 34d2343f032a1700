/** A move from one file to another: in reading order, or by the rows and columns of a grid. */
export type Step = 'next' | 'previous' | 'above' | 'below' | 'first' | 'last';

/**
 * The number of cells that fit beside each other, at least one.
 *
 * @param width width of the list in pixels
 * @param minCellWidth minimum width of a cell in pixels; 0 for one column
 */
export const columnCount = (width: number, minCellWidth: number): number =>
  Math.max(1, (minCellWidth && Math.floor(width / minCellWidth)) || 1);

/**
 * Places cells line by line; a line is as high as its highest cell.
 *
 * @param heights heights of the cells in pixels
 * @returns the top of each cell, and the height of all lines
 */
export function placeCells(heights: readonly number[], columns: number): { tops: number[]; height: number } {
  const tops: number[] = [];
  let top = 0;
  let lineHeight = 0;
  heights.forEach((height, i) => {
    if (i % columns === 0) {
      top += lineHeight;
      lineHeight = 0;
    }
    tops.push(top);
    lineHeight = Math.max(lineHeight, height);
  });
  return { tops, height: top + lineHeight };
}

/** The index one step away from another. If there is no such cell, it is outside of the list or the same index. */
export function indexAfter(step: Step, from: number, count: number, columns: number): number {
  const last = count - 1;
  const lineOf = (index: number): number => Math.floor(index / columns);
  switch (step) {
    case 'first':
      return 0;
    case 'last':
      return last;
    // a single column has nothing beside a cell
    case 'next':
      return columns > 1 ? from + 1 : from;
    case 'previous':
      return columns > 1 ? from - 1 : from;
    case 'above':
      return from - columns;
    case 'below':
      return lineOf(from) < lineOf(last) ? Math.min(from + columns, last) : from;
    default:
      return step satisfies never;
  }
}
