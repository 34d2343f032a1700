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
  return JSON.stringify({ healthy: isHealthy(findings), checks }, null, 2);
}

export const isHealthy = (findings: readonly Finding[]): boolean => findings.every(({ state }) => state !== 'broken');
