import { expect } from '@open-wc/testing';
import type { UploadError } from '../../widget/core/errors.ts';
import { check, type Checks } from '../../widget/element/content-checks.ts';
import { sniff } from '../../widget/media/sniff.ts';
import { pickDeletedFile } from '../fixtures/deleted-file.ts';
import { concatBytes, jpegSegment, tiffHeader } from '../fixtures/image-bytes.ts';
import { photoFile, pictureFile } from '../fixtures/pictures.ts';

const file = (...content: Parameters<typeof concatBytes>): File => new File([concatBytes(...content)], 'file');
const typeOf = async (...content: Parameters<typeof concatBytes>): Promise<string | undefined> =>
  (await sniff(file(...content)))?.type;

const SPREADSHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
/** The headers of a Windows program. */
const PROGRAM = concatBytes('MZ', Array(58).fill(0) as number[], [64, 0, 0, 0], 'PE\0\0');
const OLE = concatBytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);

/** The code of the error by which the file is refused; undefined if it is accepted. */
async function refusal(type: string, content: Uint8Array<ArrayBuffer>, checks: Partial<Checks> = {}) {
  const file = new File([content], 'file', { type });
  const info = { id: '1', file, name: file.name, size: file.size, type };
  return (await check({ sniff: true, ...checks }, info, new AbortController().signal))?.code;
}

