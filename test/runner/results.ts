import { writeFileSync } from 'node:fs';
import type { Reporter, TestSuiteResult } from '@web/test-runner';

/** How many tests there were, as `test/runner/run.mjs` adds them up. */
export interface Tally {
  passed: number;
  failed: number;
  /** Tests that were not run, and why. */
  leftOut: string[];
}

/** Writes the tally of a run in browsers to the file named by TEST_TALLY, for each browser's tests together. */
export function tallyReporter(): Reporter {
  return {
    onTestRunFinished({ sessions }) {
      const tally: Tally = { passed: 0, failed: 0, leftOut: [] };
      for (const { testResults, errors, passed } of sessions) {
        const before = tally.failed;
        if (testResults) count(testResults, tally);
        // a file that did not load, or that failed outside of its tests
        if ((errors.length || !passed) && tally.failed === before) tally.failed++;
      }
      if (process.env.TEST_TALLY) writeFileSync(process.env.TEST_TALLY, JSON.stringify(tally));
    },
  };
}

function count({ suites, tests }: TestSuiteResult, tally: Tally): void {
  for (const { name, passed, skipped } of tests) {
    if (skipped) tally.leftOut.push(`${name}: skipped`);
    else tally[passed ? 'passed' : 'failed']++;
  }
  for (const suite of suites) count(suite, tally);
}
