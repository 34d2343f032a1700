import { type Localizer, sizeOf } from './localizer.ts';

/** Seconds below which a remaining time is shown without a number: an estimate is not that exact. */
const FEW_SECONDS = 10;
/** Units of time and their length in seconds. */
const TIME_UNITS = [
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Sent and total size, which are passed in bytes: `0.9 of 1.8 MB`. */
export function progressText(loaded: number, size: number, localizer: Localizer): string {
  const [value] = sizeOf(size);
  return localizer.term('uploading', {
    loaded: localizer.number((loaded / size) * value, { maximumFractionDigits: 1 }),
    size: localizer.size(size),
  });
}

/** A speed with its unit: `690 kB/s`. */
export function speedText(bytesPerSecond: number, localizer: Localizer): string {
  const [value, prefix] = sizeOf(bytesPerSecond);
  const unit = `${prefix}byte-per-second`;
  return localizer.number(value, { style: 'unit', unit, maximumSignificantDigits: 2 });
}

/** The time left, rounded up to tens of seconds or to minutes: `About 11 min left`. */
export function timeLeftText(seconds: number, localizer: Localizer): string {
  if (seconds < FEW_SECONDS) return localizer.term('few-seconds');
  const step = seconds > 60 ? 60 : 10;
  const rounded = Math.ceil(seconds / step) * step;
  const [unit, length] = TIME_UNITS.find(([, length]) => rounded >= length)!;
  const n = rounded / length;
  return localizer.term('left', { n, time: localizer.number(n, { style: 'unit', unit, maximumFractionDigits: 1 }) });
}

/** A width and height in pixels, as in the attribute `min-image-size`: `600 × 400` for `600x400`. */
export const dimensionsText = (size: string, localizer: Localizer): string =>
  size
    .split('x')
    .map((side) => localizer.number(+side))
    .join('\u00a0×\u00a0');

/** Joins items in the language of the localizer: `a, b, and c`. */
export const listText = (items: readonly string[], localizer: Localizer): string =>
  new Intl.ListFormat(localizer.lang).format(items);
