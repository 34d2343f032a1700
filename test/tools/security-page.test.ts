import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The rows of the promises: `| promise | [file](../path): “title”<br>“title” |`. */
const ROW = /^\| (?<promise>.+?) +\| \[[^\]]+\]\(\.\.\/(?<file>test\/[^)]+)\): (?<titles>“.+”) *\|$/;

const page = read('docs/security.md');
const rows = page.split('\n').filter((line) => /^\| (?!Promise|-)/.test(line));

/** Accepts a title in the source of a test, as a string or a template. `…` stands for the parts that differ. */
function titlePattern(title: string): RegExp {
  const parts = title.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`(['"\`])${parts.join('\\$\\{[^\\n]+\\}"?')}"?\\1`);
}

describe('docs/security.md', () => {
  it('has rows of promises and their tests', () => {
    assert.ok(rows.length >= 30, `${rows.length} rows`);
    for (const row of rows) assert.match(row, ROW);
  });

  for (const row of rows) {
    const { promise = '', file = '', titles = '' } = ROW.exec(row)?.groups ?? {};
    it(`names a test that exists: ${promise}`, () => {
      const source = read(file);
      for (const title of titles.split('<br>').map((each) => each.trim().replace(/^“|”$/g, '')))
        assert.match(source, titlePattern(title), `${file} has no test “${title}”`);
    });
  }

  it('numbers what a storage or a backend cannot enforce, without gaps', () => {
    const numbers = [...page.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    );
    assert.ok(numbers.length >= 10);
  });
});

it('SECURITY.md says how to report, which versions are supported, and what each backend can enforce', () => {
  const text = read('SECURITY.md');
  for (const heading of ['Reporting a vulnerability', 'Supported versions', 'Threat model'])
    assert.ok(text.includes(`\n## ${heading}\n`), heading);
  for (const backend of ['POST', 'PUT', 'parts', 'form', 'public', 'Cognito', 'Companion'])
    assert.match(text, new RegExp(`^\\| [^|]*${backend}[^|]* \\|`, 'm'), backend);
});
