import { expect } from '@open-wc/testing';
import { columnCount, indexAfter, placeCells, type Step } from '../../widget/view/list-geometry.ts';

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

  it('places the rows of a single column below each other', () => {
    expect(placeCells([72, 40, 100], 1)).to.deep.equal({ tops: [0, 72, 112], height: 212 });
  });

  it('makes each line of a grid as high as its highest cell', () => {
    expect(placeCells([10, 30, 20, 5, 50], 2)).to.deep.equal({ tops: [0, 0, 30, 30, 50], height: 100 });
  });

  it('has no height without files', () => {
    expect(placeCells([], 3)).to.deep.equal({ tops: [], height: 0 });
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
