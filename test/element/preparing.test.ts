import { expect, fixture, html } from '@open-wc/testing';
import type { UploadError } from '../../widget/core/errors.ts';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { transform, type PictureOptions } from '../../widget/media/transform.ts';
import { sniff } from '../../widget/media/sniff.ts';
import { pickDeletedFile } from '../fixtures/deleted-file.ts';
import {
  concatBytes,
  gifBytes,
  GPS_SECRET,
  jpegSegment,
  pngChunk,
  tiffHeader,
  webpBytes,
} from '../fixtures/image-bytes.ts';
import { photoFile, pictureFile, pixelSize, pngHalves } from '../fixtures/pictures.ts';
import { rowTexts } from '../fixtures/queries.ts';
import { until } from '../fixtures/wait.ts';

const prepared = (file: File, wanted: Partial<PictureOptions>): Promise<File> =>
  transform(file, { stripMetadata: false, ...wanted });

const refusal = (file: File, wanted: Partial<PictureOptions>): Promise<string | undefined> =>
  prepared(file, wanted).then(
    () => undefined,
    ({ code, phase }: UploadError) => `${phase}: ${code}`,
  );

const STRIP = { stripMetadata: true };
const fileOf = (content: Uint8Array<ArrayBuffer>, name: string, type: string): File =>
  new File([content], name, { type });

describe('A picture that is to be made smaller', () => {
  for (const type of ['image/jpeg', 'image/png', 'image/webp']) {
    it(`has the wanted pixels at its longer side, as ${type}`, async () => {
      const file = await pictureFile('wide', 400, 200, type);
      // WebKit writes no WebP
      const made = await prepared(file, { resize: 100 });
      expect(await pixelSize(made)).to.deep.equal([100, 50]);
      expect([made.name, made.type, made.lastModified]).to.deep.equal([file.name, file.type, file.lastModified]);
      expect(await pixelSize(await prepared(await pictureFile('tall', 200, 400, type), { resize: 100 }))).to.deep.equal(
        [50, 100],
      );
    });
  }

  it('has them whichever way its EXIF turns it, and is turned', async () => {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const made = await prepared(await photoFile(400, 300, orientation), { resize: 100 });
      expect(await pixelSize(made), `${orientation}`).to.deep.equal(orientation < 5 ? [100, 75] : [75, 100]);
      expect(await made.text()).not.to.contain(GPS_SECRET);
    }
    const [head, rest] = await pngHalves(400, 300);
    const png = fileOf(concatBytes(head, pngChunk('eXIf', tiffHeader(6)), rest), 'a.png', 'image/png');
    expect(Math.max(...(await pixelSize(await prepared(png, { resize: 100 }))))).to.equal(100);
  });

  it('keeps its longer side where the other one comes to next to nothing', async () => {
    const made = await prepared(await pictureFile('line.png', 1000, 3), { resize: 100 });
    expect(await pixelSize(made)).to.deep.equal([100, 1]);
  });

  it('stays as it is where it is small enough, is no picture, or would lose its life', async () => {
    const [head, rest] = await pngHalves(400, 300);
    const small = await pictureFile('small.png', 80, 100);
    expect(await prepared(small, { resize: 100 })).to.equal(small);
    for (const file of [
      new File(['words'], 'a.txt', { type: 'text/plain' }),
      fileOf(gifBytes(), 'a.gif', 'image/gif'),
      fileOf(webpBytes(2), 'a.webp', 'image/webp'),
      fileOf(concatBytes(head, pngChunk('acTL', [0, 0, 0, 1, 0, 0, 0, 0]), rest), 'a.png', 'image/png'),
      fileOf(concatBytes('\0\0\0\x14ftypavis\0\0\0\0avis'), 'a.avif', 'image/avif'),
    ])
      expect(await prepared(file, { resize: 100, imageType: 'image/jpeg' }), file.name).to.equal(file);
  });

  it('stays as it is where it cannot be read', async () => {
    const broken = fileOf(
      concatBytes('\x89PNG\r\n\x1a\n', pngChunk('IHDR', [0, 0, 1, 0, 0, 0, 1, 0, 8, 2, 0, 0, 0])),
      'a.png',
      'image/png',
    );
    expect(await prepared(broken, { resize: 100 })).to.equal(broken);
  });
});

describe('A picture that is to be of another type', () => {
  it('is, and its name says so', async () => {
    for (const [name, expected] of [
      ['shot.png', 'shot.jpg'],
      ['Screenshot 2026-03-01 at 12.30', 'Screenshot 2026-03-01 at 12.30.jpg'],
      ['photo.jpeg', 'photo.jpeg'],
      ['archive.tar', 'archive.tar.jpg'],
      ['.png', '.jpg'],
    ] as const) {
      const made = await prepared(await pictureFile(name, 50, 40), { imageType: 'image/jpeg' });
      expect([made.name, made.type, (await sniff(made))?.type]).to.deep.equal([expected, 'image/jpeg', 'image/jpeg']);
    }
  });

  it('is white where it was transparent', async () => {
    const canvas = new OffscreenCanvas(4, 4);
    canvas.getContext('2d');
    const clear = new File([await canvas.convertToBlob()], 'clear.png', { type: 'image/png' });
    const bitmap = await createImageBitmap(await prepared(clear, { imageType: 'image/jpeg' }));
    const context = new OffscreenCanvas(4, 4).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    expect([...context.getImageData(0, 0, 1, 1).data]).to.deep.equal([255, 255, 255, 255]);
  });
});

