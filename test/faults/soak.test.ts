import { call } from '../fixtures/remote-servers.ts';
import { engine, pageBench, shortenWaits } from './bench-page.ts';
import { Observer } from './observe.ts';
import { randomRow } from './random-row.ts';
import { ALL } from './row.ts';
import { runRow } from './run-row.ts';

import '../../widget/define.ts';

const settings = await call('fault-settings', {});

describe(`The soak with FAULTS_SEED=${settings.seed}`, function () {
  this.timeout(180_000);
  const observer = new Observer();
  let restoreWaits: () => void;
  const results: { title: string; method: string; passed: boolean }[] = [];
  before(() => {
    observer.watch(window);
    restoreWaits = shortenWaits();
  });
  after(async () => {
    restoreWaits();
    if (settings.writesReport) await call('report-faults', { suite: 'Random', engine, rows: results });
  });

  for (const method of ALL) {
    const row = randomRow(settings.seed, method);
    it(row.title, async () => {
      const result = { title: row.title, method, passed: false };
      results.push(result);
      await runRow(row, method, pageBench(observer)).catch((error: Error) => {
        throw new Error(`with FAULTS_SEED=${settings.seed}: ${error.message}`);
      });
      result.passed = true;
    });
  }
});
