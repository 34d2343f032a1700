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
 * Places the cells of a list line by line; a line is as high as its highest cell. A height is read again only once it has
 * changed, so that a hundred thousand cells cost little.
 */
export class CellPlaces {
  readonly #heightOf: (index: number) => number;
  /** Height of each line in pixels. */
  readonly #heights: number[] = [];
  /** Top of each line in pixels, and at the end the height of all lines. */
  readonly #tops = [0];
  /** Tops are known up to this line. */
  #known = 0;
  #count = 0;
  #columns = 1;

  /** @param heightOf returns the height of a cell in pixels */
  constructor(heightOf: (index: number) => number) {
    this.#heightOf = heightOf;
  }

  /** Sets the number of cells. Those from the index `from` on are others than before. */
  setCells(count: number, from: number): void {
    this.#count = count;
    this.#forget(from);
  }

  /** Sets the number of cells of a line. */
  setColumns(columns: number): void {
    if (columns === this.#columns) return;
    this.#forget(0);
    this.#columns = columns;
  }

  /** Reads the height of a cell again. */
  update(index: number): void {
    const line = Math.floor(index / this.#columns);
    if (line >= this.#heights.length) return;
    const height = this.#heightOfLine(line);
    if (height === this.#heights[line]) return;
    this.#heights[line] = height;
    this.#known = Math.min(this.#known, line);
  }

  /** The height of all lines in pixels. */
  get height(): number {
    return this.#place()[this.#heights.length]!;
  }

  /** The top of a cell in pixels. */
  topOf(index: number): number {
    return this.#place()[Math.floor(index / this.#columns)]!;
  }

  /** The height of a cell's line in pixels. */
  heightOf(index: number): number {
    const line = Math.floor(index / this.#columns);
    return this.#place()[line + 1]! - this.#tops[line]!;
  }

  /** The index of the first cell that ends below a height in pixels, by binary search. */
  indexAt(top: number): number {
    const tops = this.#place();
    let low = 0;
    let high = this.#heights.length;
    while (low < high) {
      const line = (low + high) >> 1;
      if (tops[line + 1]! > top) high = line;
      else low = line + 1;
    }
    return low * this.#columns;
  }

  #forget(from: number): void {
    const line = Math.floor(from / this.#columns);
    this.#heights.length = Math.min(this.#heights.length, line);
    this.#known = Math.min(this.#known, line);
  }

  #heightOfLine(line: number): number {
    let height = 0;
    const end = Math.min((line + 1) * this.#columns, this.#count);
    for (let i = line * this.#columns; i < end; i++) height = Math.max(height, this.#heightOf(i));
    return height;
  }

  /** The tops of all lines. */
  #place(): readonly number[] {
    const lines = Math.ceil(this.#count / this.#columns);
    for (let line = this.#heights.length; line < lines; line++) this.#heights.push(this.#heightOfLine(line));
    for (; this.#known < lines; this.#known++) {
      this.#tops[this.#known + 1] = this.#tops[this.#known]! + this.#heights[this.#known]!;
    }
    return this.#tops;
  }
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