describe('A picture that is to tell nothing', () => {
  it('keeps its pixels, its name, its type and its time', async () => {
    const file = await photoFile();
    const made = await prepared(file, STRIP);
    expect(await made.text()).not.to.contain(GPS_SECRET);
    expect(await pixelSize(made)).to.deep.equal([20, 40]);
    expect([made.name, made.type, made.lastModified]).to.deep.equal([file.name, file.type, file.lastModified]);
  });

  it('is known by its bytes, whatever it is called', async () => {
    const made = await prepared(new File([await photoFile()], 'notes.txt', { type: 'text/plain' }), STRIP);
    expect(await made.text()).not.to.contain(GPS_SECRET);
  });

  it('is made anew where it is not built as others are, and can be shown', async () => {
    const whole = new Uint8Array(await (await photoFile()).arrayBuffer());
    // two segments with garbage between them, which browsers skip
    const odd = fileOf(
      concatBytes(whole.subarray(0, 2), jpegSegment(0xe1, 'Exif\0\0', tiffHeader(1)), [0, 0], whole.subarray(2)),
      'a.jpg',
      'image/jpeg',
    );
    const made = await prepared(odd, STRIP);
    expect(made.type).to.equal('image/jpeg');
    expect(await made.text()).not.to.contain(GPS_SECRET);
    expect(await pixelSize(made)).to.deep.equal(await pixelSize(odd));
  });

  it('is refused where it can neither be stripped nor shown', async () => {
    const cut = fileOf(
      concatBytes([0xff, 0xd8], jpegSegment(0xe1, 'Exif\0\0', tiffHeader(1)), 'cut'),
      'a.jpg',
      'image/jpeg',
    );
    expect(await refusal(cut, STRIP)).to.equal('validate: file-content');
    const heic = fileOf(concatBytes('\0\0\0\x18ftypheic\0\0\0\0heicmif1', GPS_SECRET), 'a.heic', 'image/heic');
    expect(await refusal(heic, STRIP)).to.equal('validate: file-type');
    expect(await refusal(fileOf(concatBytes(GPS_SECRET), 'a.cr2', 'image/x-canon-cr2'), STRIP)).to.equal(
      'validate: file-type',
    );
    expect(await refusal(fileOf(concatBytes('II*\0', GPS_SECRET), 'a.dng', ''), STRIP)).to.equal('validate: file-type');
    const animation = fileOf(concatBytes('GIF89a', GPS_SECRET), 'a.gif', 'image/gif');
    expect(await refusal(animation, STRIP)).to.equal('validate: file-content');
  });

  it('becomes a JPEG where its type cannot be stripped and the browser shows it', async () => {
    const answer = await fetch(new URL('../fixtures/two-by-two.avif', import.meta.url));
    const avif = new File([await answer.blob()], 'a.avif', { type: 'image/avif', lastModified: 1 });
    const made = await prepared(avif, STRIP);
    expect([made.name, made.type, made.lastModified]).to.deep.equal(['a.jpg', 'image/jpeg', 1]);
    expect(await sniff(made)).to.deep.equal({ type: 'image/jpeg', width: 2, height: 2 });
  });

  it('tells nothing when it was made smaller, either', async () => {
    const made = await prepared(await photoFile(400, 200), { ...STRIP, resize: 100 });
    expect(await made.text()).not.to.contain(GPS_SECRET);
  });

  it('stays as it is where there is nothing to tell, or it is none', async () => {
    for (const file of [
      new File(['words'], 'a.txt', { type: 'text/plain' }),
      new File(['<svg xmlns="http://www.w3.org/2000/svg"/>'], 'a.svg', { type: 'image/svg+xml' }),
      fileOf(concatBytes('BM', Array(12).fill(0) as number[], [40, 0, 0, 0]), 'a.bmp', 'image/bmp'),
    ])
      expect(await prepared(file, STRIP)).to.equal(file);
  });
});

describe('A tag that makes pictures ready', () => {
  const tag = (content: ReturnType<typeof html>): Promise<S3UploaderElement> => fixture(content);

  it('refuses one that is gone or would tell what it is not to tell, in words, and takes the others', async () => {
    const element = await tag(
      html`<s3-uploader endpoint="/sign" no-auto multiple resize="100" strip-metadata></s3-uploader>`,
    );
    const wide = await pictureFile('wide.png', 400, 200);
    Object.defineProperty(wide, 'webkitRelativePath', { value: 'trip/wide.png' });
    const raw = fileOf(concatBytes(GPS_SECRET), 'raw.cr2', 'image/x-canon-cr2');
    const items = await element.add([await pickDeletedFile('gone.png'), raw, wide, await photoFile()]);
    expect(items.map((item) => ('error' in item ? item.error?.code : item.status))).to.deep.equal([
      'file-unreadable',
      'file-type',
      'ready',
      'ready',
    ]);
    await until('the words', () => rowTexts(element)[0]?.includes('The file cannot be read any more, or has changed.'));
    await until('the words', () => rowTexts(element)[1]?.includes('This type of file is not accepted.'));
    const [, , made, turned] = items;
    expect(await pixelSize(made!.file!)).to.deep.equal([100, 50]);
    expect(made).to.include({ name: 'wide.png', type: 'image/png', path: 'trip/wide.png', size: made!.file!.size });
    expect(await turned!.file!.text()).not.to.contain(GPS_SECRET);
  });

  it('sends it under its new name', async () => {
    const element = await tag(html`<s3-uploader endpoint="/sign" no-auto image-type="image/jpeg"></s3-uploader>`);
    const [item] = await element.add([await pictureFile('shot.png', 50, 40)]);
    expect(item).to.include({ name: 'shot.jpg', type: 'image/jpeg' });
  });
});
