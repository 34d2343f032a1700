import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Measure } from '../scenario.ts';
import { barChart } from './bar-chart.ts';
import { betterUploaders } from './format.ts';
import { pageFiles } from './page.ts';
import { readResults, RESULT_FOLDER } from './stored-result.ts';

const FLOORS = new Set(['bare requests']);
const measure: Measure = {
  name: 'time',
  title: 'Time of <one> file',
  unit: '×',
  goal: 1.05,
  isCharted: true,
  figures: [
    { uploader: 'bare requests', values: [1] },
    { uploader: 's3-uploader', isOurs: true, values: [1.4, 1.2, 1.3] },
    { uploader: 'Quick', values: [1.1, 1.2, 1.15] },
    { uploader: 'Slow', values: [2] },
    { uploader: 'Stuck', values: [], problem: 'not finished in 40 s: 3 of 10 files stored' },
  ],
};
const better = betterUploaders(measure, FLOORS);
const chart = barChart(measure, { floors: FLOORS, better });

test('docs/performance.md and its charts show the raw numbers beside it', async () => {
  const files = await pageFiles(await readResults());
  for (const [file, text] of files) {
    assert.equal(await readFile(file, 'utf8'), text, `${file} is out of date: run npm run bench -- --page`);
  }
  const charts = (await readdir(RESULT_FOLDER)).filter((name) => name.endsWith('.svg'));
  for (const name of charts) assert.ok(files.has(path.join(RESULT_FOLDER, name)), `nothing shows ${name}`);
});

describe('A chart', () => {
  test('is well-formed', () => {
    assert.equal(XMLValidator.validate(chart), true);
  });

  test('has a title, and a description with every figure, the goal, and who is better', () => {
    const { svg } = new XMLParser({ ignoreAttributes: false }).parse(chart) as {
      svg: Record<'title' | 'desc', { '#text': string }> & { '@_role': string; '@_aria-labelledby': string };
    };
    assert.equal(svg['@_role'], 'img');
    assert.equal(svg['@_aria-labelledby'], 'title description');
    assert.equal(svg.title['#text'], 'Time of <one> file');
    assert.equal(
      svg.desc['#text'],
      'Time of <one> file. bare requests: 1.00 ×. s3-uploader: 1.30 × (1.20 to 1.40). Quick: 1.15 × (1.10 to 1.20). ' +
        'Slow: 2.00 ×. Stuck: not finished in 40 s: 3 of 10 files stored. Goal of s3-uploader: at most 1.05 ×. ' +
        'Better than s3-uploader: Quick.',
    );
  });

  test('says beside the bar that another uploader is better', () => {
    assert.match(chart, />1\.15 ×, better than s3-uploader</);
    assert.doesNotMatch(chart, />2\.00 ×, better/);
  });

  test('has the colors of the light and of the dark scheme', () => {
    assert.match(chart, /@media \(prefers-color-scheme: dark\)/);
  });
});

describe('Another uploader', () => {
  test('is not better when both figures are shown alike', () => {
    const figures = [
      { uploader: 's3-uploader', isOurs: true, values: [1.004] },
      { uploader: 'Quick', values: [1.001] },
    ];
    assert.deepEqual(betterUploaders({ ...measure, figures }, FLOORS), []);
  });

  test('is better with more, where more is better', () => {
    const figures = [
      { uploader: 's3-uploader', isOurs: true, values: [5] },
      { uploader: 'Robust', values: [7] },
    ];
    const faults: Measure = { ...measure, unit: 'faults', better: 'more', figures };
    assert.deepEqual(betterUploaders(faults, FLOORS), ['Robust']);
  });
});
