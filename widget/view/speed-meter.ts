import type { Localizer } from './localizer.ts';
import { speedText, timeLeftText } from './quantities.ts';

/** Seconds over which the speed is averaged: long enough for a steady number, short enough to follow the network. */
const AVERAGING_S = 4;
/** Seconds of measuring before a speed is shown: the first values are far off. */
const MIN_MEASURED_S = 1.5;
/** Seconds between two measurements. */
const MIN_INTERVAL_S = 0.25;

/** Measures the speed of an upload as an exponential moving average, and estimates the time it still takes. */
export class SpeedMeter {
  #started: number | undefined;
  #measured = 0;
  #bytes = 0;
  /** Bytes per second, not yet corrected for a window that has only begun. */
  #average = 0;

  /**
   * Adds a measurement.
   *
   * @param bytes bytes sent so far; the bytes of the first call count as sent before, for example by a resumed upload
   * @param isMoving whether bytes are being sent: a pause does not make the network slow
   * @param now time in milliseconds. Default: `performance.now()`
   */
  update(bytes: number, isMoving = true, now = performance.now()): void {
    if (!isMoving || !bytes) {
      this.#started = undefined;
      this.#measured = now;
      return;
    }
    if (this.#started === undefined || bytes < this.#bytes) {
      this.#started = this.#measured = now;
      this.#average = 0;
      this.#bytes = bytes;
    }
    const seconds = (now - this.#measured) / 1000;
    if (seconds < MIN_INTERVAL_S) return;
    const weight = Math.exp(-seconds / AVERAGING_S);
    this.#average = this.#average * weight + ((bytes - this.#bytes) / seconds) * (1 - weight);
    this.#bytes = bytes;
    this.#measured = now;
  }

  /** Bytes per second; 0 while it is unknown. */
  get speed(): number {
    const seconds = (this.#measured - (this.#started ?? this.#measured)) / 1000;
    // the average began at 0: without the correction the first seconds would look slow
    return seconds < MIN_MEASURED_S ? 0 : this.#average / (1 - Math.exp(-seconds / AVERAGING_S));
  }

  /** Estimates the seconds until this number of bytes is sent; undefined while the speed is unknown. */
  secondsLeft(bytes: number): number | undefined {
    return this.speed > 1 ? bytes / this.speed : undefined;
  }
}

/** Speed and time left, as parts of a status; empty while the speed is unknown. */
export function speedTexts(meter: SpeedMeter, bytesLeft: number, localizer: Localizer): readonly string[] {
  const seconds = meter.secondsLeft(bytesLeft);
  if (seconds === undefined) return [];
  return [speedText(meter.speed, localizer), timeLeftText(seconds, localizer)];
}
