import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mediaType } from '../../widget/core/media-type.ts';
import { isAccepted, readAccept, typeOf } from '../../widget/core/accept.ts';
import { type Limits, validate } from '../../widget/core/limits.ts';

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
  ['image/*', 'a.jpg', 'application/octet-stream', true],
  ['application/pdf , image/*', 'a.pdf', 'application/pdf', true],
  ['image/png', 'a.jpg', 'image/jpeg', false],
  [',', 'any', 'x/y', true],
  ['.zip', 'a.zip', 'application/x-zip-compressed', true],
  ['application/zip', 'a.zip', 'application/x-zip-compressed', true],
  ['application/zip', 'a.zip', 'application/x-compressed', true],
  ['text/csv', 'a.csv', 'application/vnd.ms-excel', true],
  ['text/csv', 'a.csv', 'text/comma-separated-values', true],
  ['text/csv', 'a.xls', 'application/vnd.ms-excel', false],
  ['.csv', 'a.xls', 'application/vnd.ms-excel', false],
  ['audio/mp4', 'a.m4a', 'audio/x-m4a', true],
  ['audio/*', 'a.m4a', '', true],
  ['audio/*', 'a.mp4', 'video/mp4', false],
  ['audio/wav', 'a.wav', 'audio/wave', true],
  ['audio/mpeg', 'a.mp3', 'audio/mp3', true],
  ['audio/ogg', 'a.ogg', 'video/ogg', true],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'a.docx', '', true],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'a.docx', 'application/zip', true],
  ['application/zip', 'a.exe', '', false],
  ['image/*', 'a.heic', '', true],
  ['image/*', 'a.exe', '', false],
  ['image/*', 'a', '', false],
  ['image/*', 'a.pdf', 'application/pdf', false],
  ['image/png', 'a.png', 'image/x-png', true],
  ['image/jpeg', 'a.jpg', 'image/pjpeg', true],
  ['.jpg', 'a.jfif', 'image/jpeg', true],
  ['.png', 'virus.exe', 'image/png', false],
  ['.txt', 'a.log', 'text/plain', false],
  ['.tar.gz', 'a.gz', 'application/gzip', false],
  ['application/gzip', 'a.gz', 'application/x-gzip', true],
  ['application/vnd.rar', 'a.rar', 'application/x-rar-compressed', true],
  ['text/xml', 'a.xml', 'application/xml', true],
  ['text/javascript', 'a.js', 'application/x-javascript', true],
  ['text/markdown', 'a.md', 'text/x-markdown', true],
  ['image/jpg', 'a.jpg', 'image/jpeg', true],
  ['{{accept}}', 'a.pdf', 'application/pdf', true],
  ['{{accept}}, .png', 'a.pdf', 'application/pdf', false],
];

const spellings: [accept: string, tokens: string[], unclear: string[]][] = [
  ['*/*', [], []],
  ['image/*, *', [], []],
  ['.*', [], []],
  [' , ', [], []],
  ['IMAGE/*,.PDF', ['image/*', '.pdf'], []],
  ['image/jpg', ['image/jpeg'], []],
  ['image/svg', ['image/svg+xml'], []],
  ['jpg, png', ['.jpg', '.png'], []],
  ['.jpg;.png', ['.jpg', '.png'], []],
  ['.jpg .png', ['.jpg', '.png'], []],
  ['*.pdf', ['.pdf'], []],
  ['.tar.gz', ['.tar.gz'], []],
  ['image', ['image/*'], []],
  ['images/*', ['image/*'], []],
  ['text/csv;charset=utf-8', ['text/csv'], []],
  ['video/webm;codecs="vp8, opus"', ['video/webm'], []],
  ['["image/png"]', ['image/png'], []],
  ['documents, .pdf', ['.pdf'], ['documents']],
  ['undefined', [], ['undefined']],
  ['image/', [], ['image/']],
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

  for (const [accept, tokens, unclear] of spellings) {
    it(`reads accept="${accept}" as ${tokens.join(', ') || 'any file'}`, () =>
      assert.deepEqual(readAccept(accept), { tokens, unclear }));
  }

  it('knows the types of many extensions', () => {
    const types = { 'a.docx': 'wordprocessingml', 'a.MOV': 'video/quicktime', 'a.wav': 'audio/wav' };
    for (const [name, type] of Object.entries(types)) assert.ok(typeOf({ name, type: '' })?.includes(type), name);
    assert.equal(typeOf({ name: 'a.csv', type: 'application/vnd.ms-excel' }), 'application/vnd.ms-excel');
    assert.equal(typeOf({ name: 'x.constructor', type: '' }), undefined);
    for (const name of ['a.heic', 'a.heif', 'a.mkv', 'a.flac', 'a.csv', 'a.md', 'a.7z', 'a.rar'])
      assert.equal(typeOf({ name, type: '' }), mediaType({ name, type: '' }));
  });

  it('derives a type that the browser does not know from the extension, or else uses application/octet-stream', () => {
    assert.equal(mediaType({ name: 'IMG_1.HEIC', type: '' }), 'image/heic');
    assert.equal(mediaType({ name: 'a.csv', type: 'text/csv;charset=utf-8' }), 'text/csv');
    assert.equal(mediaType({ name: 'x.constructor', type: '' }), 'application/octet-stream');
    assert.equal(mediaType({ name: 'none', type: '' }), 'application/octet-stream');
  });
});
