import type { Figure, Measure, Unit } from '../scenario.ts';
import { spreadOf } from '../statistics.ts';

const DECIMALS: Partial<Record<Unit, number>> = { '×': 2, s: 1 };

const SINGULARS: Partial<Record<Unit, string>> = { bytes: 'byte', requests: 'request', faults: 'fault' };

/** A number as the page shows it, without its unit. */
export function formatNumber(value: number, unit: Unit): string {
  const decimals = unit === 's' && Math.abs(value) < 1 ? 2 : (DECIMALS[unit] ?? 0);
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** With its unit. */
export const formatValue = (value: number, unit: Unit): string =>
  `${formatNumber(value, unit)} ${value === 1 && SINGULARS[unit] ? SINGULARS[unit] : unit}`;

/** Median and range, such as `1.04 × (1.03 to 1.05)`, or why there is none. */
export function formatFigure({ values, problem }: Figure, unit: Unit): string {
  const spread = spreadOf(values);
  if (!spread) return problem ?? 'not measured';
  const median = formatValue(spread.median, unit);
  const range = values.length > 1 ? ` (${formatNumber(spread.low, unit)} to ${formatNumber(spread.high, unit)})` : '';
  return median + range + (problem ? `; then ${problem}` : '');
}

/** Such as `at most 1.05 ×`; undefined for a measure without a goal. */
export function formatGoal({ goal, better, unit }: Measure): string | undefined {
  if (goal === undefined) return undefined;
  return `${better === 'more' ? 'at least' : 'at most'} ${formatValue(goal, unit)}`;
}

/** Whether the goal is for this figure. */
export const hasGoal = ({ goal, goalFor }: Measure, { isOurs, uploader }: Figure): boolean =>
  goal !== undefined && Boolean(isOurs) && (goalFor ?? uploader) === uploader;

/** Whether the median reaches the goal; undefined without a goal or a median. */
export function reachesGoal(measure: Measure, figure: Figure): boolean | undefined {
  const { goal, better } = measure;
  const median = spreadOf(figure.values)?.median;
  if (goal === undefined || median === undefined || !hasGoal(measure, figure)) return undefined;
  return better === 'more' ? median >= goal : median <= goal;
}

/** The uploaders, without floors, whose median is better than the best of s3-uploader. */
export function betterUploaders({ figures, better, unit }: Measure, floors: ReadonlySet<string>): string[] {
  if (better === 'neither') return [];
  const direction = better === 'more' ? -1 : 1;
  const scored = figures.flatMap((figure) => {
    const median = spreadOf(figure.values)?.median;
    // what the reader sees is compared: figures that are shown alike are no difference
    return median === undefined
      ? []
      : [{ figure, score: direction * Number(formatNumber(median, unit).replaceAll(',', '')) }];
  });
  const ours = scored.filter(({ figure }) => figure.isOurs).map(({ score }) => score);
  if (!ours.length) return [];
  return scored
    .filter(({ figure, score }) => !figure.isOurs && !floors.has(figure.uploader) && score < Math.min(...ours))
    .map(({ figure }) => figure.uploader);
}
