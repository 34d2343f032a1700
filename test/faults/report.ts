import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import type { Engine } from './row.ts';
import { ROWS_BY_TOPIC } from './rows.ts';

/** The results of one test file in one engine. */
export interface FaultResults {
  /** `Rows` are all of the table: those that have not run any more are removed. */
  suite: 'Rows' | 'Random';
  engine: Engine;
  rows: { title: string; method: string; passed: boolean }[];
}

/** What the report says of a row: its methods, and a cell for each engine that has run it. */
interface Line {
  methods: string;
  cells: Map<Engine, string>;
}

const FILE = new URL('REPORT.md', import.meta.url);
const ENGINES: readonly Engine[] = ['Chromium', 'Firefox', 'WebKitGTK', 'Node'];
const NOT_RUN = '–';
const TOPICS = Object.entries(ROWS_BY_TOPIC);

const INTRODUCTION = `# Faults

Each row is something that goes wrong between the page, the signer and the storage, or a command in a bad moment. It
passes only if, beside its own expectations,

- each file ends with exactly one event, and is done only once it is stored;
- the stored bytes are the file's, or there is no object;
- no multipart upload is left open;
- nothing but the abort is sent after a cancel, and the number of requests is bounded;
- no timer, request, object URL or unhandled rejection is left.

A dash: the row does not run there. Node has no CORS, redirects or page. Tables of responses, which all browsers pass on
alike, run in Chromium and in Node. \`x-amz-retry-after\` is hidden from pages by CORS.

Commands: \`npm run test:all -- test/faults\` writes this file. \`FAULTS_ROWS=<regular expression>\` runs some rows,
\`FAULTS_SEED=<integer>\` repeats random faults and commands. \`node test/faults/mutants.mjs\` takes each retry rule out
of the code, and checks that a row fails.
`;

/** Writes of one process, one after the other. */
let writing: Promise<void> = Promise.resolve();

/** Writes results into REPORT.md. What other engines and test files have written there stays. */
export function recordFaultResults(results: FaultResults): Promise<void> {
  const write = async (): Promise<void> => {
    const lines = parse(await readFile(FILE, 'utf8').catch(() => ''));
    merge(lines, results);
    const options = await resolveConfig(FILE);
    await writeFile(FILE, await format(render(lines), { ...options, parser: 'markdown' }));
  };
  writing = writing.then(write, write);
  return writing;
}

const TITLES = new Set(TOPICS.flatMap(([, rows]) => rows.map(({ title }) => title)));
/** The titles of random faults and commands, which are not in the tables, say so. */
const isKnown = (title: string): boolean => TITLES.has(title) || title.includes('random');

/** The lines of all tables by the title of their row. */
function parse(text: string): Map<string, Line> {
  const lines = new Map<string, Line>();
  for (const line of text.split('\n')) {
    const [title, methods, ...results] = line.startsWith('|')
      ? line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim())
      : [];
    // rows that are no longer in the suite are dropped
    if (!title || !methods || !isKnown(title) || results.length !== ENGINES.length) continue;
    const ran = ENGINES.map((engine, index) => [engine, results[index]!] as const);
    lines.set(title, { methods, cells: new Map(ran.filter(([, result]) => result !== NOT_RUN)) });
  }
  return lines;
}

function merge(lines: Map<string, Line>, { suite, engine, rows }: FaultResults): void {
  if (suite === 'Rows') {
    for (const title of TITLES) lines.get(title)?.cells.delete(engine);
  }
  const byTitle = new Map<string, FaultResults['rows']>();
  for (const row of rows) byTitle.set(row.title, [...(byTitle.get(row.title) ?? []), row]);
  for (const [title, ran] of byTitle) {
    const failed = ran.filter(({ passed }) => !passed).map(({ method }) => method);
    const line = lines.get(title) ?? { methods: '', cells: new Map<Engine, string>() };
    line.methods = ran.map(({ method }) => method).join(', ');
    line.cells.set(engine, failed.length ? `**fails** (${failed.join(', ')})` : 'pass');
    lines.set(title, line);
  }
}

function render(lines: ReadonlyMap<string, Line>): string {
  const table = (titles: readonly string[]): string => {
    const cells = titles
      .filter((title) => lines.get(title)?.cells.size)
      .map((title) => {
        const { methods, cells } = lines.get(title)!;
        return [title, methods, ...ENGINES.map((engine) => cells.get(engine) ?? NOT_RUN)];
      });
    const head = [
      ['Fault', 'Methods', ...ENGINES],
      ['---', '---', ...ENGINES.map(() => '---')],
    ];
    // Prettier would make all lines as wide as the longest
    return `<!-- prettier-ignore -->\n${[...head, ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
  };
  const counts = ENGINES.map((engine) => {
    const cells = [...lines.values()].flatMap(({ methods, cells }) => {
      const cell = cells.get(engine);
      return cell ? methods.split(', ').map((method) => cell === 'pass' || !cell.includes(method)) : [];
    });
    return `- ${engine}: ${cells.filter(Boolean).length} of ${cells.length} pass`;
  });
  const inapplicable = TOPICS.flatMap(([, rows]) =>
    rows.flatMap(({ title, notIn = {} }) =>
      Object.entries(notIn).map(([engine, reason]) => `- ${engine}, ${title}: ${reason}`),
    ),
  );
  return [
    INTRODUCTION,
    `## Results\n\nCounted by row and method:\n\n${counts.join('\n')}\n`,
    ...TOPICS.map(([topic, rows]) => `## ${topic}\n\n${table(rows.map(({ title }) => title))}`),
    `## Random faults and commands\n\n${table([...lines.keys()].filter((title) => !TITLES.has(title)).sort())}`,
    ...(inapplicable.length ? [`## Not applicable\n\n${inapplicable.join('\n')}\n`] : []),
  ].join('\n');
}
