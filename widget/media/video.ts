import { sniff } from './sniff.ts';

/** Positions at which a frame that is not black is searched, as shares of the video's length. */
const FRAME_POSITIONS = [0.02, 0.1, 0.3, 0.6];
/** Maximum brightness, 0 to 255, of a frame that counts as the black before a film. */
const MAX_BLACK_BRIGHTNESS = 16;
/** Milliseconds to wait for each event of the video. After that time, the file keeps its icon. */
const EVENT_TIMEOUT_MS = 10_000;
/** Pixels from one measured pixel to the next. */
const SAMPLED_PIXEL_STEP = 16;

/** A frame of a video and its length, for its row. */
export interface VideoPicture {
  /** The frame. */
  readonly canvas: HTMLCanvasElement;
  /** Length of the video in seconds; not finite for a stream. */
  readonly length: number;
}

/**
 * The first frame of a video that is not black, and its length. A page with a Content-Security-Policy must allow
 * `media-src blob:`.
 *
 * @param side device pixels of the picture's shorter side
 * @throws {Error} if the file is not a video, or the browser cannot play it
 */
export async function videoPicture(file: File, side: number): Promise<VideoPicture> {
  if (!(await sniff(file))?.type.startsWith('video/')) throw new TypeError('The file is not a video.');
  const url = URL.createObjectURL(file);
  const video = document.createElement('video');
  try {
    Object.assign(video, { muted: true, playsInline: true, preload: 'auto', src: url });
    await nextEvent(video, 'loadeddata');
    const { videoWidth, videoHeight, duration: length } = video;
    const scale = Math.min(1, side / Math.min(videoWidth, videoHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil(videoWidth * scale);
    canvas.height = Math.ceil(videoHeight * scale);
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    for (const position of Number.isFinite(length) ? FRAME_POSITIONS : [0]) {
      video.currentTime = position * (length || 0);
      await nextEvent(video, 'seeked');
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      if (brightness(context) > MAX_BLACK_BRIGHTNESS) break;
    }
    return { canvas, length };
  } finally {
    video.removeAttribute('src');
    video.load(); // releases the file
    URL.revokeObjectURL(url);
  }
}

const nextEvent = (video: HTMLVideoElement, type: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(EVENT_TIMEOUT_MS);
    video.addEventListener(type, resolve, { once: true });
    video.addEventListener('error', () => reject(new Error('The browser cannot play the video.')), { once: true });
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

/** The mean of the measured pixels' channels, 0 to 255. */
function brightness(context: CanvasRenderingContext2D): number {
  const { data } = context.getImageData(0, 0, context.canvas.width, context.canvas.height);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < data.length; i += 4 * SAMPLED_PIXEL_STEP, count += 3)
    sum += data[i]! + data[i + 1]! + data[i + 2]!;
  return sum / count;
}
