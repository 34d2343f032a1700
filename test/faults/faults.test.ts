import { expect } from '@open-wc/testing';
import type { S3UploaderElement } from '../../widget/index.ts';
import { call, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';
import { Observer } from './observe.ts';
import { engine } from './page.ts';
import { type Case, runAll } from './pool.ts';
import { type Row, type RowServers, type Uploads } from './row.ts';
import { ROWS } from './rows.ts';
import { runRow } from './run-row.ts';

import '../../widget/define.ts';

/** Waits between attempts are this much shorter than for a visitor, so that a row takes seconds. */
const WAIT_FACTOR = 0.2;

const settings = await call('fault-settings', {});
const rows = ROWS.filter(
  ({ title, engines }) => (engines?.includes(engine) ?? true) && new RegExp(settings.rows, 'i').test(title),
);

describe('The fault suite', function () {
  this.timeout(290_000);
  const observer = new Observer();
  const random = Math.random.bind(Math);
  let cases: Case[] = [];
  const passed: { title: string; method: string; passed: boolean }[] = [];

  before(() => {
    observer.watch(window);
    Math.random = () => random() * WAIT_FACTOR;
    cases = runAll(rows, run);
  });
  after(async () => {
    Math.random = random;
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
    expect(observer.uncaught).to.deep.equal([]);
  });

  const run = (row: Row, method: Row['methods'][number]): Promise<void> =>
    runRow(row, method, { observer, open, startServers: startRemoteServers });

  async function open(row: Row, servers: RowServers) {
    const frame = row.page && (await openFrame());
    const realm = (frame?.contentWindow ?? window) as unknown as typeof globalThis;
    if (frame) observer.watch(realm, false);
    await row.page?.(realm);
    const element = realm.document.createElement('s3-uploader');
    Object.assign(element, {
      ...(row.sign ? { sign: row.sign(servers) } : { endpoint: servers.endpoint }),
      ...{ multiple: true, noPreviews: true },
      ...{ timeout: row.timeout, maxConcurrentUploads: row.concurrency, allowedHosts: row.allowedHosts },
    } satisfies Partial<S3UploaderElement>);
    realm.document.body.append(element);
    return {
      uploads: element as unknown as Uploads,
      realm,
      close() {
        element.remove();
        frame?.remove();
      },
    };
  }
});

let frames = 0;

/** A page for a row that changes it. */
async function openFrame(): Promise<HTMLIFrameElement> {
  const frame = document.createElement('iframe');
  frame.src = `/test/faults/worker/frame.html?row=${++frames}`;
  const loaded = new Promise((resolve) => (frame.onload = resolve));
  document.body.append(frame);
  await loaded;
  await frame.contentWindow!.customElements.whenDefined('s3-uploader');
  return frame;
}
