import type { Figure, Measure } from '../scenario.ts';
import { spreadOf } from '../statistics.ts';
import { formatFigure, formatGoal, formatValue } from './format.ts';

const WIDTH = 760;
const PADDING = 16;
const LABEL_WIDTH = 215;
/** Room for the figure behind the longest bar. */
const VALUE_WIDTH = 225;
const BAR_HEIGHT = 20;
const ROW_HEIGHT = 34;
const HEADER_HEIGHT = 46;
/** Characters of an uploader's problem that fit beside its name. */
const MAX_PROBLEM_LENGTH = 76;

/** The background is part of the picture, so that the text has its contrast on a page of any color. */
const STYLE = `
.page { fill: #fff }
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.ours { font-weight: 700 }
.quiet { fill: #59636e }
.value { paint-order: stroke; stroke: #fff; stroke-width: 4px }
.bar { fill: #8c959f }
.bar.ours { fill: #0969da }
.bar.floor { fill: none; stroke: #59636e }
.range { stroke: #1f2328; stroke-width: 1.5 }
.goal { stroke: #1a7f37; stroke-width: 2; stroke-dasharray: 5 3 }
.goal-text { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
  .page { fill: #0d1117 }
  text { fill: #f0f6fc }
  .quiet { fill: #9198a1 }
  .value { stroke: #0d1117 }
  .bar { fill: #656c76 }
  .bar.ours { fill: #4493f8 }
  .bar.floor { fill: none; stroke: #9198a1 }
  .range { stroke: #f0f6fc }
  .goal { stroke: #3fb950 }
  .goal-text { fill: #3fb950 }
}
`.trim();

/** What the chart shows besides the figures. */
export interface ChartOptions {
  /** Names of what is no uploader, such as bare requests. */
  floors: ReadonlySet<string>;
  /** Uploaders that are better than s3-uploader here. */
  better: readonly string[];
  /** A line below the title, such as that the run was reduced. Default none. */
  remark?: string;
}

/** The figures in words, for those who do not see the chart. */
export function chartDescription(measure: Measure, { better, remark }: ChartOptions): string {
  const goal = formatGoal(measure);
  return [
    measure.title + '.',
    remark && `${remark}.`,
    ...measure.figures.map((figure) => `${figure.uploader}: ${formatFigure(figure, measure.unit)}.`),
    goal && `Goal of ${measure.goalFor ?? 's3-uploader'}: ${goal}.`,
    better.length && `Better than s3-uploader: ${better.join(', ')}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/**
 * A chart with a horizontal bar for each uploader: the bar is the median, the line on it the range, and the dashed line the
 * goal of s3-uploader. Light or dark as the reader's system is.
 *
 * @returns an SVG document
 */
export function barChart(measure: Measure, options: ChartOptions): string {
  const { figures, unit, goal } = measure;
  const highest = Math.max(goal ?? 0, ...figures.map(({ values }) => spreadOf(values)?.high ?? 0)) || 1;
  const barsWidth = WIDTH - 2 * PADDING - LABEL_WIDTH - VALUE_WIDTH;
  const left = PADDING + LABEL_WIDTH;
  const x = (value: number): number => round(left + (value / highest) * barsWidth);
  const remarkHeight = options.remark ? 18 : 0;
  const top = PADDING + HEADER_HEIGHT + remarkHeight;
  const bottom = top + figures.length * ROW_HEIGHT;
  const height = bottom + PADDING;

  const rows = figures.map((figure, index) => row(figure, top + index * ROW_HEIGHT));
  const goalText = formatGoal(measure);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">${escapeXml(measure.title)}</title>
<desc id="description">${escapeXml(chartDescription(measure, options))}</desc>
<style>${STYLE}</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
<text class="title" x="${PADDING}" y="${PADDING + 12}">${escapeXml(measure.title)}</text>
<text class="quiet" x="${PADDING}" y="${PADDING + 32}">${measure.better === 'more' ? 'More' : 'Less'} is better. Bar: median. Line: range.${goalText ? ` <tspan class="goal-text">Dashed: goal${measure.goalFor ? ` of ${escapeXml(measure.goalFor)}` : ''}, ${goalText}</tspan>` : ''}</text>
${options.remark ? `<text class="ours" x="${PADDING}" y="${PADDING + 50}">${escapeXml(options.remark)}</text>\n` : ''}${rows.map(({ bar }) => bar).join('\n')}
${goal === undefined ? '' : `<line class="goal" x1="${x(goal)}" x2="${x(goal)}" y1="${top - 4}" y2="${bottom - 6}"/>\n`}${rows.map(({ text }) => text).join('\n')}
</svg>
`;

  /** The texts are drawn over the line of the goal, and the bars below it. */
  function row(figure: Figure, y: number): { bar: string; text: string } {
    const { uploader, isOurs, values, problem } = figure;
    const spread = spreadOf(values);
    const middle = y + BAR_HEIGHT / 2;
    const kind = isOurs ? ' ours' : options.floors.has(uploader) ? ' floor' : '';
    const textAt = (x: number, className: string, text: string, anchor = 'start'): string =>
      `<text class="${className}${isOurs ? ' ours' : ''}" x="${x}" y="${middle + 4}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
    const label = textAt(left - 8, 'label', uploader, 'end');
    if (!spread) {
      const words = (problem ?? 'not measured').slice(0, MAX_PROBLEM_LENGTH);
      return { bar: '', text: label + textAt(left + 4, 'value quiet', words) };
    }
    const { median, low, high } = spread;
    const bar = `<rect class="bar${kind}" x="${left}" y="${y}" width="${Math.max(1, round(x(median) - left))}" height="${BAR_HEIGHT}"/>`;
    const range =
      high > low
        ? `<path class="range" d="M${x(low)} ${middle}H${x(high)}M${x(low)} ${middle - 4}v8M${x(high)} ${middle - 4}v8"/>`
        : '';
    const remark = options.better.includes(uploader) ? ', better than s3-uploader' : '';
    const value = textAt(x(Math.max(high, median)) + 8, 'value', formatValue(median, unit) + remark);
    return { bar: bar + range, text: label + value };
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
