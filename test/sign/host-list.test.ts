import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHostList } from '../../widget/sign/host-list.ts';

for (const [text, hosts] of [
  [undefined, []],
  ['', []],
  [' \n', []],
  ['Bucket.Example,other.example:8443\tB.example', ['bucket.example', 'other.example:8443', 'b.example']],
] as const) {
  test(`allowed-hosts=${JSON.stringify(text)} names ${hosts.length}`, () =>
    assert.deepEqual(parseHostList(text), hosts));
}
