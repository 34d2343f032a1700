import assert from 'node:assert/strict';
import { after, describe, mock, test } from 'node:test';
import { Uploader } from '../../widget/core/index.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { nodeTransport } from '../fixtures/node-transport.ts';
import { type ServerOptions, startServers } from '../fixtures/upload-servers.ts';
import { until } from '../fixtures/wait.ts';
import type { FaultProxy } from '../helpers/faults.ts';
import type { RemoteProxy } from '../fixtures/remote-servers.ts';
import { Observer } from './observe.ts';
import { runAll } from './pool.ts';
import { recordFaultResults } from './report.ts';
import type { Row, RowServers, Uploads } from './row.ts';
import { rowsFor } from './rows.ts';
import { runRow } from './run-row.ts';
import { readFaultSettings } from './settings.ts';

const ORIGIN = 'https://site.example';
/** Waits between attempts are this much shorter than for a visitor, so that a row takes seconds. */
const WAIT_FACTOR = 0.2;

const settings = readFaultSettings(process.env);
const rows = rowsFor('Node', settings.rows);

describe('The fault suite, in the queue without a browser', () => {
  const observer = new Observer();
  observer.watch(globalThis);
  process.on('unhandledRejection', (reason) => observer.uncaught.push(String(reason)));
  const random = Math.random.bind(Math);
  mock.method(Math, 'random', () => random() * WAIT_FACTOR);
  const results: { title: string; method: string; passed: boolean }[] = [];
  const cases = runAll(rows, { slow: 40, quick: 6 }, (row, method) =>
    runRow(row, method, { observer, startServers: start, open }),
  );
  after(() =>
    settings.writesReport ? recordFaultResults({ suite: 'Rows', engine: 'Node', rows: results }) : undefined,
  );

  for (const { row, method, result } of cases) {
    test(`by ${method}: ${row.title}`, async () => {
      const recorded = { title: row.title, method, passed: false };
      results.push(recorded);
      await result;
      recorded.passed = true;
    });
  }

  test('no request or timer is left, and no error is uncaught', async () => {
    await Promise.allSettled(cases.map(({ result }) => result));
    await until('the end of all requests', () => observer.requests.every(({ hasEnded }) => hasEnded));
    await until('no leftovers', () => !observer.leftovers().length).catch(() => {
      throw new Error(observer.leftovers().join('\n'));
    });
    assert.deepEqual(observer.uncaught, []);
  });

  async function open(row: Row, servers: RowServers) {
    const uploader = new Uploader({
      sign: row.sign?.(servers) ?? endpoint({ url: servers.endpoint, headers: { origin: ORIGIN } }),
      send: async (request, options) => {
        const observed = observer.begin(request.method, request.url);
        try {
          return await nodeTransport(request, options);
        } finally {
          observed.hasEnded = true;
        }
      },
      timeout: row.timeout && row.timeout * 1000,
      concurrency: row.concurrency,
      allowedHosts: row.allowedHosts?.split(','),
    });
    return { uploads: new QueueUploads(uploader), realm: globalThis, close: () => uploader.destroy() };
  }
});

/** An `Uploader` with the names of the element. */
class QueueUploads extends EventTarget implements Uploads {
  readonly #uploader: Uploader;

  constructor(uploader: Uploader) {
    super();
    this.#uploader = uploader;
    this.addEventListener = uploader.addEventListener.bind(uploader);
    this.removeEventListener = uploader.removeEventListener.bind(uploader);
  }

  get files() {
    return this.#uploader.items;
  }

  add = (files: Iterable<File>) => this.#uploader.add(files);
  pause = (id?: string) => this.#uploader.pause(id);
  resume = (id?: string) => this.#uploader.resume(id);
  cancel = (id?: string) => this.#uploader.cancel(id);
  retry = (id?: string) => this.#uploader.retry(id);
  removeFile = (id: string) => this.#uploader.removeFile(id);
  clear = () => this.#uploader.clear();
}

/** The servers, as a page sees them. */
async function start(options: ServerOptions): Promise<RowServers> {
  const servers = await startServers(ORIGIN, options);
  const { endpoint, storedObject, storedObjects, abortUploads, countOpenUploads, close } = servers;
  const remote = (proxy: FaultProxy): RemoteProxy => ({
    setFaults: async (...faults) => void (proxy.faults = faults),
    setPace: async (pace) => void (proxy.pace = pace),
    readLog: async () => ({ requests: proxy.requests, preflights: proxy.preflights, peak: proxy.peak }),
    arrived: (count, which) => proxy.arrived(count, which),
    release: async () => proxy.release(),
    reset: async () => proxy.reset(),
  });
  return {
    ...{
      endpoint,
      storageUrl: servers.storage.url,
      storedObject,
      storedObjects,
      abortUploads,
      countOpenUploads,
      close,
    },
    storage: remote(servers.storage),
    signer: remote(servers.signer),
  };
}
