// A reporter of Node's test runner: the tally of a run as JSON, for test/runner/run.mjs.
export default async function* tally(events) {
  const tally = { passed: 0, failed: 0, leftOut: [] };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.skip !== undefined || data.todo !== undefined)
      tally.leftOut.push(`${data.name}: ${data.skip ?? data.todo}`);
    else if (data.details?.type !== 'suite') tally[type === 'test:pass' ? 'passed' : 'failed']++;
  }
  yield JSON.stringify(tally);
}
