import type { Finding, Mend } from './finding.ts';

const MARKS: Record<Finding['state'], string> = { ok: '✓', mended: '✓', broken: '✗', unproved: '?' };

/** Findings as lines for a terminal; under a ✗ stands what mends it, once where one mend serves several. */
export function asText({ check, state, detail, mend }: Finding, told = new Set<Mend>()): string {
  const lines = [`${MARKS[state]} ${check}: ${detail}${state === 'mended' ? ' (mended)' : ''}`];
  if (mend && (state === 'broken' || state === 'unproved') && !told.has(mend)) {
    told.add(mend);
    lines.push(`    ${mend.what}`);
    if (mend.json)
      lines.push(
        ...JSON.stringify(mend.json, null, 2)
          .split('\n')
          .map((line) => `    ${line}`),
      );
    if (mend.command) lines.push(`    $ ${mend.command}`);
  }
  return lines.join('\n');
}

/** The same for programs. */
export function asJson(findings: readonly Finding[]): string {
  const checks = findings.map(({ check, state, detail, mend }) => ({
    check,
    state,
    detail,
    ...(mend &&
      state !== 'ok' &&
      state !== 'mended' && { mend: { what: mend.what, json: mend.json, command: mend.command } }),
  }));
  return JSON.stringify({ healthy: isHealthy(findings), proved: isProved(findings), checks }, null, 2);
}

/** The last line: never more than was proved. */
export function summary(findings: readonly Finding[]): string {
  const named = (wanted: Finding['state']) =>
    findings.flatMap(({ check, state }) => (state === wanted ? check : [])).join(', ');
  if (!isHealthy(findings)) return `Wrong: ${named('broken')}.`;
  if (!isProved(findings)) return `Nothing wrong was found, but not all was proved: ${named('unproved')}.`;
  return 'Nothing is wrong.';
}

const isProved = (findings: readonly Finding[]): boolean =>
  findings.every(({ state }) => state === 'ok' || state === 'mended');

/** Nothing wrong was found. */
export const isHealthy = (findings: readonly Finding[]): boolean => findings.every(({ state }) => state !== 'broken');
