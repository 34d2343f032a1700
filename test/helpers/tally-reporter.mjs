// A reporter of Node's test runner: the tally of a run as JSON, for test/run.mjs.
export default async function* tally(events) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details?.type === 'suite') continue;
    if (data.skip !== undefined || data.todo !== undefined) tally.skipped++;
    else tally[type === 'test:pass' ? 'passed' : 'failed']++;
  }
  yield JSON.stringify(tally);
}
