import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalizePrefix, ownerSegment } from '../../signer/core/key-prefix.ts';
import { COMMON_TYPES, isActiveContent, keyExtension, storedType } from '../../signer/core/media-types.ts';
import { compareParts, choosePartSize, MAX_OBJECT_BYTES, countParts, sizeOfPart } from '../../signer/core/multipart.ts';
import { MAX_METADATA_BYTES, metadataBytes, metadataHeaders } from '../../signer/core/object-headers.ts';
import { plan, type Plan, type UploadRules } from '../../signer/core/policy.ts';
import type { SignedPost } from '../../widget/core/protocol.ts';
import { MiB } from '../fixtures/files.ts';
import { CREDENTIALS, fileOf, policyOf, signerOf } from '../fixtures/signer.ts';

const rules: UploadRules = {
  types: COMMON_TYPES,
  maxFileSize: MAX_OBJECT_BYTES,
  minFileSize: 0,
  multipartFrom: 16 * MiB,
  partSize: 8 * MiB,
  method: 'POST',
  folder: 'uploads/ann/',
};

/** The plan of a file that is accepted. */
const planFor = (file: Parameters<typeof fileOf>[0], more: Partial<UploadRules> = {}): Plan => {
  const result = plan(fileOf(file), {}, { ...rules, ...more });
  assert.ok(!('error' in result), JSON.stringify(result));
  return result;
};

const HOSTILE = [
  '${filename}',
  'a${filename}',
  '${filename}.jpg',
  '..',
  '$$',
  '../../etc/passwd',
  '..\\..\\x',
  '%2e%2e%2f',
  '"],["starts-with","$key",""],["',
  'a\r\nb',
  'a\0b',
  'annexe\u202egpj.exe',
  '.htaccess',
  'con.jpg',
  'trailing. ',
  '\ud800',
  '👩‍👩‍👧',
  'é',
  'x'.repeat(2048),
  '漢'.repeat(2048),
];

/** File names from people, browsers and attackers. */
const names = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
  fc.tuple(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 20 })).map(([a, b]) => a.slice(0, 2000) + b),
);

test('the policy of a file with any name fixes its key, type, size and every other field', async () => {
  const signer = signerOf({ limits: { types: ['*/*'], maxFileSize: MAX_OBJECT_BYTES }, metadata: ['album'] });
  let granted = 0;
  await fc.assert(
    fc.asyncProperty(
      names,
      fc.oneof(fc.constantFrom('', 'image/jpeg', 'text/plain', 'application/x-unheard-of'), fc.string()),
      fc.oneof(fc.nat({ max: 16 * MiB - 1 }), fc.constantFrom(0, 1, 16 * MiB - 1)),
      fc.string({ unit: 'binary', maxLength: 100 }),
      async (name, type, size, album) => {
        const [file] = await signer.sign([{ name, type: type.slice(0, 255), size }], { metadata: { album } });
        if ('error' in file!) {
          assert.ok(['file-type'].includes(file.error.code));
          return;
        }
        granted++;
        const { fields, key } = file as SignedPost;
        assert.match(key, /^uploads\/ann\/[0-9a-f-]{36}(\.[a-z0-9]{1,10})?$/);
        const { expiration, conditions } = policyOf(fields);
        assert.match(expiration, /Z$/);
        const ranges = conditions.filter((each) => Array.isArray(each));
        assert.deepEqual(ranges, [['content-length-range', size, size]], 'only the size is a range');
        const exact = conditions.filter((each) => !Array.isArray(each)).flatMap((each) => Object.entries(each));
        assert.deepEqual(
          exact.filter(([field]) => field.toLowerCase() === 'key'),
          [['key', key]],
        );
        assert.equal(exact.length, new Set(exact.map(([field]) => field.toLowerCase())).size);
        const covered = Object.fromEntries(exact);
        for (const [field, value] of Object.entries(fields)) {
          if (field === 'Policy' || field === 'X-Amz-Signature') continue;
          assert.equal(covered[field], value, field);
          assert.match(value, /^[\x20-\x7e]*$/, 'a header carries ASCII only');
        }
        assert.ok(!isActiveContent(fields['Content-Type']!));
        assert.ok(fields['Content-Disposition']!.startsWith("attachment; filename*=UTF-8''"));
        const bytes = Object.entries(fields).reduce(
          (sum, [field, value]) => sum + field.length + value.length + 100,
          0,
        );
        assert.ok(bytes < 20_480, `${bytes} bytes before the file`);
        assert.ok(fields.Policy!.length <= 8192);
      },
    ),
    { numRuns: 1000 },
  );
  assert.ok(granted > 250, `only ${granted} were signed`);
});

