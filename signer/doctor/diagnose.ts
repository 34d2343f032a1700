import { checkAccess } from './access.ts';
import { checkCors } from './cors.ts';
import { checkEndpoint } from './endpoint.ts';
import { broken, unproved, type Finding, type Target } from './finding.ts';
import { checkLifecycle } from './lifecycle.ts';
import { checkMultipart } from './multipart.ts';
import { checkPublicAccess } from './public-access.ts';
import { failureOf, messageOf } from './s3-failure.ts';
import { checkUpload } from './upload.ts';

type Check = (target: Target) => Promise<Finding[]>;

/** The checks that all others depend on, in order. After a failure here, the results of the others would be meaningless. */
const BASIC_CHECKS: Record<string, Check> = { endpoint: checkEndpoint, access: checkAccess };
const FURTHER_CHECKS: Record<string, Check> = {
  cors: checkCors,
  upload: checkUpload,
  multipart: checkMultipart,
  lifecycle: checkLifecycle,
  'public-access': checkPublicAccess,
};

/**
 * Checks a signer's settings against the live bucket. Runs the checks one after another, and yields each finding at once.
 *
 * @param options.fix applies the fixes that have an `apply` (the bucket's CORS and lifecycle rules), and checks again;
 *   default false
 */
export async function* diagnose(target: Target, { fix = false } = {}): AsyncGenerator<Finding> {
  for (const [name, check] of Object.entries(BASIC_CHECKS)) {
    const findings = await runCheck(name, check, target);
    yield* findings;
    // With a wrong clock, the other checks show its consequences.
    if (findings.some(({ check, state }) => state === 'broken' && check !== 'clock')) {
      for (const later of Object.keys(FURTHER_CHECKS)) yield unproved(later, 'not checked; fix the fault above first');
      return;
    }
  }
  for (const [name, check] of Object.entries(FURTHER_CHECKS)) {
    const findings = await runCheck(name, check, target);
    yield* fix ? await applyFix(findings, () => runCheck(name, check, target)) : findings;
  }
}

async function runCheck(name: string, check: Check, target: Target): Promise<Finding[]> {
  try {
    return await check(target);
  } catch (error) {
    return [broken(name, messageOf(failureOf(error)))];
  }
}

async function applyFix(findings: Finding[], checkAgain: () => Promise<Finding[]>): Promise<Finding[]> {
  const apply = findings.find(({ state, fix }) => state === 'broken' && fix?.apply)?.fix?.apply;
  if (!apply) return findings;
  try {
    await apply();
  } catch (error) {
    const reason = messageOf(failureOf(error));
    return findings.map((finding) =>
      finding.fix?.apply ? { ...finding, detail: `${finding.detail}; --fix failed: ${reason}` } : finding,
    );
  }
  const before = new Map(findings.map(({ check, state }) => [check, state]));
  return (await checkAgain()).map((finding) =>
    finding.state === 'ok' && before.get(finding.check) === 'broken' ? { ...finding, state: 'fixed' } : finding,
  );
}
