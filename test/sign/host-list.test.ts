import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseHostList } from '../../widget/sign/host-list.ts';

describe('parseHostList', () => {
  for (const [text, hosts] of [
    [undefined, []],
    ['', []],
    [' \n', []],
    ['Bucket.Example,other.example:8443\tB.example', ['bucket.example', 'other.example:8443', 'b.example']],
  ] as const) {
    it(`reads ${hosts.length} hosts from ${JSON.stringify(text)}`, () => assert.deepEqual(parseHostList(text), hosts));
  }
});
