import type { Change, Finding, Fix } from './finding.ts';

const MARKS: Record<Finding['state'], string> = { ok: '✓', fixed: '✓', broken: '✗', unproved: '?' };

/**
 * One finding as lines for a terminal, with its fix below it.
 *
 * @param printed the fixes that were printed before; one that several findings share is printed once
 */
export function asText({ check, state, detail, fix }: Finding, printed = new Set<Fix>()): string {
  const lines = [`${MARKS[state]} ${check}: ${detail}${state === 'fixed' ? ' (fixed)' : ''}`];
  if (fix && state !== 'fixed' && !printed.has(fix)) {
    printed.add(fix);
    lines.push(`    ${fix.what}`);
    if (fix.json)
      lines.push(
        ...JSON.stringify(fix.json, null, 2)
          .split('\n')
          .map((line) => `    ${line}`),
      );
    if (fix.command) lines.push(`    $ ${fix.command}`);
  }
  return lines.join('\n');
}

/** A change that `--fix` is about to make, as lines for a terminal. */
export const changeAsText = ({ checks, diff }: Change): string =>
  [`~ ${checks.join(', ')}: --fix changes the bucket`, ...diff.split('\n').map((line) => `    ${line}`)].join('\n');

/** All findings, and the changes that `--fix` has made or tried, as JSON for programs. */
export function asJson(findings: readonly Finding[], changes: readonly Change[] = []): string {
  const checks = findings.map(({ check, state, detail, fix }) => ({
    check,
    state,
    detail,
    fix:
      fix && state !== 'fixed' ? { what: fix.what, json: fix.json, command: fix.command, diff: fix.diff } : undefined,
  }));
  return JSON.stringify({ healthy: isHealthy(findings), proved: isProved(findings), checks, changes }, null, 2);
}

/** The last line for a terminal. It claims no more than was proved. */
export function summary(findings: readonly Finding[]): string {
  const checksIn = (wanted: Finding['state']) =>
    findings.flatMap(({ check, state }) => (state === wanted ? check : [])).join(', ');
  if (!isHealthy(findings)) return `Broken: ${checksIn('broken')}.`;
  if (!isProved(findings)) return `No fault was found, but these could not be checked: ${checksIn('unproved')}.`;
  return 'Everything works.';
}

const isProved = (findings: readonly Finding[]): boolean =>
  findings.every(({ state }) => state === 'ok' || state === 'fixed');

/** Whether no check found a fault. */
export const isHealthy = (findings: readonly Finding[]): boolean => findings.every(({ state }) => state !== 'broken');