describe('sniff()', () => {
  for (const [text, ...content] of [
    ['a table whose first column is BMI', 'BMI,weight,height\n23.1,70,1.74\n24.0,81,1.84\n'],
    ['a note that begins with MZ', 'MZ was here, and wrote more than sixty letters, so that a pointer could be read.'],
    ['a note with the word ftyp', 'The ftyp box comes first'],
    ['a note with the word mdat', 'The mdat box has the frames'],
    ['a note with the header of a PDF', 'A PDF begins with:\n%PDF-1.4\n'],
    ['a text in UTF-16', '\xff\xfeh\0i\0'],
    ['an empty text', ''],
    ['a note with the word WAVE', 'Surfing WAVE after wave'],
    ['a note that begins with ID3', 'ID3 tags are at the front'],
    ['a note that begins with two bytes of gzip', '\x1f\x8bA'],
  ] as const) {
    it(`returns no type for ${text}`, async () => {
      expect(await typeOf(...content)).to.equal(undefined);
      expect(await refusal('text/plain', concatBytes(...content))).to.equal(undefined);
    });
  }

  it('recognises a bitmap and a program by more than two bytes', async () => {
    expect(
      await sniff(file('BM', Array(12).fill(0) as number[], [40, 0, 0, 0], [3, 0, 0, 0], [254, 255, 255, 255])),
    ).to.deep.equal({ type: 'image/bmp', width: 3, height: 2 });
    expect(
      await sniff(file('BM', Array(12).fill(0) as number[], [12, 0, 0, 0], [16, 39, 232, 128], [1, 0, 24, 0])),
    ).to.deep.equal({ type: 'image/bmp', width: 10_000, height: 33_000 });
    expect(await typeOf(PROGRAM)).to.equal('application/vnd.microsoft.portable-executable');
    expect(await refusal('application/pdf', PROGRAM)).to.equal('file-content');
    expect(await refusal('audio/mpeg', PROGRAM)).to.equal('file-content');
  });

  it('reads the type of a HEIF picture from all its brands', async () => {
    const heif = (...brands: string[]) => [
      '\0\0\0',
      16 + 4 * brands.length - 4,
      'ftyp',
      brands[0]!,
      '\0\0\0\0',
      ...brands.slice(1),
    ];
    expect(await typeOf(...heif('mif1', 'miaf', 'avif'))).to.equal('image/avif');
    expect(await typeOf(...heif('mif1', 'heic'))).to.equal('image/heic');
    expect(await typeOf(...heif('mif1', 'miaf'))).to.equal('image/heif');
    expect(await typeOf(...heif('avif', 'mif1'))).to.equal('image/avif');
    expect(await refusal('image/avif', concatBytes(...heif('mif1', 'avif')))).to.equal(undefined);
  });

  it('recognises QuickTime without brands, and an encrypted spreadsheet', async () => {
    for (const box of ['moov', 'mdat', 'free', 'skip', 'pnot'])
      expect(await refusal('video/quicktime', concatBytes([0, 0, 1, 0], box)), box).to.equal(undefined);
    expect(
      await refusal('video/quicktime', concatBytes([0, 0, 0, 8], 'wide', [0x12, 0x34, 0x56, 0x78], 'mdat')),
    ).to.equal(undefined);
    expect(await refusal('video/quicktime', concatBytes([0x12, 0x34, 0x56, 0x78], 'mdat'))).to.equal(undefined);
    expect(await refusal(SPREADSHEET, OLE)).to.equal(undefined);
    expect(await refusal(SPREADSHEET, concatBytes('PK\x03\x04'))).to.equal(undefined);
    expect(await refusal(SPREADSHEET, concatBytes('%PDF-1.7'))).to.equal('file-content');
  });

  const boxes = ['styp', 'sidx', 'moof', 'emsg', 'uuid', 'free', 'skip', 'wide', 'mdat', 'moov'];
  for (const [description, type, ...content] of [
    ['a PDF after a line break', 'application/pdf', '\r\n%PDF-1.4\n'],
    ['a PDF after a byte order mark', 'application/pdf', '\xef\xbb\xbf%PDF-1.7\n'],
    ['a PDF after the headers of a mail', 'application/pdf', 'Content-Type: application/pdf\r\n\r\n%PDF-1.3\n'],
    ['a PDF after 1,024 other bytes', 'application/pdf', '\0'.repeat(1024), '%PDF-1.3\n'],
    ['a ZIP of several disks', 'application/zip', 'PK\x07\x08PK\x03\x04'],
    ['a ZIP that was meant for several disks', 'application/zip', 'PK00PK\x03\x04'],
    ['a ZIP without files', 'application/zip', 'PK\x05\x06', Array(18).fill(0) as number[]],
    ['a book', 'application/epub+zip', 'PK\x03\x04'],
    ['a flat document', 'application/vnd.oasis.opendocument.text-flat-xml', '<?xml version="1.0"?><office:document/>'],
    ['a JPEG under its old name', 'image/pjpeg', [0xff, 0xd8, 0xff, 0xdb]],
    ['a big TIFF', 'image/tiff', 'MM\0+\0\x08\0\0'],
    ['an RTF as Word document', 'application/msword', '{\\rtf1\\ansi hello}'],
    ['a table in HTML as spreadsheet', 'application/vnd.ms-excel', '<table><tr><td>1</td></tr></table>'],
    ['an MP3 without tags', 'audio/mpeg', [0xff, 0xfb, 0x90, 0x64]],
    ['an SVG after a comment', 'image/svg+xml', '\xef\xbb\xbf<!-- a --><!DOCTYPE svg><svg/>'],
    ['a HEIC with a profile as its major brand', 'image/heic', [0, 0, 0, 24], 'ftypMiHE\0\0\0\0mif1heic'],
    ...boxes.map((box) => [`an MP4 that begins with ${box}`, 'video/mp4', [0, 0, 0, 16], box, [0, 0, 0, 0]] as const),
  ] as const) {
    it(`recognises ${description}`, async () =>
      expect(await refusal(type, concatBytes(...content))).to.equal(undefined));
  }

  for (const [description, type, ...content] of [
    ['a page', 'application/pdf', '<html>hello</html>'],
    ['a page that mentions the header of a PDF', 'application/pdf', '\n<!doctype html><p>\n%PDF-1.4 is a header'],
    ['a header after 1,025 other bytes', 'application/pdf', ' '.repeat(1025), '%PDF-1.3\n'],
    ['a ZIP', 'application/pdf', 'PK\x03\x04', '%PDF-1.3'],
    ['a text', 'application/zip', 'PK\x07\x08 is a marker'],
    ['a text', 'video/mp4', 'uuid free skip'],
    ['a PNG', 'image/pjpeg', '\x89PNG\r\n\x1a\n'],
    ['a video', 'image/heic', [0, 0, 0, 24], 'ftypisom\0\0\0\0isommp42'],
  ] as const) {
    it(`refuses ${description} as ${type}`, async () =>
      expect(await refusal(type, concatBytes(...content))).to.equal('file-content'));
  }

  it('reads the dimensions of a picture as it is displayed, in every orientation', async () => {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const { width, height } = (await sniff(await photoFile(40, 20, orientation)))!;
      expect([width, height], `${orientation}`).to.deep.equal(orientation < 5 ? [40, 20] : [20, 40]);
    }
    const png = new Uint8Array(await (await pictureFile('a.png', 40, 20)).arrayBuffer());
    const exif = tiffHeader(8);
    const turned = file(png.subarray(0, 33), [0, 0, 0, exif.length], 'eXIf', exif, [0, 0, 0, 0], png.subarray(33));
    expect(await sniff(turned)).to.deep.equal({ type: 'image/png', width: 20, height: 40 });
    const box = (name: string, ...content: number[]): Uint8Array =>
      concatBytes([0, 0, 0, content.length + 8], name, content);
    const sides = box('ispe', 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 20);
    expect(
      await sniff(file([0, 0, 0, 16], 'ftypheic\0\0\0\0', sides, box('irot', 1), Array(16).fill(0) as number[])),
    ).to.deep.equal({
      type: 'image/heic',
      width: 20,
      height: 40,
    });
  });

  it('ignores EXIF that is damaged', async () => {
    const jpeg = new Uint8Array(await (await photoFile(40, 20, 1)).arrayBuffer());
    for (const damaged of [concatBytes('MM\0*', [255, 255, 255, 255]), tiffHeader(9), concatBytes('II')]) {
      const exif = jpegSegment(0xe1, 'Exif\0\0', damaged);
      expect(await sniff(file(jpeg.subarray(0, 2), exif, jpeg.subarray(2)))).to.deep.equal({
        type: 'image/jpeg',
        width: 40,
        height: 20,
      });
    }
  });

  it('fails with file-unreadable when the file was deleted', async () => {
    const gone = await pickDeletedFile('gone.png');
    const error = await sniff(gone).then(
      () => undefined,
      (cause: UploadError) => cause,
    );
    expect(error?.code).to.equal('file-unreadable');
  });
});

describe('check()', () => {
  it('compares the limits with the dimensions as the picture is displayed', async () => {
    const tall = new Uint8Array(await (await photoFile(400, 200, 6)).arrayBuffer());
    expect(await refusal('image/jpeg', tall, { minImageSize: '200x400' })).to.equal(undefined);
    expect(await refusal('image/jpeg', tall, { maxImageSize: '200x400' })).to.equal(undefined);
    expect(await refusal('image/jpeg', tall, { minImageSize: '400x200' })).to.equal('image-dimensions');
    expect(await refusal('image/jpeg', tall, { maxImageSize: '400x200' })).to.equal('image-dimensions');
  });

  it('refuses a file with the code unknown when `validate` throws, and keeps the error as its cause', async () => {
    const broken = async (): Promise<never> => {
      throw new TypeError('Failed to fetch');
    };
    const text = file('words');
    const info = { id: '1', file: text, name: text.name, size: text.size, type: 'text/plain' };
    const error = await check({ sniff: false, validate: broken }, info, new AbortController().signal);
    expect(error?.code).to.equal('unknown');
    expect((error?.cause as Error).message).to.equal('Failed to fetch');
  });
});
