import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaType } from '../../widget/core/media-type.ts';
import { isAccepted, type Limits, validate } from '../../widget/core/limits.ts';

const file = (name: string, size = 10, type = mediaType({ name, type: '' })) => ({ id: '1', name, size, type });
const present = (count = 0, bytes = 0, has = false) => ({ count, bytes, hasDuplicateOf: () => has });

const rows: [
  limits: Limits,
  given: ReturnType<typeof file>,
  there: ReturnType<typeof present>,
  code: string | undefined,
][] = [
  [{}, file('a.txt'), present(), undefined],
  [{}, file('empty', 0), present(), undefined],
  [{ maxFileSize: 10 }, file('a'), present(), undefined],
  [{ maxFileSize: 9 }, file('a'), present(), 'file-too-large'],
  [{ minFileSize: 10 }, file('a'), present(), undefined],
  [{ minFileSize: 11 }, file('a'), present(), 'file-too-small'],
  [{ maxFiles: 2 }, file('a'), present(1), undefined],
  [{ maxFiles: 2 }, file('a'), present(2), 'too-many-files'],
  [{ multiple: false }, file('a'), present(1), 'too-many-files'],
  [{ maxTotalSize: 20 }, file('a'), present(1, 10), undefined],
  [{ maxTotalSize: 19 }, file('a'), present(1, 10), 'total-too-large'],
  [{ duplicates: 'skip' }, file('a'), present(1, 10, true), 'duplicate'],
  [{ duplicates: 'allow' }, file('a'), present(1, 10, true), undefined],
  [{ accept: 'image/*' }, file('a.txt', 10, 'text/plain'), present(), 'file-type'],
];
for (const [limits, given, there, code] of rows) {
  test(`${JSON.stringify(limits)} says ${code ?? 'yes'} to ${given.size} bytes beside ${there.count} files`, () => {
    const error = validate(given, limits, there);
    assert.equal(error?.code, code);
    if (code && code !== 'file-type' && code !== 'duplicate') {
      assert.ok(Object.values(limits).includes(error!.limit) || error!.limit === 1);
    }
  });
}

const accepts: [accept: string, name: string, type: string, yes: boolean][] = [
  ['', 'any', '', true],
  ['.jpg,.PNG', 'Photo.JPG', 'image/jpeg', true],
  ['.jpg, .png', 'a.png', 'image/png', true],
  ['.jpg', 'jpg', 'image/jpeg', false],
  ['image/*', 'a.jpg', 'image/jpeg', true],
  ['image/*', 'a.jpg', 'application/octet-stream', false],
  ['application/pdf , image/*', 'a.pdf', 'application/pdf', true],
  ['image/png', 'a.jpg', 'image/jpeg', false],
  [',', 'any', 'x/y', true],
];
for (const [accept, name, type, yes] of accepts) {
  test(`accept="${accept}" ${yes ? 'takes' : 'refuses'} ${name} of type ${type || 'unknown'}`, () =>
    assert.equal(isAccepted({ name, type }, accept), yes));
}

test('a type that the browser does not know comes from the extension, and else is bytes', () => {
  assert.equal(mediaType({ name: 'IMG_1.HEIC', type: '' }), 'image/heic');
  assert.equal(mediaType({ name: 'a.csv', type: 'text/csv;charset=utf-8' }), 'text/csv');
  assert.equal(mediaType({ name: 'x.constructor', type: '' }), 'application/octet-stream');
  assert.equal(mediaType({ name: 'none', type: '' }), 'application/octet-stream');
});
