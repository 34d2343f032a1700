import type { ScenarioResult } from '../scenario.ts';
import { formatFigure, formatGoal, hasGoal, reachesGoal } from './format.ts';

/** The figures as lines for a terminal, the goal beside each of s3-uploader. */
export function consoleText({ measures, tables = [] }: ScenarioResult): string {
  const lines = measures.flatMap((measure) => [
    `  ${measure.title}`,
    ...measure.figures.map((figure) => {
      const goal = hasGoal(measure, figure) && formatGoal(measure);
      const mark = { true: 'reached', false: 'missed', undefined: 'not measured' }[
        String(reachesGoal(measure, figure))
      ];
      return `    ${figure.uploader.padEnd(30)} ${formatFigure(figure, measure.unit)}${goal ? `   goal: ${goal}, ${mark}` : ''}`;
    }),
  ]);
  for (const { title, head, rows } of tables) {
    lines.push(`  ${title}`);
    for (const [name, ...cells] of rows) {
      lines.push(
        `    ${name}`,
        ...cells.map((cell, index) => `      ${head[index + 1]!.padEnd(28)} ${cell.replaceAll('**', '')}`),
      );
    }
  }
  return lines.join('\n');
}
