import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mediaType } from '../../widget/core/media-type.ts';
import { isAccepted, type Limits, validate } from '../../widget/core/limits.ts';

const file = (name: string, size = 10, type = mediaType({ name, type: '' })) => ({ id: '1', name, size, type });
const totals = (count = 0, bytes = 0, has = false) => ({ count, bytes, hasDuplicateOf: () => has });

const rows: [
  limits: Limits,
  added: ReturnType<typeof file>,
  listed: ReturnType<typeof totals>,
  code: string | undefined,
][] = [
  [{}, file('a.txt'), totals(), undefined],
  [{}, file('empty', 0), totals(), undefined],
  [{ maxFileSize: 10 }, file('a'), totals(), undefined],
  [{ maxFileSize: 9 }, file('a'), totals(), 'file-too-large'],
  [{ minFileSize: 10 }, file('a'), totals(), undefined],
  [{ minFileSize: 11 }, file('a'), totals(), 'file-too-small'],
  [{ maxFiles: 2 }, file('a'), totals(1), undefined],
  [{ maxFiles: 2 }, file('a'), totals(2), 'too-many-files'],
  [{ multiple: false }, file('a'), totals(1), 'too-many-files'],
  [{ maxTotalSize: 20 }, file('a'), totals(1, 10), undefined],
  [{ maxTotalSize: 19 }, file('a'), totals(1, 10), 'total-too-large'],
  [{ duplicates: 'skip' }, file('a'), totals(1, 10, true), 'duplicate'],
  [{ duplicates: 'allow' }, file('a'), totals(1, 10, true), undefined],
  [{ accept: 'image/*' }, file('a.txt', 10, 'text/plain'), totals(), 'file-type'],
];

const accepts: [accept: string, name: string, type: string, isAccepted: boolean][] = [
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

describe('The check of a file', () => {
  for (const [limits, added, listed, code] of rows) {
    it(`with limits ${JSON.stringify(limits)} ${code ? `refuses as ${code}` : 'accepts'} a file of ${added.size} bytes beside ${listed.count} others`, () => {
      const error = validate(added, limits, listed);
      assert.equal(error?.code, code);
      if (code && code !== 'file-type' && code !== 'duplicate') {
        assert.ok(Object.values(limits).includes(error!.limit) || error!.limit === 1);
      }
    });
  }
  for (const [accept, name, type, expected] of accepts) {
    it(`with accept="${accept}" ${expected ? 'accepts' : 'refuses'} ${name} of type ${type || 'unknown'}`, () =>
      assert.equal(isAccepted({ name, type }, accept), expected));
  }

  it('derives a type that the browser does not know from the extension, or else uses application/octet-stream', () => {
    assert.equal(mediaType({ name: 'IMG_1.HEIC', type: '' }), 'image/heic');
    assert.equal(mediaType({ name: 'a.csv', type: 'text/csv;charset=utf-8' }), 'text/csv');
    assert.equal(mediaType({ name: 'x.constructor', type: '' }), 'application/octet-stream');
    assert.equal(mediaType({ name: 'none', type: '' }), 'application/octet-stream');
  });
});
