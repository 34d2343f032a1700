import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatLines, generatedFiles } from '../../tools/file-formats.mjs';

test('element and signer have the same table of file formats, made from mime-db', () => {
  for (const [name, text] of Object.entries(generatedFiles())) {
    const file = readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
    assert.ok(file === text, `${name} is out of date: run node tools/file-formats.mjs`);
  }
});

test('no media type is of two formats, and each extension has one format when nothing else is known', () => {
  const words = formatLines().flatMap((line) => line.split(' '));
  const unique = words.filter((word) => !word.startsWith('+'));
  assert.deepEqual(
    unique.filter((word, i) => unique.indexOf(word) !== i),
    [],
  );
  for (const word of words.filter((each) => each.startsWith('+')))
    assert.ok(unique.includes(`.${word.slice(1)}`), word);
});
