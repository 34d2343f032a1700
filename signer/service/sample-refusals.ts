/** Lines a minute for each code, and the minute in milliseconds. */
const LINES = 10;
const PERIOD_MS = 60_000;

/** Maximum codes that are counted separately: more than the signer has. An application may make up more. */
const MAX_CODES = 100;

interface Period {
  lines: number;
  suppressed: number;
  /** When it ends, in milliseconds since 1970. */
  end: number;
}

/**
 * Lets the first ten refusals a minute of each code into the log, so that a flood leaves a trace and does not fill the disk.
 *
 * @param report called after the minute with the number of refusals that were suppressed in it, if there were any
 * @returns a function that decides whether a refusal is logged
 */
export function sampleRefusals(report: (code: string, suppressed: number) => void): (code: string) => boolean {
  const periods = new Map<string, Period>();
  const close = (code: string): void => {
    const suppressed = periods.get(code)?.suppressed ?? 0;
    periods.delete(code);
    if (suppressed > 0) report(code, suppressed);
  };
  const open = (code: string): Period => {
    const period = { lines: 0, suppressed: 0, end: Date.now() + PERIOD_MS };
    periods.set(code, period);
    const timer: { unref?: () => void } = setTimeout(() => {
      if (periods.get(code) === period) close(code);
    }, PERIOD_MS);
    // Workers have only a number, and may cancel the timer: there, the next refusal reports.
    timer.unref?.();
    return period;
  };
  return function isLogged(code) {
    const counted = periods.has(code) || periods.size < MAX_CODES ? code : 'other';
    if ((periods.get(counted)?.end ?? Infinity) <= Date.now()) close(counted);
    const period = periods.get(counted) ?? open(counted);
    if (period.lines >= LINES) {
      period.suppressed++;
      return false;
    }
    period.lines++;
    return true;
  };
}