test('the session token of temporary credentials is part of the policy', async () => {
  const [file] = await signerOf({}, { credentials: { ...CREDENTIALS, sessionToken: 'token' } }).sign([{}]);
  const { fields } = file as SignedPost;
  assert.equal(fields['X-Amz-Security-Token'], 'token');
  assert.ok(
    policyOf(fields).conditions.some((each) => !Array.isArray(each) && each['X-Amz-Security-Token'] === 'token'),
  );
});

test('ordinary file names are kept whole in Content-Disposition and metadata', () => {
  const cases = [
    'cat.jpg',
    'Ünïcödé – 日本語 🎉.jpg',
    'a+b & c #1 100%.JPG',
    'it\'s (a) "quote"*!.jpg',
    `${'x'.repeat(1096)}.jpg`,
  ];
  for (const name of cases) {
    const { headers } = planFor({ name });
    assert.equal(decodeURIComponent(headers['x-amz-meta-name']!), name);
    const encoded = headers['Content-Disposition']!.replace("attachment; filename*=UTF-8''", '');
    assert.match(encoded, /^[A-Za-z0-9!#$&+.^_`|~%-]*$/, 'RFC 8187');
    const downloaded = decodeURIComponent(encoded);
    assert.ok(name.startsWith(downloaded.slice(0, -4)) && downloaded.endsWith(name.slice(-4)), downloaded);
    if (new TextEncoder().encode(name).length <= 255) assert.equal(downloaded, name);
  }
});

test('the metadata of a file, with its name and path, stays within S3’s 2 KB', () => {
  const own = fc.record({ album: fc.string({ unit: 'binary', maxLength: 2048 }), n: fc.nat({ max: 2048 }) });
  let without = 0;
  fc.assert(
    fc.property(names, fc.option(names, { nil: undefined }), own, (name, path, { album, n }) => {
      const metadata = { album: album.slice(0, n) + 'x'.repeat(n) };
      fc.pre(metadataBytes(metadata) <= MAX_METADATA_BYTES);
      const headers = metadataHeaders(metadata, name, path);
      const bytes = Object.entries(headers).reduce(
        (sum, [key, value]) => sum + key.replace('x-amz-meta-', '').length + value.length,
        0,
      );
      assert.ok(bytes <= 2048, `${bytes} bytes`);
      assert.notEqual(headers['x-amz-meta-name'], '');
      if (!('x-amz-meta-name' in headers)) without++;
    }),
    { numRuns: 2000 },
  );
  for (const free of [0, 1, 4, 8, 9, 10]) {
    const headers = metadataHeaders({ album: 'x'.repeat(2048 - 'album'.length - free) }, 'a.jpg', 'b/a.jpg');
    assert.equal('x-amz-meta-name' in headers, free >= 'name'.length + 'a.jpg'.length, `${free} bytes left`);
  }
  assert.ok(without > 0);
});

test('the path of a file in a folder is kept if it fits into the metadata', () => {
  assert.equal(planFor({ path: 'trip/day 1/cat.jpg' }).headers['x-amz-meta-path'], 'trip%2Fday%201%2Fcat.jpg');
  assert.equal(planFor({ path: 'x/'.repeat(2000) }).headers['x-amz-meta-path'], undefined);
});

test('a type that the browser does not know is derived from the extension', () => {
  const types = { 'report.docx': 'officedocument.wordprocessingml', 'notes.MD': 'text/markdown', 'a.csv': 'text/csv' };
  for (const [name, type] of Object.entries(types)) {
    for (const unknown of ['', 'application/octet-stream'])
      assert.ok(planFor({ name, type: unknown }).type.includes(type));
  }
  assert.equal(storedType('thing.bin', '', COMMON_TYPES), undefined);
});

for (const [allowed, name, declared, stored] of [
  ['application/zip', 'a.zip', 'application/x-zip-compressed', 'application/zip'],
  ['application/x-zip-compressed', 'a.zip', 'application/zip', 'application/x-zip-compressed'],
  ['text/csv', 'a.csv', 'application/vnd.ms-excel', 'text/csv'],
  ['text/csv', 'a.csv', 'text/plain', 'text/csv'],
  ['text/csv', 'a.xls', 'application/vnd.ms-excel', undefined],
  ['audio/mp4', 'a.m4a', 'audio/x-m4a', 'audio/mp4'],
  ['image/jpeg', 'a.jpg', 'image/pjpeg', 'image/jpeg'],
  ['image/*', 'a.jpg', 'image/pjpeg', 'image/pjpeg'],
  ['image/*', 'a.heic', 'application/octet-stream', 'image/heic'],
  ['image/*', 'a.exe', '', undefined],
  ['image/*', 'a.pdf', 'application/pdf', undefined],
  ['*/*', 'a.svg', 'text/plain', undefined],
  ['image/*', 'a', 'image/svg', undefined],
  ['image/jpeg', 'a.jpg.exe', '', undefined],
  ['application/octet-stream', 'a.dwg', '', 'application/octet-stream'],
  ['application/octet-stream', 'a.dwg', 'image/vnd.dwg', 'application/octet-stream'],
  ['application/octet-stream', 'a.pdf', 'application/pdf', undefined],
] as const) {
  test(`with types ${allowed}, ${name} declared as "${declared}" is ${stored ? `stored as ${stored}` : 'refused'}`, () =>
    assert.equal(storedType(name, declared, [allowed]), stored));
}

test('active content is refused, even if the allow-list contains its type', () => {
  const types = (
    'text/html application/xhtml+xml image/svg+xml text/xml application/xml application/rss+xml text/xsl ' +
    'text/javascript application/javascript application/x-javascript application/ecmascript text/x-php ' +
    'application/x-httpd-php application/x-sh multipart/related message/rfc822 TEXT/HTML'
  ).split(' ');
  for (const type of types) assert.equal(storedType('a', type, ['*/*', 'text/*', 'image/*', type]), undefined, type);
  const names = 'a.html a.jpg.html a.HTM a.svg a.xml a.js a.mjs a.php a.phtml a.sh a.bat a.html. a.svgz'.split(' ');
  for (const name of names) assert.equal(storedType(name, 'image/png', ['*/*']), undefined, name);
  for (const type of [
    'image/png,text/html',
    'image/png;charset=x',
    'image/png; charset=x"',
    '*/*',
    'image/*',
    'a/b\r\n',
    'a\0/b',
    'x',
  ]) {
    assert.equal(storedType('a', type, ['*/*']), undefined, type);
  }
  assert.ok(storedType('a.docx', '', COMMON_TYPES), 'openxmlformats is not XML');
});

test('the extension of the key fits the type', () => {
  assert.equal(keyExtension('a.JPEG', 'image/jpeg'), '.jpeg');
  assert.equal(keyExtension('a.exe', 'image/jpeg'), '.jpg');
  assert.equal(keyExtension('a', 'image/jpeg'), '.jpg');
  assert.equal(keyExtension('a.thing', 'application/x-thing', ['application/x-thing']), '.thing');
  assert.equal(
    keyExtension('a.thing', 'application/x-thing', ['application/*']),
    '.bin',
    'the client made up the type',
  );
  assert.equal(keyExtension('a', 'application/x-thing'), '');
  assert.equal(keyExtension('a.csv', 'application/vnd.ms-excel'), '.csv');
  assert.equal(keyExtension('a.exe', 'application/vnd.ms-excel'), '.xls');
  assert.equal(keyExtension('a.exe', 'application/x-thing', ['application/x-thing']), '.bin');
  assert.equal(keyExtension('a.scr', 'image/x-thing'), '.bin');
  assert.equal(keyExtension('a.library-ms', 'image/x-thing'), '.bin');
  assert.equal(keyExtension('a.exe', 'application/octet-stream'), '.exe');
});

test('a size is limited by the minimum, the maximum and S3 itself', () => {
  const refusalOf = (size: number, more: Partial<UploadRules> = {}): unknown => {
    const result = plan(fileOf({ size }), {}, { ...rules, ...more });
    return 'error' in result && [result.error.code, result.error.limit];
  };
  assert.deepEqual(refusalOf(11, { maxFileSize: 10 }), ['file-too-large', 10]);
  assert.equal(refusalOf(10, { maxFileSize: 10 }), false);
  assert.deepEqual(refusalOf(0, { minFileSize: 1 }), ['file-too-small', 1]);
  assert.equal(refusalOf(0), false);
  assert.deepEqual(refusalOf(MAX_OBJECT_BYTES + 1, { maxFileSize: Infinity }), ['file-too-large', MAX_OBJECT_BYTES]);
  assert.equal(refusalOf(MAX_OBJECT_BYTES, { maxFileSize: Infinity }), false);
});

test('a large file is uploaded in at most 10,000 parts that add up to its size', () => {
  assert.equal(planFor({ size: 16 * MiB - 1 }).method, 'POST');
  assert.equal(planFor({ size: 16 * MiB }).method, 'MULTIPART');
  assert.equal(planFor({ size: 5_000_000_001 }, { multipartFrom: Infinity }).method, 'MULTIPART');
  assert.equal(planFor({ size: 6e12 }).partSize, 573 * MiB);
  fc.assert(
    fc.property(sizes, partSizes, (size, preferred) => {
      const partSize = choosePartSize(size, preferred);
      const count = countParts(size, partSize);
      assert.ok(count <= 10_000 && partSize <= 5 * 1024 ** 3 && partSize >= 5 * MiB);
      const last = sizeOfPart(count, size, partSize)!;
      assert.ok(last >= 1 && last <= partSize);
      assert.equal(partSize * (count - 1) + last, size);
      assert.equal(sizeOfPart(count + 1, size, partSize), undefined);
      assert.equal(sizeOfPart(0, size, partSize), undefined);
    }),
  );
});

/** Steps of a doubling. */
const STEPS = 100;
/** Of every magnitude: a uniform choice would be of terabytes alone. */
const sizes = fc
  .integer({ min: 0, max: Math.ceil(STEPS * Math.log2(MAX_OBJECT_BYTES)) })
  .map((steps) => Math.min(Math.round(2 ** (steps / STEPS)), MAX_OBJECT_BYTES));
const partSizes = fc.integer({ min: 0, max: 10 * STEPS }).map((steps) => Math.round(5 * MiB * 2 ** (steps / STEPS)));

for (const [size, preferred, count] of [
  [1, 8, 1],
  [5 * MiB - 1, 8, 1],
  [5 * MiB, 5, 1],
  [5 * MiB + 1, 8, 2],
  [10 * MiB, 5, 2],
  [16 * MiB, 8, 4],
  [30 * MiB - 1, 8, 6],
  [30 * MiB, 8, 6],
  [53 * MiB, 5, 6],
  [60 * MiB, 5, 12],
  [64 * MiB, 8, 6],
  [100 * MiB, 8, 12],
  [100 * MiB, 64, 6],
  [512 * MiB, 8, 66],
  [1024 * MiB, 8, 126],
  [44 * 1024 * MiB, 5 * 1024, 12],
  [9_998 * 8 * MiB, 8, 9_996],
] as const) {
  test(`a file of ${size} bytes has ${count} parts, with a size of ${preferred} MiB to aim at`, () => {
    assert.equal(countParts(size, choosePartSize(size, preferred * MiB)), count);
  });
}

test('parts fill whole waves of six, as near to the preferred size as that allows, and have equal sizes', () => {
  fc.assert(
    fc.property(sizes, partSizes, (size, preferred) => {
      fc.pre(size >= 30 * MiB && size < 9_990 * preferred && size < 9_990 * 5 * 1024 * MiB);
      const partSize = choosePartSize(size, preferred);
      const count = countParts(size, partSize);
      assert.equal(count % 6, 0, `${count} parts`);
      assert.ok(partSize - sizeOfPart(count, size, partSize)! < count, 'the last part differs by the remainder only');
      const distance = (parts: number): number => {
        const isAllowed = parts > 0 && size / parts >= 5 * MiB && size / parts <= 5 * 1024 * MiB;
        return isAllowed ? Math.abs(parts - size / preferred) : Infinity;
      };
      assert.ok(distance(count) <= Math.min(distance(count - 6), distance(count + 6)));
    }),
  );
});

test('compareParts finds missing parts and parts of a wrong size', () => {
  const uploaded = [
    { number: 1, size: 8 * MiB },
    { number: 3, size: 5 },
    { number: 4, size: 1 },
  ];
  assert.deepEqual(compareParts(uploaded, 16 * MiB + 6, 8 * MiB), { missing: [2], wrong: [3, 4] });
});

test('two owners never share a folder', () => {
  assert.equal(ownerSegment('joe_1-x'), 'joe_1-x');
  assert.equal(ownerSegment('auth0|7'), 'auth0.7C7');
  assert.equal(ownerSegment('..'), '.2E.2E');
  assert.equal(ownerSegment('ä😀'), '.C3.A4.F0.9F.98.80');
  assert.equal(ownerSegment('\ud83d'), '.ED.A0.BD');
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      assert.match(ownerSegment(a), /^[A-Za-z0-9_.-]*$/);
      if (a !== b) assert.notEqual(ownerSegment(a), ownerSegment(b));
    }),
  );
});

test('a prefix consists of segments of plain characters', () => {
  assert.equal(normalizePrefix('/a/b.c/'), 'a/b.c/');
  assert.equal(normalizePrefix(''), '');
  for (const prefix of ['../x', 'a/../b', 'a//b', '${filename}', 'a b', 'ä']) {
    assert.throws(() => normalizePrefix(prefix), /must be segments/, prefix);
  }
});
