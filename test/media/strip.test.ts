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

/** The file without metadata; the secret was in it, and is not any more, nor has a pixel changed. */
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

describe('Of a JPEG', () => {
  let start: Uint8Array;
  let rest: Uint8Array;
  before(async () => {
    const plain = await stripMetadata(await photoFile(40, 20, 1), 'image/jpeg');
    [start, rest] = [plain.subarray(0, 2), plain.subarray(2)];
  });

  it('EXIF goes, but for what turns it the right way up', async () => {
    for (const orientation of [1, 3, 6, 8]) {
      const whole = await bytesOf(await photoFile(40, 20, orientation));
      const after = await stripped('image/jpeg', whole);
      expect(await pixelSize(after)).to.deep.equal(orientation < 5 ? [40, 20] : [20, 40]);
      expect((await text(after)).includes('Exif')).to.equal(orientation > 1);
    }
  });

  for (const [what, ...where] of [
    ['XMP', 0xe1, 'http://ns.adobe.com/xap/1.0/\0'],
    ['captions for the press', 0xed, 'Photoshop 3.0\0'],
    ['a comment', 0xfe],
    ['a list of more pictures', 0xe2, 'MPF\0'],
    ['a thumbnail, of what was cut away it may be', 0xe0, 'JFXX\0'],
    ['a maker’s own', 0xe4],
    ['where it comes from', 0xeb, 'JP\0\0'],
  ] as const) {
    it(`${what} goes`, async () => {
      const [marker, name = ''] = where;
      await stripped('image/jpeg', start, jpegSegment(marker, name, GPS_SECRET), rest);
    });
  }

  it('all that lies behind it goes: films, and more pictures with their own places', async () => {
    const second = await bytesOf(await photoFile(40, 20));
    const after = await stripped('image/jpeg', start, rest, second, '\0\0\0\x18ftypmp42', GPS_SECRET);
    expect(after.size).to.equal(start.length + rest.length);
  });

  it('what stands between its scans goes, and its scans stay', async () => {
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

  it('its colour profile stays', async () => {
    const profile = jpegSegment(0xe2, 'ICC_PROFILE\0', [1, 1], 'not a real one');
    const after = await stripped('image/jpeg', start, jpegSegment(0xe1, GPS_SECRET), profile, rest);
    expect(await text(after)).to.contain('ICC_PROFILE\0\x01\x01not a real one');
  });

  it('nothing is given out when it is not built as one', async () => {
    const broken = new Blob([concatBytes(start, jpegSegment(0xe1, 'Exif\0\0', tiffHeader(1)), 'no segment')]);
    const error = await stripMetadata(broken, 'image/jpeg').then(
      () => undefined,
      (cause: Error) => cause,
    );
    expect(error).to.be.instanceOf(RangeError);
  });
});

describe('Of a PNG', () => {
  for (const type of ['tEXt', 'zTXt', 'iTXt', 'tIME', 'caBX', 'prVt']) {
    it(`${type} goes`, async () => {
      const [head, rest] = await pngHalves();
      await stripped('image/png', head, pngChunk(type, GPS_SECRET), rest);
    });
  }

  it('EXIF goes, but for what turns it the right way up', async () => {
    const [head, rest] = await pngHalves();
    const after = await stripped('image/png', head, pngChunk('eXIf', tiffHeader(6)), rest);
    expect(await sniff(after)).to.deep.equal({ type: 'image/png', width: 20, height: 40 });
  });

  it('all that lies behind it goes', async () => {
    const [head, rest] = await pngHalves();
    const plain = await stripMetadata(new Blob([concatBytes(head, rest)]), 'image/png'); // Firefox's own tells its maker
    const after = await stripped('image/png', plain, GPS_SECRET);
    expect(after.size).to.equal(plain.length);
  });
});

describe('Of a WebP', () => {
  it('EXIF, XMP, what nobody knows and what lies behind it go, and it says so itself', async () => {
    const after = await stripped(
      'image/webp',
      webpBytes(12, riffChunk('EXIF', tiffHeader(1)), riffChunk('XMP ', GPS_SECRET), riffChunk('JUNK', GPS_SECRET)),
      GPS_SECRET,
    );
    expect(await bytesOf(after)).to.deep.equal(webpBytes(0));
  });

  it('what turns it the right way up stays', async () => {
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

describe('Of a GIF', () => {
  it('comments, XMP and what lies behind it go; its frames stay, and that they run for ever', async () => {
    const block = (text: string): Uint8Array => concatBytes(text.length, text, 0);
    const comment = concatBytes('!\xfe', block(GPS_SECRET));
    const xmp = concatBytes('!\xff\x0bXMP DataXMP', block(GPS_SECRET));
    const after = await stripped('image/gif', gifBytes(comment, xmp), GPS_SECRET);
    expect(await bytesOf(after)).to.deep.equal(gifBytes());
  });
});
