import { decode, isDecodable } from './decode.ts';
import { type Sniffed, sniff } from './sniff.ts';

/** Ratio of a picture's sides above which the longer side limits the size of its thumbnail. */
const MAX_ASPECT_RATIO = 3;
/** Pixels of each side of the copy in which transparency is searched. */
const ALPHA_COPY_SIDE = 32;
/** Minimum alpha, 0 to 255, of an opaque pixel: browsers may round it down when they scale a picture. */
const MIN_OPAQUE_ALPHA = 250;

/** The type and the picture of a file, for its row. */
export interface Thumbnail {
  /** Media type, from the file's first bytes; undefined if they are not known. */
  readonly type?: string;
  /** The picture, turned by its EXIF orientation; undefined if the file is no picture, or the browser cannot read it. */
  readonly bitmap?: ImageBitmap;
  /** Whether the picture has transparent pixels. Default false. */
  readonly isTransparent?: boolean;
}

/**
 * Makes a thumbnail of a file.
 *
 * @param side pixels of the thumbnail's shorter side, unless the picture is smaller or longer than 3 to 1
 * @param isOneOfMany whether many further files wait for a thumbnail. Default false
 * @throws {UploadError} `file-unreadable`
 */
export type MakeThumbnail = (file: File, side: number, isOneOfMany?: boolean) => Promise<Thumbnail>;

/** Makes a thumbnail on the thread that calls it. A video gets none here; see `video.ts`. */
export const thumbnail: MakeThumbnail = async (file, side) => {
  const sniffed = await sniff(file);
  const { type, width, height } = sniffed ?? {};
  if (!width || !height || !isDecodable(sniffed!)) return { type };
  const scale = Math.min(1, side / Math.min(width, height), (MAX_ASPECT_RATIO * side) / Math.max(width, height));
  const size = [Math.ceil(width * scale), Math.ceil(height * scale)] as const;
  return { type, ...(await scaledBitmap(file, sniffed!, ...size).catch(() => undefined)) };
};

/** @throws {Error} if the browser cannot read the picture */
async function scaledBitmap(
  file: File,
  sniffed: Sniffed,
  width: number,
  height: number,
): Promise<Omit<Thumbnail, 'type'>> {
  const frame = await decodeJpeg(file, sniffed.type, width, height).catch(() => undefined);
  if (frame) return { bitmap: redraw(frame, width, height) };
  const bitmap = await decode(file, sniffed, Math.max(width, height), 'medium');
  // a JPEG has no transparency
  const isTransparent = sniffed.type !== 'image/jpeg' && hasTransparency(bitmap);
  return { bitmap: redraw(bitmap, bitmap.width, bitmap.height), isTransparent };
}

/** Whether the picture has transparent pixels, measured in a small copy. */
function hasTransparency(bitmap: ImageBitmap): boolean {
  const side = ALPHA_COPY_SIDE;
  const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'medium'; // each pixel of the copy is the mean of an area
  context.drawImage(bitmap, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  return data.some((value, i) => i % 4 === 3 && value < MIN_OPAQUE_ALPHA);
}

/** Draws the picture into a new bitmap: Chromium loses the orientation of a decoded one when it is shown directly. */
function redraw(image: ImageBitmap | Frame, width: number, height: number): ImageBitmap {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'medium';
  context.drawImage(image, 0, 0, width, height);
  image.close();
  return canvas.transferToImageBitmap();
}

type Frame = CanvasImageSource & { close(): void };

/** https://www.w3.org/TR/webcodecs/#imagedecoder-interface */
type ImageDecoderClass = new (init: {
  type: string;
  data: ReadableStream;
  desiredWidth: number;
  desiredHeight: number;
}) => { decode(): Promise<{ image: Frame }>; close(): void };

/**
 * Decodes a JPEG at a reduced size, if the browser has `ImageDecoder`: an eighth of each side takes a third of the time.
 *
 * @returns undefined for other types and browsers
 */
async function decodeJpeg(file: File, type: string, width: number, height: number): Promise<Frame | undefined> {
  const { ImageDecoder } = globalThis as { ImageDecoder?: ImageDecoderClass };
  if (!ImageDecoder || type !== 'image/jpeg') return undefined;
  const decoder = new ImageDecoder({ type, data: file.stream(), desiredWidth: width, desiredHeight: height });
  try {
    return (await decoder.decode()).image;
  } finally {
    decoder.close();
  }
}
