import { decode, isDecodable } from './decode.ts';
import { type Sniffed, sniff } from './sniff.ts';

/** How much longer than the other one a side counts: of what is longer still, the middle is seen. */
const LONGEST = 3;

export interface Thumbnail {
  /** Media type, by the file's bytes. */
  readonly type?: string | undefined;
  /** The right way up; absent where it is no picture that the browser can read. */
  readonly bitmap?: ImageBitmap | undefined;
}

/**
 * Makes a small picture of a file, if it is one.
 *
 * @param side pixels of the shorter side
 * @param isOneOfMany whether others wait for theirs
 */
export type MakeThumbnail = (file: File, side: number, isOneOfMany?: boolean) => Promise<Thumbnail>;

export const thumbnail: MakeThumbnail = async (file, side) => {
  const found = await sniff(file);
  const { type, width, height } = found ?? {};
  if (!width || !height || !isDecodable(found!)) return { type };
  const scale = Math.min(1, side / Math.min(width, height), (LONGEST * side) / Math.max(width, height));
  const sides = [Math.ceil(width * scale), Math.ceil(height * scale)] as const;
  return { type, bitmap: await small(file, found!, ...sides).catch(() => undefined) };
};

async function small(file: File, found: Sniffed, width: number, height: number): Promise<ImageBitmap> {
  const frame = await jpegFrame(file, found.type, width, height).catch(() => undefined);
  if (frame) return drawn(frame, width, height);
  const bitmap = await decode(file, found, Math.max(width, height), 'medium');
  return drawn(bitmap, bitmap.width, bitmap.height);
}

/** As it is drawn: Chromium forgets which way up a bitmap is when it is shown without. */
function drawn(image: ImageBitmap | Frame, width: number, height: number): ImageBitmap {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'medium';
  context.drawImage(image, 0, 0, width, height);
  image.close();
  return canvas.transferToImageBitmap();
}

type Frame = CanvasImageSource & { close(): void };

interface Decoder {
  decode(): Promise<{ image: Frame }>;
  close(): void;
}

/** https://www.w3.org/TR/webcodecs/#imagedecoder-interface, where the browser has it. */
type DecoderClass = new (init: {
  type: string;
  data: ReadableStream;
  desiredWidth: number;
  desiredHeight: number;
}) => Decoder;

/** A JPEG of which no more is decoded than is needed: an eighth of each side is there in a third of the time. */
async function jpegFrame(file: File, type: string, width: number, height: number): Promise<Frame | undefined> {
  const { ImageDecoder } = globalThis as { ImageDecoder?: DecoderClass };
  if (!ImageDecoder || type !== 'image/jpeg') return undefined;
  const decoder = new ImageDecoder({ type, data: file.stream(), desiredWidth: width, desiredHeight: height });
  try {
    return (await decoder.decode()).image;
  } finally {
    decoder.close();
  }
}
