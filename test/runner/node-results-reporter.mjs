// A reporter of Node's test runner that writes the results as JSON, for test/runner/run.mjs. Node retries no test.
import path from 'node:path';

export default async function* reportResults(events) {
  const results = { passed: 0, failed: 0, failures: [], skipped: [], retried: [] };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const reason = data.skip ?? data.todo;
    if (reason !== undefined) results.skipped.push(`${data.name}: ${reason}`);
    else if (data.details?.type === 'suite') continue;
    else if (type === 'test:pass') results.passed++;
    else {
      results.failed++;
      results.failures.push(`${path.relative('', data.file ?? '')}: ${data.name}`);
    }
  }
  yield JSON.stringify(results);
}
