// A reporter of Node's test runner that writes the results as JSON, for test/runner/run.mjs. Node retries no test.
export default async function* reportResults(events) {
  const results = { passed: 0, failed: 0, skipped: [], retried: [] };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const reason = data.skip ?? data.todo;
    if (reason !== undefined) results.skipped.push(`${data.name}: ${reason}`);
    else if (data.details?.type !== 'suite') results[type === 'test:pass' ? 'passed' : 'failed']++;
  }
  yield JSON.stringify(results);
}
