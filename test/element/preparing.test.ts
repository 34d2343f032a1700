import { expect, html } from '@open-wc/testing';
import type { UploadError } from '../../widget/core/errors.ts';
import '../../widget/define.ts';
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
import { createElement } from '../fixtures/create-element.ts';

const prepared = (file: File, options: Partial<PictureOptions>): Promise<File> =>
  transform(file, { stripMetadata: false, ...options });

const rejection = (file: File, options: Partial<PictureOptions>): Promise<string | undefined> =>
  prepared(file, options).then(
    () => undefined,
    ({ code, phase }: UploadError) => `${phase}: ${code}`,
  );

const STRIP = { stripMetadata: true };
const fileOf = (content: Uint8Array<ArrayBuffer>, name: string, type: string): File =>
  new File([content], name, { type });

describe('A picture to be resized', () => {
  for (const type of ['image/jpeg', 'image/png', 'image/webp']) {
    it(`gets the requested pixels on its longer side, as ${type}`, async () => {
      const file = await pictureFile('wide', 400, 200, type);
      // WebKit cannot encode WebP
      const result = await prepared(file, { resize: 100 });
      expect(await pixelSize(result)).to.deep.equal([100, 50]);
      expect([result.name, result.type, result.lastModified]).to.deep.equal([file.name, file.type, file.lastModified]);
      expect(await pixelSize(await prepared(await pictureFile('tall', 200, 400, type), { resize: 100 }))).to.deep.equal(
        [50, 100],
      );
    });
  }

  it('gets the requested pixels in every EXIF orientation, and is turned upright', async () => {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const result = await prepared(await photoFile(400, 300, orientation), { resize: 100 });
      expect(await pixelSize(result), `${orientation}`).to.deep.equal(orientation < 5 ? [100, 75] : [75, 100]);
      expect(await result.text()).not.to.contain(GPS_SECRET);
    }
    const [head, rest] = await pngHalves(400, 300);
    const png = fileOf(concatBytes(head, pngChunk('eXIf', tiffHeader(6)), rest), 'a.png', 'image/png');
    expect(Math.max(...(await pixelSize(await prepared(png, { resize: 100 }))))).to.equal(100);
  });

  it('gets at least one pixel on its shorter side', async () => {
    const result = await prepared(await pictureFile('line.png', 1000, 3), { resize: 100 });
    expect(await pixelSize(result)).to.deep.equal([100, 1]);
  });

  it('stays unchanged if it is small enough, is animated, or is not a picture', async () => {
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

  it('stays unchanged if it cannot be decoded', async () => {
    const broken = fileOf(
      concatBytes('\x89PNG\r\n\x1a\n', pngChunk('IHDR', [0, 0, 1, 0, 0, 0, 1, 0, 8, 2, 0, 0, 0])),
      'a.png',
      'image/png',
    );
    expect(await prepared(broken, { resize: 100 })).to.equal(broken);
  });
});

describe('A picture to be converted', () => {
  it('gets the new type and a file extension of that type', async () => {
    for (const [name, expected] of [
      ['shot.png', 'shot.jpg'],
      ['Screenshot 2026-03-01 at 12.30', 'Screenshot 2026-03-01 at 12.30.jpg'],
      ['photo.jpeg', 'photo.jpeg'],
      ['archive.tar', 'archive.tar.jpg'],
      ['.png', '.jpg'],
    ] as const) {
      const result = await prepared(await pictureFile(name, 50, 40), { imageType: 'image/jpeg' });
      expect([result.name, result.type, (await sniff(result))?.type]).to.deep.equal([
        expected,
        'image/jpeg',
        'image/jpeg',
      ]);
    }
  });

  it('gets white in place of transparent pixels', async () => {
    const canvas = new OffscreenCanvas(4, 4);
    canvas.getContext('2d');
    const clear = new File([await canvas.convertToBlob()], 'clear.png', { type: 'image/png' });
    const bitmap = await createImageBitmap(await prepared(clear, { imageType: 'image/jpeg' }));
    const context = new OffscreenCanvas(4, 4).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    expect([...context.getImageData(0, 0, 1, 1).data]).to.deep.equal([255, 255, 255, 255]);
  });
});

describe('A picture to be stripped of metadata', () => {
  it('keeps its pixels, name, type and date', async () => {
    const file = await photoFile();
    const result = await prepared(file, STRIP);
    expect(await result.text()).not.to.contain(GPS_SECRET);
    expect(await pixelSize(result)).to.deep.equal([20, 40]);
    expect([result.name, result.type, result.lastModified]).to.deep.equal([file.name, file.type, file.lastModified]);
  });

  it('is recognised by its bytes, whatever its name and type', async () => {
    const result = await prepared(new File([await photoFile()], 'notes.txt', { type: 'text/plain' }), STRIP);
    expect(await result.text()).not.to.contain(GPS_SECRET);
  });

  it('is encoded again if its structure is irregular and the browser can decode it', async () => {
    const whole = new Uint8Array(await (await photoFile()).arrayBuffer());
    // two segments with garbage between them, which browsers skip
    const odd = fileOf(
      concatBytes(whole.subarray(0, 2), jpegSegment(0xe1, 'Exif\0\0', tiffHeader(1)), [0, 0], whole.subarray(2)),
      'a.jpg',
      'image/jpeg',
    );
    const result = await prepared(odd, STRIP);
    expect(result.type).to.equal('image/jpeg');
    expect(await result.text()).not.to.contain(GPS_SECRET);
    expect(await pixelSize(result)).to.deep.equal(await pixelSize(odd));
  });

  it('is rejected if it can be neither stripped nor decoded', async () => {
    const cut = fileOf(
      concatBytes([0xff, 0xd8], jpegSegment(0xe1, 'Exif\0\0', tiffHeader(1)), 'cut'),
      'a.jpg',
      'image/jpeg',
    );
    expect(await rejection(cut, STRIP)).to.equal('validate: file-content');
    const heic = fileOf(concatBytes('\0\0\0\x18ftypheic\0\0\0\0heicmif1', GPS_SECRET), 'a.heic', 'image/heic');
    expect(await rejection(heic, STRIP)).to.equal('validate: file-type');
    expect(await rejection(fileOf(concatBytes(GPS_SECRET), 'a.cr2', 'image/x-canon-cr2'), STRIP)).to.equal(
      'validate: file-type',
    );
    expect(await rejection(fileOf(concatBytes('II*\0', GPS_SECRET), 'a.dng', ''), STRIP)).to.equal(
      'validate: file-type',
    );
    const animation = fileOf(concatBytes('GIF89a', GPS_SECRET), 'a.gif', 'image/gif');
    expect(await rejection(animation, STRIP)).to.equal('validate: file-content');
  });

  it('becomes a JPEG if its type cannot be stripped and the browser can decode it', async () => {
    const response = await fetch(new URL('../fixtures/two-by-two.avif', import.meta.url));
    const avif = new File([await response.blob()], 'a.avif', { type: 'image/avif', lastModified: 1 });
    const result = await prepared(avif, STRIP);
    expect([result.name, result.type, result.lastModified]).to.deep.equal(['a.jpg', 'image/jpeg', 1]);
    expect(await sniff(result)).to.deep.equal({ type: 'image/jpeg', width: 2, height: 2 });
  });

  it('loses its metadata also when it is resized', async () => {
    const result = await prepared(await photoFile(400, 200), { ...STRIP, resize: 100 });
    expect(await result.text()).not.to.contain(GPS_SECRET);
  });

  it('stays unchanged if it has no metadata or is not a picture', async () => {
    for (const file of [
      new File(['words'], 'a.txt', { type: 'text/plain' }),
      new File(['<svg xmlns="http://www.w3.org/2000/svg"/>'], 'a.svg', { type: 'image/svg+xml' }),
      fileOf(concatBytes('BM', Array(12).fill(0) as number[], [40, 0, 0, 0]), 'a.bmp', 'image/bmp'),
    ])
      expect(await prepared(file, STRIP)).to.equal(file);
  });
});

describe('An element that prepares pictures', () => {
  it('rejects a deleted or unstrippable file with a message, and accepts the others', async () => {
    const element = await createElement(
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
    await until('the message', () =>
      rowTexts(element)[0]?.includes("This file has changed or can't be read any more."),
    );
    await until('the message', () => rowTexts(element)[1]?.includes('This type of file is not accepted.'));
    const [, , result, turned] = items;
    expect(await pixelSize(result!.file!)).to.deep.equal([100, 50]);
    expect(result).to.include({ name: 'wide.png', type: 'image/png', path: 'trip/wide.png', size: result!.file!.size });
    expect(await turned!.file!.text()).not.to.contain(GPS_SECRET);
  });

  it('adds a converted picture under its new name', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" no-auto image-type="image/jpeg"></s3-uploader>`,
    );
    const [item] = await element.add([await pictureFile('shot.png', 50, 40)]);
    expect(item).to.include({ name: 'shot.jpg', type: 'image/jpeg' });
  });
});
