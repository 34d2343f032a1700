import { call } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';
import { engine, lanes, pageBench, shortenWaits } from './bench-page.ts';
import { Observer } from './observe.ts';
import { type Case, runAll } from './pool.ts';
import type { Row } from './row.ts';
import { rowsFor } from './rows.ts';
import { runRow } from './run-row.ts';

import '../../widget/define.ts';

const settings = await call('fault-settings', {});
const rows = rowsFor(engine, settings.rows);

describe('The fault suite', function () {
  this.timeout(290_000);
  const observer = new Observer();
  let restoreWaits: () => void;
  let cases: Case[] = [];
  const passed: { title: string; method: string; passed: boolean }[] = [];

  before(() => {
    observer.watch(window);
    restoreWaits = shortenWaits();
    cases = runAll(rows, lanes, run);
  });
  after(async () => {
    restoreWaits();
    if (settings.writesReport) await call('report-faults', { suite: 'Rows', engine, rows: passed });
  });

  for (const row of rows) {
    for (const method of row.methods) {
      it(`by ${method}: ${row.title}`, async function () {
        const first = cases.find((one) => one.row === row && one.method === method)!.result;
        // a repetition runs the row once more, by itself
        const isRepeated = (this.test as unknown as { currentRetry(): number }).currentRetry() > 0;
        const result = { title: row.title, method, passed: false };
        if (!isRepeated) passed.push(result);
        await (isRepeated ? run(row, method) : first);
        passed.find((other) => other.title === row.title && other.method === method)!.passed = true;
      });
    }
  }

  it('no request, timer or object URL is left, and no error is uncaught', async () => {
    await Promise.allSettled(cases.map(({ result }) => result));
    await until('the end of all requests', () => observer.requests.every(({ hasEnded }) => hasEnded));
    await until('no leftovers', () => !observer.leftovers().length).catch(() => {
      throw new Error(observer.leftovers().join('\n'));
    });
    if (observer.uncaught.length) throw new Error(observer.uncaught.join('\n'));
  });

  async function run(row: Row, method: Row['methods'][number]): Promise<void> {
    const start = performance.now();
    const result = runRow(row, method, pageBench(observer));
    if (settings.isVerbose) {
      const outcome = await result.then(
        () => 'passed',
        (error: Error) => `failed: ${error.message}`,
      );
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      await call('print', { line: `by ${method}: ${row.title} (${seconds} s) ${outcome}` });
    }
    await result;
  }
});
