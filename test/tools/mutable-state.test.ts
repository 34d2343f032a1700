import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAst } from 'rollup/parseAst';
import { mutableState } from '../../tools/mutable-state.mjs';

describe('mutableState', () => {
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
    ['class Pool { static all = []; } export const add = (x) => Pool.all.push(x);', ['Pool.all']],
    ['class Pool { static count = 0; } export const add = () => { Pool.count += 1; };', ['Pool.count']],
    ['class Pool { static count = 0; static add() { this.count += 1; } }', ['Pool.count']],
    ['class Pool { static #count = 0; static add() { Pool.#count += 1; } }', ['Pool.count']],
    ['const Pool = class { static all = new Set(); };', ['Pool.all']],
    ['export default class { static all = new Set(); }', ['default.all']],
    ['const state = { seen: new Map() }; export const keep = (a, b) => state.seen.set(a, b);', ['state']],
    ['const state = { list: [] }; export const keep = (x) => state.list.push(x);', ['state']],
    ['const seen = [new Map()];', ['seen']],
    ['const [a] = [new Map()];', ['a']],
    ['const { a, ...rest } = { a: new Map() };', ['a', 'rest']],
    ['const { a = new Map() } = globalThis;', ['a']],
    ['const [list] = [[]]; export const add = (x) => list.push(x);', ['list']],
    ['const c = x ? new Map() : new Map();', ['c']],
    ['const c = new Map() ?? null;', ['c']],
    ['const c = (0, new Map());', ['c']],
    ["const c = new Map().set('a', 1);", ['c']],
    ['const list = x ? [] : [1]; export const add = (x) => list.push(x);', ['list']],
    ['const RE = /a/g;', ['RE']],
    ['const RE = /a/y;', ['RE']],
    ["const RE = new RegExp('a', 'g');", ['RE']],
    ['const RE = /a/g; export const has = (text) => RE.test(text);', ['RE']],
    ["const RE = /a/g; export const cut = (text) => RE.test(text) && text.replace(RE, '');", ['RE']],
    ["const RE = /a/y; export const cut = (text) => text.replace(RE, '');", ['RE']],
    ['const state = Object.freeze({ m: new Map() });', ['state']],
    ['export default { n: new Set() };', ['default']],
    ['export default new Map();', ['default']],
  ] as const) {
    it(`finds the mutable state in: ${code}`, () => {
      assert.deepEqual(mutableState(parseAst(code)), names);
    });
  }

  for (const code of [
    'const LIMIT = 5 * 1024;',
    "const NAMES = Object.freeze(['a', 'b']);",
    "const NAMES = ['a', 'b']; export const has = (name) => NAMES.includes(name);",
    "const UPPER = ['a', 'b'].map((name) => name.toUpperCase());",
    "const RE = /a/g; export const cut = (text) => text.replace(RE, '');",
    'const RE = /a/g; export const count = (text) => [...text.matchAll(RE)].length;',
    "const RE = new RegExp('a', 'u');",
    "const TABLE = Object.freeze({ a: [1, 2], b: { c: 'd' } }); export default { n: 1 };",
    'export class Pool { static SIZES = [1, 2]; size = 0; add() { this.size += 1; } }',
    'const DIGITS = /\\d+/; const encoder = new TextEncoder();',
    "const FORMAT = new Intl.NumberFormat('en');",
    'export function sum(numbers) { let total = 0; for (const n of numbers) total += n; return total; }',
    'export class Counter { #count = 0; add() { this.#count += 1; } }',
    'const byId = { a: 1 }; export const copy = (id) => { const mine = { ...byId }; mine[id] = 2; return mine; };',
  ]) {
    it(`finds no mutable state in: ${code}`, () => {
      assert.deepEqual(mutableState(parseAst(code)), []);
    });
  }
});
