/**
 * Proves a signer's configuration against its live bucket.
 *
 * @module
 */
import { checkAccess, checkEndpoint } from './access.ts';
import { checkCors } from './cors.ts';
import { failure, said } from './failure.ts';
import { broken, unproved, type Finding, type Patient } from './finding.ts';
import { checkLifecycle } from './lifecycle.ts';
import { checkMultipart } from './multipart.ts';
import { checkPublicAccess } from './public-access.ts';
import { checkUpload } from './upload.ts';

export type { Finding, Mend, Patient } from './finding.ts';

type Check = (patient: Patient) => Promise<Finding[]>;

/** In the order in which one leans on another: what comes after a break in the first two cannot be told apart from it. */
const FOUNDATION: Record<string, Check> = { endpoint: checkEndpoint, access: checkAccess };
const BUILDING: Record<string, Check> = {
  cors: checkCors,
  upload: checkUpload,
  multipart: checkMultipart,
  lifecycle: checkLifecycle,
  'public-access': checkPublicAccess,
};

/**
 * Runs every check, one after another, and gives each finding as it is made.
 *
 * @param fix applies the mends that have an `apply` (the bucket's CORS and lifecycle), then looks again
 */
export async function* diagnose(patient: Patient, { fix = false } = {}): AsyncGenerator<Finding> {
  for (const [name, check] of Object.entries(FOUNDATION)) {
    const findings = await attempt(name, check, patient);
    yield* findings;
    // A wrong clock is told beside its consequences.
    if (findings.some(({ check, state }) => state === 'broken' && check !== 'clock')) {
      for (const later of Object.keys(BUILDING)) yield unproved(later, 'first mend what stands above');
      return;
    }
  }
  for (const [name, check] of Object.entries(BUILDING)) {
    const findings = await attempt(name, check, patient);
    yield* fix ? await mended(findings, () => attempt(name, check, patient)) : findings;
  }
}

async function attempt(name: string, check: Check, patient: Patient): Promise<Finding[]> {
  try {
    return await check(patient);
  } catch (error) {
    return [broken(name, said(failure(error)))];
  }
}

async function mended(findings: Finding[], again: () => Promise<Finding[]>): Promise<Finding[]> {
  const apply = findings.find(({ state, mend }) => state === 'broken' && mend?.apply)?.mend?.apply;
  if (!apply) return findings;
  try {
    await apply();
  } catch (error) {
    const why = said(failure(error));
    return findings.map((finding) =>
      finding.mend?.apply ? { ...finding, detail: `${finding.detail}; --fix could not mend it: ${why}` } : finding,
    );
  }
  const before = new Map(findings.map(({ check, state }) => [check, state]));
  return (await again()).map((finding) =>
    finding.state === 'ok' && before.get(finding.check) === 'broken' ? { ...finding, state: 'mended' } : finding,
  );
}
