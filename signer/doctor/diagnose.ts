import { checkAccess } from './access.ts';
import { checkConditionalWrites } from './conditional-writes.ts';
import { checkCors } from './cors.ts';
import { checkEndpoint } from './endpoint.ts';
import { broken, unproved, type Change, type Finding, type Target } from './finding.ts';
import { checkLifecycle } from './lifecycle.ts';
import { checkMultipart } from './multipart.ts';
import { checkPublicAccess } from './public-access.ts';
import { checkQuarantine } from './quarantine.ts';
import { failureOf, messageOf } from './s3-failure.ts';
import { checkUnsignedHeaders } from './unsigned-headers.ts';
import { checkUpload } from './upload.ts';
import { checkUploadEndpoints } from './upload-endpoints.ts';

type Check = (target: Target) => Promise<Finding[]>;

/** The checks that all others depend on, in order. After a failure here, the results of the others would be meaningless. */
const BASIC_CHECKS: Record<string, Check> = { endpoint: checkEndpoint, access: checkAccess };
const FURTHER_CHECKS: Record<string, Check> = {
  cors: checkCors,
  upload: checkUpload,
  multipart: checkMultipart,
  lifecycle: checkLifecycle,
  'public-access': checkPublicAccess,
  'unsigned-headers': (target) => checkUnsignedHeaders(target),
  'conditional-writes': checkConditionalWrites,
};

/**
 * Checks a signer's settings against the live bucket. Runs the checks one after another, and yields each finding at once.
 *
 * @param options.fix applies the fixes that have an `apply` (the bucket's CORS and lifecycle rules), and checks again;
 *   default false
 * @param options.onChange is called with each change before it is made
 */
export async function* diagnose(
  target: Target,
  { fix = false, onChange = () => {} }: { fix?: boolean; onChange?: (change: Change) => void } = {},
): AsyncGenerator<Finding> {
  const further = {
    ...FURTHER_CHECKS,
    ...(target.uploadEndpoints?.length && { 'upload-endpoints': checkUploadEndpoints }),
    ...(target.quarantine && { quarantine: checkQuarantine }),
  };
  for (const [name, check] of Object.entries(BASIC_CHECKS)) {
    const findings = await runCheck(name, check, target);
    yield* findings;
    // With a wrong clock, the other checks show its consequences.
    if (findings.some(({ check, state }) => state === 'broken' && check !== 'clock')) {
      for (const later of Object.keys(further)) yield unproved(later, 'not checked; fix the fault above first');
      return;
    }
  }
  for (const [name, check] of Object.entries(further)) {
    const findings = await runCheck(name, check, target);
    yield* fix ? await applyFix(findings, onChange, () => runCheck(name, check, target)) : findings;
  }
}

async function runCheck(name: string, check: Check, target: Target): Promise<Finding[]> {
  try {
    return await check(target);
  } catch (error) {
    return [broken(name, messageOf(failureOf(error)))];
  }
}

async function applyFix(
  findings: Finding[],
  onChange: (change: Change) => void,
  checkAgain: () => Promise<Finding[]>,
): Promise<Finding[]> {
  const fixable = findings.filter(({ state, fix }) => state === 'broken' && fix?.apply && fix.diff);
  const { apply, diff } = fixable[0]?.fix ?? {};
  if (!apply || !diff) return findings;
  onChange({ checks: fixable.map(({ check }) => check), diff });
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
