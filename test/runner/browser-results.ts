import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Reporter, TestRunnerPlugin, TestSuiteResult } from '@web/test-runner';
import { isCrash } from './webkit-driver.ts';

/** The results of a test runner, which `run.mjs` adds up. */
export interface Results {
  passed: number;
  failed: number;
  /** Tests that failed, and files that failed outside their tests. */
  failures: string[];
  /** Tests that did not run, and why. */
  skipped: string[];
  /** Tests that failed at first and ran again: by browser, file and title, with the error of the last retry. */
  retried: string[];
  /** Files in which WebKitGTK crashed. They count neither as passed nor as failed. */
  crashed: string[];
}

/** The message of a page whose test has failed and runs again; see `report-retries.ts`. */
export interface Retry {
  /** Titles of the suites and of the test. */
  title: string;
  /** The message of the error that the test has failed with. */
  error: string;
}

/** Collects the results of a run in browsers, and writes them as JSON to the file that TEST_RESULTS names. */
export function browserResults(): { plugin: TestRunnerPlugin<Retry>; reporter: Reporter } {
  /** Keyed by session and title, so that a test that is retried twice counts once. */
  const retried = new Map<string, { times: number; description: string }>();
  return {
    plugin: {
      name: 'browser-results',
      executeCommand({ command, payload, session }) {
        if (command !== 'report-retry' || !payload) return undefined;
        const { title, error } = payload;
        const key = `${session.id} ${title}`;
        const file = path.relative(process.cwd(), session.testFile ?? '');
        const description = `in ${session.browser.name}: ${file}: ${title}: ${error}`;
        retried.set(key, { times: (retried.get(key)?.times ?? 0) + 1, description });
        return true;
      },
    },
    reporter: {
      onTestRunFinished({ sessions }) {
        const results: Results = { passed: 0, failed: 0, failures: [], skipped: [], retried: [], crashed: [] };
        for (const { times, description } of retried.values()) results.retried.push(`${times}× ${description}`);
        for (const { testFile, browser, testResults, errors, passed } of sessions) {
          const file = path.relative(process.cwd(), testFile ?? '');
          if (errors.some(isCrash)) {
            results.crashed.push(file);
            continue;
          }
          const failedBefore = results.failed;
          const place = `in ${browser.name}: ${file}`;
          if (testResults) addTests(testResults, results, place);
          // a file that did not load, or that failed outside its tests, counts as one failed test
          if ((errors.length || !passed) && results.failed === failedBefore) addFailure(results, place);
        }
        if (process.env.TEST_RESULTS) writeFileSync(process.env.TEST_RESULTS, JSON.stringify(results));
      },
    },
  };
}

function addTests({ suites, tests }: TestSuiteResult, results: Results, place: string): void {
  for (const { name, passed, skipped } of tests) {
    if (skipped) results.skipped.push(name);
    else if (passed) results.passed++;
    else addFailure(results, `${place}: ${name}`);
  }
  for (const suite of suites) addTests(suite, results, place);
}

function addFailure(results: Results, description: string): void {
  results.failed++;
  results.failures.push(description);
}
