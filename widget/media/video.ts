import { sniff } from './sniff.ts';

/** Where in a video a frame that shows something is looked for, as shares of its length. */
const PLACES = [0.02, 0.1, 0.3, 0.6];
/** Mean of the frame's channels, 0 to 255, below which it is taken for the black before the film. */
const DARK = 16;
/** Milliseconds after which a video that says nothing gets an icon. */
const PATIENCE = 10_000;

export interface VideoPicture {
  readonly canvas: HTMLCanvasElement;
  /** Seconds. */
  readonly length: number;
}

/**
 * A video's first good frame, and its length. Needs `media-src blob:` where a policy is in force, and a codec the browser
 * knows.
 *
 * @param side device pixels of the picture's shorter side.
 * @throws {Error} when it is no video, by its bytes, or none that the browser plays
 */
export async function videoPicture(file: File, side: number): Promise<VideoPicture> {
  if (!(await sniff(file))?.type.startsWith('video/')) throw new TypeError('no video');
  const url = URL.createObjectURL(file);
  const video = document.createElement('video');
  try {
    Object.assign(video, { muted: true, playsInline: true, preload: 'auto', src: url });
    await event(video, 'loadeddata');
    const { videoWidth, videoHeight, duration: length } = video;
    const scale = Math.min(1, side / Math.min(videoWidth, videoHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil(videoWidth * scale);
    canvas.height = Math.ceil(videoHeight * scale);
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    for (const place of Number.isFinite(length) ? PLACES : [0]) {
      video.currentTime = place * (length || 0);
      await event(video, 'seeked');
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      if (brightness(context) > DARK) break;
    }
    return { canvas, length };
  } finally {
    video.removeAttribute('src');
    video.load(); // or it holds on to the file
    URL.revokeObjectURL(url);
  }
}

const event = (video: HTMLVideoElement, type: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE);
    video.addEventListener(type, resolve, { once: true });
    video.addEventListener('error', () => reject(new Error('no such codec')), { once: true });
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

function brightness(context: CanvasRenderingContext2D): number {
  const { data } = context.getImageData(0, 0, context.canvas.width, context.canvas.height);
  let sum = 0;
  let count = 0;
  // every sixteenth pixel will do
  for (let i = 0; i < data.length; i += 64, count += 3) sum += data[i]! + data[i + 1]! + data[i + 2]!;
  return sum / count;
}
