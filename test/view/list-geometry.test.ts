import { expect } from '@open-wc/testing';
import { CellPlaces, columnCount, indexAfter, type Step } from '../../widget/view/list-geometry.ts';

describe('The geometry of the list', () => {
  for (const [width, minCellWidth, columns] of [
    [500, 0, 1],
    [500, 144, 3],
    [432, 144, 3],
    [431, 144, 2],
    [100, 144, 1],
    [0, 144, 1],
  ] as const) {
    it(`has ${columns} columns at a width of ${width} px with cells of at least ${minCellWidth} px`, () => {
      expect(columnCount(width, minCellWidth)).to.equal(columns);
    });
  }

  /** The places of cells, which record the indexes whose height is read. */
  function placesOf(heights: number[], columns: number): { places: CellPlaces; read: number[] } {
    const read: number[] = [];
    const places = new CellPlaces((index) => {
      read.push(index);
      return heights[index]!;
    });
    places.setCells(heights.length, 0);
    places.setColumns(columns);
    return { places, read };
  }

  for (const [what, heights, columns, tops, height] of [
    ['the rows of a single column below each other', [72, 40, 100], 1, [0, 72, 112], 212],
    ['each line of a grid as high as its highest cell', [10, 30, 20, 5, 50], 2, [0, 0, 30, 30, 50], 100],
    ['no files at no height', [], 3, [], 0],
  ] as const) {
    it(`places ${what}`, () => {
      const { places } = placesOf([...heights], columns);
      expect(heights.map((_, i) => places.topOf(i))).to.deep.equal(tops);
      expect(places.height).to.equal(height);
    });
  }

  // lines of two cells: 0 1 / 2 3 / 4, from 0, 30 and 50 to 100 px
  for (const [top, index] of [
    [-400, 0],
    [29, 0],
    [30, 2],
    [49, 2],
    [50, 4],
    [100, 6],
  ] as const) {
    it(`finds the first cell below ${top} px`, () => {
      expect(placesOf([10, 30, 20, 5, 50], 2).places.indexAt(top)).to.equal(index);
    });
  }

  it('reads only the heights that may have changed', () => {
    const heights = Array.from({ length: 1000 }, () => 10);
    const { places, read } = placesOf(heights, 2);
    expect(places.height).to.equal(5000);
    expect(read.splice(0)).to.have.length(1000);
    places.setCells(heights.push(10, 10, 10), 1000);
    expect([places.height, read.splice(0)]).to.deep.equal([5020, [1000, 1001, 1002]]);
    heights[5] = 30;
    places.update(5);
    expect([places.topOf(6), places.height, read.splice(0)]).to.deep.equal([50, 5040, [4, 5]]);
    // a cell was removed, so that those after it have other places
    heights.splice(998, 1);
    places.setCells(heights.length, 998);
    expect([places.height, read.splice(0)]).to.deep.equal([5030, [998, 999, 1000, 1001]]);
    expect([places.indexAt(5025), places.topOf(1001), read]).to.deep.equal([1000, 5020, []]);
  });

  // five files: 0 1 / 2 3 / 4
  for (const [step, from, columns, to] of [
    ['first', 3, 2, 0],
    ['last', 1, 2, 4],
    ['next', 1, 2, 2],
    ['previous', 2, 2, 1],
    ['next', 1, 1, 1],
    ['previous', 1, 1, 1],
    ['above', 3, 2, 1],
    ['above', 1, 2, -1],
    ['below', 1, 2, 3],
    ['below', 3, 2, 4],
    ['below', 4, 2, 4],
    ['below', 3, 1, 4],
    ['previous', 0, 2, -1],
    ['next', 4, 2, 5],
  ] as const satisfies readonly (readonly [Step, number, number, number])[]) {
    it(`leads from file ${from} to ${to} by the step "${step}" in ${columns} column(s)`, () => {
      expect(indexAfter(step, from, 5, columns)).to.equal(to);
    });
  }
});
