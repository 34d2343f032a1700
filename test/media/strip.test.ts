import { expect } from '@open-wc/testing';
import { sniff } from '../../widget/media/sniff.ts';
import { stripMetadata } from '../../widget/media/strip.ts';
import { latin1Between } from '../../widget/media/read-bytes.ts';
import {
  concatBytes,
  gifBytes,
  GPS_SECRET,
  jpegSegment,
  pngChunk,
  riffChunk,
  tiffHeader,
  webpBytes,
} from '../fixtures/image-bytes.ts';
import { photoFile, pixels, pixelSize, pngHalves } from '../fixtures/pictures.ts';

/** Strips a file that contains the secret, and checks that the secret is gone and the pixels are the same. */
async function stripped(type: string, ...content: Parameters<typeof concatBytes>): Promise<Blob> {
  const before = new Blob([concatBytes(...content)], { type });
  expect(await text(before)).to.contain(GPS_SECRET);
  const after = new Blob([await stripMetadata(before, type)], { type });
  expect(await text(after)).not.to.contain(GPS_SECRET);
  expect(await pixels(after)).to.equal(await pixels(before));
  return after;
}

const text = async (blob: Blob): Promise<string> => {
  const data = new DataView(await blob.arrayBuffer());
  return latin1Between(data, 0, data.byteLength);
};

const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());

describe('stripMetadata() of a JPEG', () => {
  let start: Uint8Array;
  let rest: Uint8Array;
  before(async () => {
    const plain = await stripMetadata(await photoFile(40, 20, 1), 'image/jpeg');
    [start, rest] = [plain.subarray(0, 2), plain.subarray(2)];
  });

  it('removes EXIF except for the orientation', async () => {
    for (const orientation of [1, 3, 6, 8]) {
      const whole = await bytesOf(await photoFile(40, 20, orientation));
      const after = await stripped('image/jpeg', whole);
      expect(await pixelSize(after)).to.deep.equal(orientation < 5 ? [40, 20] : [20, 40]);
      expect((await text(after)).includes('Exif')).to.equal(orientation > 1);
    }
  });

  for (const [content, ...segment] of [
    ['XMP', 0xe1, 'http://ns.adobe.com/xap/1.0/\0'],
    ['IPTC captions', 0xed, 'Photoshop 3.0\0'],
    ['a comment', 0xfe],
    ['an index of further pictures', 0xe2, 'MPF\0'],
    ['a thumbnail', 0xe0, 'JFXX\0'],
    ['data of the camera’s maker', 0xe4],
    ['content credentials', 0xeb, 'JP\0\0'],
  ] as const) {
    it(`removes ${content}`, async () => {
      const [marker, name = ''] = segment;
      await stripped('image/jpeg', start, jpegSegment(marker, name, GPS_SECRET), rest);
    });
  }

  it('removes videos and further pictures after the end', async () => {
    const second = await bytesOf(await photoFile(40, 20));
    const after = await stripped('image/jpeg', start, rest, second, '\0\0\0\x18ftypmp42', GPS_SECRET);
    expect(after.size).to.equal(start.length + rest.length);
  });

  it('removes comments between the scans, and keeps the scans', async () => {
    const at = rest.findIndex((byte, i) => byte === 0xff && rest[i + 1] === 0xda);
    const comment = jpegSegment(0xfe, GPS_SECRET);
    const end = rest.length - 2;
    await stripped(
      'image/jpeg',
      start,
      rest.subarray(0, at),
      comment,
      rest.subarray(at, end),
      comment,
      rest.subarray(end),
    );
  });

  it('keeps the colour profile', async () => {
    const profile = jpegSegment(0xe2, 'ICC_PROFILE\0', [1, 1], 'not a real one');
    const after = await stripped('image/jpeg', start, jpegSegment(0xe1, GPS_SECRET), profile, rest);
    expect(await text(after)).to.contain('ICC_PROFILE\0\x01\x01not a real one');
  });

  it('throws a RangeError when the structure is damaged', async () => {
    const broken = new Blob([concatBytes(start, jpegSegment(0xe1, 'Exif\0\0', tiffHeader(1)), 'no segment')]);
    const error = await stripMetadata(broken, 'image/jpeg').then(
      () => undefined,
      (cause: Error) => cause,
    );
    expect(error).to.be.instanceOf(RangeError);
  });
});

describe('stripMetadata() of a PNG', () => {
  for (const type of ['tEXt', 'zTXt', 'iTXt', 'tIME', 'caBX', 'prVt']) {
    it(`removes ${type}`, async () => {
      const [head, rest] = await pngHalves();
      await stripped('image/png', head, pngChunk(type, GPS_SECRET), rest);
    });
  }

  it('removes EXIF except for the orientation', async () => {
    const [head, rest] = await pngHalves();
    const after = await stripped('image/png', head, pngChunk('eXIf', tiffHeader(6)), rest);
    expect(await sniff(after)).to.deep.equal({ type: 'image/png', width: 20, height: 40 });
  });

  it('removes the bytes after the end', async () => {
    const [head, rest] = await pngHalves();
    const plain = await stripMetadata(new Blob([concatBytes(head, rest)]), 'image/png'); // Firefox writes its name into a PNG
    const after = await stripped('image/png', plain, GPS_SECRET);
    expect(after.size).to.equal(plain.length);
  });
});

describe('stripMetadata() of a WebP', () => {
  it('removes EXIF, XMP, unknown chunks and the bytes after the end, and clears their flags', async () => {
    const after = await stripped(
      'image/webp',
      webpBytes(12, riffChunk('EXIF', tiffHeader(1)), riffChunk('XMP ', GPS_SECRET), riffChunk('JUNK', GPS_SECRET)),
      GPS_SECRET,
    );
    expect(await bytesOf(after)).to.deep.equal(webpBytes(0));
  });

  it('keeps the orientation', async () => {
    for (const start of ['', 'Exif\0\0']) {
      const after = await text(
        await stripped(
          'image/webp',
          webpBytes(12, riffChunk('EXIF', start, tiffHeader(6)), riffChunk('XMP ', GPS_SECRET)),
        ),
      );
      expect(after.charCodeAt(20)).to.equal(8);
      expect(after).to.contain('EXIF\x1a\0\0\0MM\0*').and.not.to.contain('XMP');
    }
  });
});

describe('stripMetadata() of a GIF', () => {
  it('removes comments, XMP and the bytes after the end, and keeps the frames and their repetition', async () => {
    const block = (text: string): Uint8Array => concatBytes(text.length, text, 0);
    const comment = concatBytes('!\xfe', block(GPS_SECRET));
    const xmp = concatBytes('!\xff\x0bXMP DataXMP', block(GPS_SECRET));
    const after = await stripped('image/gif', gifBytes(comment, xmp), GPS_SECRET);
    expect(await bytesOf(after)).to.deep.equal(gifBytes());
  });
});
