// The summary of a run of tests. CI reads its last line, `N passed, N failed`.

/**
 * Prints what each test runner has reported, and the totals.
 *
 * @param {{ title: string, seconds: number, results: import('./browser-results.ts').Results }[]} runs
 * @returns {{ passed: number, failed: number }} the totals
 */
export function printSummary(runs) {
  const sum = (count) => runs.reduce((total, { results }) => total + count(results), 0);
  const passed = sum((results) => results.passed);
  const failed = sum((results) => results.failed);
  const retried = sum((results) => results.retried.length);
  console.log('');
  for (const { title, results, seconds } of runs) {
    const { passed, failed, failures, skipped, retried } = results;
    console.log(`  ${title}: ${passed} passed, ${failed} failed, ${retried.length} retried (${seconds} s)`);
    for (const test of failures) console.log(`    failed: ${test}`);
    for (const test of skipped) console.log(`    skipped: ${test}`);
    for (const test of retried) console.log(`    retried ${test}`);
  }
  if (!runs.length) console.log('No test was run.');
  if (retried) console.log(`\n${retried} retried: a test that passes only when it is repeated hides a fault`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return { passed, failed };
}
