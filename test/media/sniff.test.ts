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
/** A Windows program, as far as its headers go. */
const PROGRAM = concatBytes('MZ', Array(58).fill(0) as number[], [64, 0, 0, 0], 'PE\0\0');
const OLE = concatBytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);

/** Why the file is refused, if it is. */
async function refusal(type: string, content: Uint8Array<ArrayBuffer>, asked: Partial<Checks> = {}) {
  const one = new File([content], 'file', { type });
  const info = { id: '1', file: one, name: one.name, size: one.size, type };
  return (await check({ sniff: true, ...asked }, info, new AbortController().signal))?.code;
}

describe('The first bytes of a file', () => {
  for (const [what, ...content] of [
    ['a table whose first column is the BMI', 'BMI,weight,height\n23.1,70,1.74\n24.0,81,1.84\n'],
    [
      'a note of somebody whose name begins with MZ',
      'MZ was here, and wrote more than sixty letters, so that a pointer could be read.',
    ],
    ['a note on boxes', 'The ftyp box comes first'],
    ['a note on waves', 'Surfing WAVE after wave'],
    ['a note on tags', 'ID3 tags are at the front'],
    ['a note on bytes', '\x1f\x8bA'],
  ] as const) {
    it(`say nothing of ${what}`, async () => {
      expect(await typeOf(...content)).to.equal(undefined);
      expect(await refusal('text/plain', concatBytes(...content))).to.equal(undefined);
    });
  }

  it('tell a bitmap and a program by more than two letters', async () => {
    expect(
      await sniff(file('BM', Array(12).fill(0) as number[], [40, 0, 0, 0], [3, 0, 0, 0], [254, 255, 255, 255])),
    ).to.deep.equal({ type: 'image/bmp', width: 3, height: 2 });
    expect(await typeOf(PROGRAM)).to.equal('application/vnd.microsoft.portable-executable');
    expect(await refusal('application/pdf', PROGRAM)).to.equal('file-content');
    expect(await refusal('audio/mpeg', PROGRAM)).to.equal('file-content');
  });

  it('take a picture’s kind from all the brands it names', async () => {
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

  it('let in QuickTime as it was before it had brands, and a table with a password', async () => {
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

  it('hold the sides of a picture as it is seen, whichever way it is stored', async () => {
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

  it('are no harm where EXIF makes no sense', async () => {
    const jpeg = new Uint8Array(await (await photoFile(40, 20, 1)).arrayBuffer());
    for (const nonsense of [concatBytes('MM\0*', [255, 255, 255, 255]), tiffHeader(9), concatBytes('II')]) {
      const exif = jpegSegment(0xe1, 'Exif\0\0', nonsense);
      expect(await sniff(file(jpeg.subarray(0, 2), exif, jpeg.subarray(2)))).to.deep.equal({
        type: 'image/jpeg',
        width: 40,
        height: 20,
      });
    }
  });

  it('are not read of a file that is gone', async () => {
    const gone = await pickDeletedFile('gone.png');
    const error = await sniff(gone).then(
      () => undefined,
      (cause: UploadError) => cause,
    );
    expect(error?.code).to.equal('file-unreadable');
  });
});

describe('A check', () => {
  it('holds the limits of pictures against what a visitor sees', async () => {
    const tall = new Uint8Array(await (await photoFile(400, 200, 6)).arrayBuffer());
    expect(await refusal('image/jpeg', tall, { minImageSize: '200x400' })).to.equal(undefined);
    expect(await refusal('image/jpeg', tall, { maxImageSize: '200x400' })).to.equal(undefined);
    expect(await refusal('image/jpeg', tall, { minImageSize: '400x200' })).to.equal('image-dimensions');
    expect(await refusal('image/jpeg', tall, { maxImageSize: '400x200' })).to.equal('image-dimensions');
  });

  it('refuses what the page’s own `validate` could not look into, and keeps its error for developers', async () => {
    const broken = async (): Promise<never> => {
      throw new TypeError('Failed to fetch');
    };
    const one = file('words');
    const info = { id: '1', file: one, name: one.name, size: one.size, type: 'text/plain' };
    const error = await check({ sniff: false, validate: broken }, info, new AbortController().signal);
    expect(error?.code).to.equal('unknown');
    expect((error?.cause as Error).message).to.equal('Failed to fetch');
  });
});
