import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format } from 'prettier';
import { BARE_BITMAPS, BARE_DRAWN, BARE_PARTS, BARE_POST } from '../lanes.ts';
import { peerVersions } from '../peers-install.ts';
import type { Measure, TextTable } from '../scenario.ts';
import { barChart, chartDescription, type ChartOptions } from './bar-chart.ts';
import { betterUploaders, formatFigure, formatGoal, hasGoal, reachesGoal } from './format.ts';
import { fileOf, readResults, RESULT_FOLDER, type StoredResult } from './stored-result.ts';

/** Relative to the project, as all paths here. */
const PAGE = path.join('docs', 'performance.md');
const FLOORS: ReadonlySet<string> = new Set([
  ...[BARE_POST, BARE_DRAWN, BARE_PARTS, BARE_BITMAPS].map(({ label }) => label),
  'createPresignedPost in a loop',
]);
const REDUCED = 'Reduced run: not a result';

/** Writes the page and its charts anew, from the raw numbers of all scenarios. */
export async function writePage(): Promise<void> {
  const results = await readResults();
  for (const file of await readdir(RESULT_FOLDER)) {
    if (file.endsWith('.svg')) await rm(path.join(RESULT_FOLDER, file));
  }
  for (const [file, text] of await pageFiles(results)) await writeFile(file, text);
}

/** The page and its charts, by their paths. */
export async function pageFiles(results: readonly StoredResult[]): Promise<Map<string, string>> {
  const text = [introduction(results), ...results.map(sectionOf), SETTINGS, LIMITS].join('\n\n');
  const files = new Map([[PAGE, await format(text, { parser: 'markdown', printWidth: 120 })]]);
  for (const result of results) {
    for (const measure of result.measures.filter(({ isCharted }) => isCharted)) {
      const file = fileOf(`${result.scenario}-${measure.name}`, 'svg');
      files.set(file, barChart(measure, chartOptions(measure, result)));
    }
  }
  return files;
}

const chartOptions = (measure: Measure, { isReduced }: StoredResult): ChartOptions => ({
  floors: FLOORS,
  better: betterUploaders(measure, FLOORS),
  ...(isReduced && { remark: REDUCED }),
});

function introduction(results: readonly StoredResult[]): string {
  const reduced = results.filter(({ isReduced }) => isReduced).map(({ title }) => title);
  const warning = reduced.length
    ? `> **These sections are from a reduced run: ${reduced.join(', ')}.** A reduced run (\`--quick\`, or fewer than three ` +
      '`--rounds`) does only a part of the work. It shows that the measurements work. Its numbers are not results.'
    : '';
  return `<!-- Written by npm run bench. Do not edit. -->

# Performance

${warning}

\`s3-uploader\` beside Uppy, Dropzone, FilePond and Fine Uploader, doing the same work. \`npm run bench\` measures all of it in
about 20 minutes, and writes this page, its charts and the raw numbers in [docs/performance](performance/). Each section
names the command that measures it again.

- All run in one Chromium, each time on a new page. Each round runs every uploader once, and starts with another one, so that
  other load on the machine affects all of them alike. A ratio compares two runs of the same round.
- Figures are the median of the rounds, with the lowest and the highest in parentheses. Another uploader that has used its time
  runs in fewer rounds: each table says in how many.
- **Compare the ratios.** Seconds depend on the machine, which the browser, the storage and the signer share.
- What an uploader reports as stored is counted in the storage. An uploader that does not finish, or reports more than is
  stored, has no figure.
- Where another uploader is better than s3-uploader, its chart says so.

${summary(results)}`;
}

