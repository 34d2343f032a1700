import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignAnswer } from '../../widget/core/protocol.ts';
import { fileOf, signerOf } from '../fixtures/signer.ts';

const titles = ({ files }: SignAnswer): unknown[] =>
  files.map((file) => ('error' in file ? file.error.code : 'fields' in file && file.fields['x-amz-meta-title']));

test('a file’s own metadata overrides the request’s, and refuses only that file if it is not allowed', async () => {
  const signer = signerOf({ metadata: ['title', 'album'] });
  const response = await signer.post('/', {
    metadata: { title: 'Sea', album: 'x'.repeat(1000) },
    files: [
      fileOf({ id: '1', metadata: { title: 'Lake' } }),
      fileOf({ id: '2' }),
      fileOf({ id: '3', metadata: { place: 'Rügen' } }),
      fileOf({ id: '4', metadata: { title: 'x'.repeat(1100) } }),
    ],
  });
  assert.equal(response.status, 200);
  assert.deepEqual(titles((await response.json()) as SignAnswer), ['Lake', 'Sea', 'metadata', 'metadata']);
});

test('a file’s own metadata must have lower-case names and string values', async () => {
  const signer = signerOf({ metadata: ['title'] });
  for (const metadata of [{ Title: 'x' }, { 'a b': 'x' }, { title: 1 }, { title: ['x'] }, 'title', { title: null }]) {
    const files = [{ ...fileOf(), metadata }];
    assert.equal((await signer.post('/', { files })).status, 400, JSON.stringify(metadata));
  }
});

test('a full batch with long names, long paths and the most metadata is accepted', async () => {
  const signer = signerOf({ metadata: ['title'] });
  const files = Array.from({ length: 100 }, (_, i) => ({
    name: `${'漢'.repeat(80)}.jpg`,
    path: `${'dir/'.repeat(200)}${i}.jpg`,
    metadata: { title: 'x'.repeat(2043) },
  }));
  assert.equal((await signer.sign(files)).length, 100);
});
