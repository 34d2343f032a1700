import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAst } from 'rollup/parseAst';
import { mutableState } from '../../tools/mutable-state.mjs';

for (const [code, names] of [
  ['let count = 0;', ['count']],
  ['var count = 0;', ['count']],
  ['export let count = 0;', ['count']],
  ['const seen = new WeakMap();', ['seen']],
  ['export const seen = new Set();', ['seen']],
  ['const worker = startWorker();', ['worker']],
  ['const store = Store.open();', ['store']],
  ['const seen = await open();', ['seen']],
  ['const list = []; export const add = (item) => list.push(item);', ['list']],
  ['const byId = {}; export function keep(id, item) { byId[id] = item; }', ['byId']],
  ['const byId = {}; export const drop = (id) => delete byId[id];', ['byId']],
  ['const defaults = {}; export const set = (more) => Object.assign(defaults, more);', ['defaults']],
  ['export class Pool { static all = new Set(); }', ['Pool.all']],
] as const) {
  test(`finds the mutable state in: ${code}`, () => {
    assert.deepEqual(mutableState(parseAst(code)), names);
  });
}

for (const code of [
  'const LIMIT = 5 * 1024;',
  "const NAMES = Object.freeze(['a', 'b']);",
  "const NAMES = ['a', 'b']; export const has = (name) => NAMES.includes(name);",
  "const UPPER = ['a', 'b'].map((name) => name.toUpperCase());",
  'const DIGITS = /\\d+/; const encoder = new TextEncoder();',
  "const FORMAT = new Intl.NumberFormat('en');",
  'export function sum(numbers) { let total = 0; for (const n of numbers) total += n; return total; }',
  'export class Counter { #count = 0; add() { this.#count += 1; } }',
  'const byId = { a: 1 }; export const copy = (id) => { const mine = { ...byId }; mine[id] = 2; return mine; };',
]) {
  test(`finds no mutable state in: ${code}`, () => {
    assert.deepEqual(mutableState(parseAst(code)), []);
  });
}