/** The goals, and where s3-uploader is. */
function summary(results: readonly StoredResult[]): string {
  const rows = results.flatMap((result) =>
    result.measures.flatMap((measure) => {
      const goal = formatGoal(measure);
      if (!goal) return [];
      const better = betterUploaders(measure, FLOORS);
      return measure.figures
        .filter((figure) => hasGoal(measure, figure))
        .map((figure) => {
          const isReached = reachesGoal(measure, figure);
          const state = isReached === undefined ? '' : isReached ? 'reached' : '**missed**';
          const name = figure.uploader === 's3-uploader' ? measure.title : `${measure.title} (${figure.uploader})`;
          return [name, goal, formatFigure(figure, measure.unit), state, better.join(', ')];
        });
    }),
  );
  return `## Goals

${markdownTable(['Measure', 'Goal', 's3-uploader', 'Goal is', 'Better here'], rows)}`;
}

function sectionOf(result: StoredResult): string {
  const { title, about, measures, tables = [] } = result;
  const blocks = [`## ${title}`, ...about];
  for (const measure of measures.filter(({ isCharted }) => isCharted)) {
    const description = chartDescription(measure, chartOptions(measure, result)).replace(/[[\]]/g, '');
    blocks.push(`![${description}](performance/${result.scenario}-${measure.name}.svg)`);
  }
  for (const measure of measures) blocks.push(figureTable(measure));
  for (const table of tables) blocks.push(wordTable(table));
  blocks.push(circumstances(result));
  return blocks.join('\n\n');
}

function figureTable(measure: Measure): string {
  const goal = formatGoal(measure);
  const rows = measure.figures.map((figure) => {
    const name = figure.isOurs ? `**${figure.uploader}**` : figure.uploader;
    return [name, formatFigure(figure, measure.unit), String(figure.values.length)];
  });
  return `**${measure.title}**${goal ? `, goal ${goal}` : ''}\n\n${markdownTable(['', 'Median (range)', 'Rounds'], rows)}`;
}

const wordTable = ({ title, head, rows }: TextTable): string => `**${title}**\n\n${markdownTable(head, rows)}`;

function circumstances({
  command,
  date,
  seconds,
  commit,
  chromium,
  node,
  system,
  storage,
  scenario,
  ...result
}: StoredResult): string {
  return (
    `\`${command}\` took ${Math.round(seconds)} s on ${date.slice(0, 10)}${result.isReduced ? ', **as a reduced run**' : ''}: ` +
    `commit ${commit}, ${chromium}, Node ${node}, ${system}, ${storage}. ` +
    `[Raw numbers](performance/${scenario}.json).`
  );
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const versions = peerVersions()
  .map(([name, version]) => `${name} ${version}`)
  .join(', ');

const SETTINGS = `## Settings

From npm: ${versions}. The modules in \`test/bench/uploaders\` and \`test/bench/peers\` have every setting.

| Uploader | In flight | Parts | Retries | Signer |
| --- | --- | --- | --- | --- |
| s3-uploader | 6 files, by \`max-concurrent-uploads\` (default 3) | 8 MiB, as many at a time as it fixes: see the slow link | its own (always on) | this project's, with all checks; files in batches |
| Uppy 6 with Dashboard | 6 files (its default) | 8 MiB, one after another (fixed) | its own: 3 of a request | \`signRequest\`, one request for each file or part |
| Uppy 5 without a view | 6 (its default) | 8 MiB, 6 at a time | its own: after 0, 1, 3 and 5 s | one request for each file or part |
| Dropzone 6 | 6 files (default 2) | none for S3 | none for S3 | one request for each file, in \`accept\` |
| FilePond 4 | 6 files (default 2); without the least duration of 750 ms | none for S3 | none for S3 | one request for each file, in \`server.process\` |
| Fine Uploader 5 | 6 (default 3) | 8 MiB, 6 at a time | off (its default), and on where the label says so | one request for each file or part, and two more for a file in parts |
| bare requests | 6 | 8 MiB, 6 at a time | none | before the time starts |

All but s3-uploader and Fine Uploader sign with the AWS SDK's functions, without checks. Both signers run in one process with
the local storage, and have signed before the time starts.`;

const LIMITS = `## What is not measured

- AWS itself, TLS and HTTP/2, packet loss and slow start.
- Firefox and Safari, a GPU, a phone.
- Uppy's Companion, Golden Retriever, and compression of pictures.`;
