import fc from 'fast-check';
import type { S3UploaderElement } from '../../widget/index.ts';
import { bytesFile } from '../fixtures/files.ts';
import { call, type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';
import { engine, shortenWaits } from './bench-page.ts';
import { EventLog } from './event-log.ts';

import '../../widget/define.ts';

const settings = await call('fault-settings', {});
/** Random orders of commands in a run. */
const ORDERS = 30;
const TITLE = `${ORDERS} random orders of commands lose and double no event`;

/** What must be true of the element after each command, whatever the network does meanwhile. */
interface Model {
  /** Files that were added and not removed. */
  count: number;
  isInserted: boolean;
}

interface Page {
  readonly element: S3UploaderElement;
  readonly log: EventLog;
  readonly files: Map<string, File>;
}

type Command = fc.AsyncCommand<Model, Page>;

const command = (
  name: string,
  run: (model: Model, page: Page) => unknown,
  check?: (model: Model) => boolean,
): Command => ({
  check: (model) => check?.(model) ?? true,
  async run(model, page) {
    await run(model, page);
    const { length } = page.element.files;
    if (length !== model.count) throw new Error(`${length} files in the list, expected ${model.count}`);
    page.log.check();
  },
  toString: () => name,
});

let lastSize = 1000;

/** A command to one of the files, or, without an index, to all. */
const toFiles = (name: 'upload' | 'pause' | 'resume' | 'cancel' | 'retry') =>
  fc.option(fc.nat(3)).map((index) =>
    command(`${name}(${index ?? ''})`, (_model, { element }) => {
      if (index === null) element[name]();
      else if (element.files[index]) element[name](element.files[index].id);
    }),
  );

const COMMANDS: fc.Arbitrary<Command>[] = [
  fc.integer({ min: 1, max: 3 }).map((count) =>
    command(`add(${count})`, async (model, { element, files }) => {
      const added = Array.from({ length: count }, () => bytesFile((lastSize += 1), `${lastSize}.mp4`, 'video/mp4'));
      model.count += count;
      for (const item of await element.add(added)) files.set(item.id, item.file!);
    }),
  ),
  toFiles('upload'),
  toFiles('pause'),
  toFiles('resume'),
  toFiles('cancel'),
  toFiles('retry'),
  fc.nat(3).map((index) =>
    command(`removeFile(${index})`, (model, { element }) => {
      const file = element.files[index];
      if (!file) return;
      model.count -= 1;
      element.removeFile(file.id);
    }),
  ),
  fc.constant(
    command('clear()', (model, { element }) => {
      model.count = 0;
      element.clear();
    }),
  ),
  fc.constant(
    command(
      'remove the element',
      (model, { element }) => {
        model.isInserted = false;
        element.remove();
      },
      ({ isInserted }) => isInserted,
    ),
  ),
  fc.constant(
    command(
      'insert the element',
      (model, { element }) => {
        model.isInserted = true;
        document.body.append(element);
      },
      ({ isInserted }) => !isInserted,
    ),
  ),
  fc.constant(command('a frame passes', () => new Promise(requestAnimationFrame))),
];

describe(`The commands with FAULTS_SEED=${settings.seed}`, function () {
  this.timeout(180_000);
  let restoreWaits: () => void;
  let passed = false;
  before(() => (restoreWaits = shortenWaits()));
  after(async () => {
    restoreWaits();
    const rows = [{ title: TITLE, method: 'POST and parts', passed }];
    if (settings.writesReport) await call('report-faults', { suite: 'Random', engine, rows });
  });

  it(TITLE, async () => {
    // files of more than 1010 bytes go up in parts
    const servers = await startRemoteServers({ multipartFrom: 1010 });
    const property = fc.asyncProperty(
      fc.boolean(),
      fc.commands(COMMANDS, { maxCommands: 25 }),
      async (noAuto, commands) => {
        lastSize = 1000;
        await Promise.all([servers.storage.reset(), servers.signer.reset()]);
        await servers.storage.setFaults(
          { do: 'answer', status: 503, skip: 2, times: 2 },
          { do: 'cut', at: { share: 0.5 }, skip: 3, times: 2 },
          { do: 'reset', skip: 5, times: 1 },
        );
        const element = Object.assign(document.createElement('s3-uploader'), {
          ...{ endpoint: servers.endpoint, multiple: true, noPreviews: true, noAuto },
        });
        document.body.append(element);
        const page: Page = { element, log: new EventLog(element), files: new Map() };
        try {
          await fc.asyncModelRun(() => ({ model: { count: 0, isInserted: true }, real: page }), commands);
          await finish(page, servers);
        } finally {
          element.clear();
          element.remove();
        }
        await until('no open multipart upload', async () => (await servers.countOpenUploads()) === 0);
      },
    );
    try {
      await fc.assert(property, {
        ...{ seed: settings.seed, numRuns: ORDERS, endOnFailure: true },
        ...{ interruptAfterTimeLimit: 120_000, markInterruptAsFailure: false },
      });
      passed = true;
    } finally {
      await servers.close();
    }
  });
});

/** Lets every file go on, and checks that each ends once and is stored. */
async function finish({ element, log, files }: Page, servers: RemoteServers): Promise<void> {
  document.body.append(element);
  await element.updateComplete;
  const isOver = ({ status }: { status: string }): boolean => status === 'done' || status === 'canceled';
  await until('all files to be done or canceled', () => {
    for (const { id, status } of element.files) {
      if (status === 'ready') element.upload(id);
      if (status === 'paused') element.resume(id);
      if (status === 'failed') element.retry(id);
    }
    return element.files.every(isOver);
  });
  log.checkEnds();
  const hashes = new Set((await servers.storedObjects()).map((object) => object.sha256));
  for (const { id, name, status } of element.files) {
    if (status !== 'done') continue;
    if (!hashes.has(await sha256(files.get(id)!))) throw new Error(`${name} is done and not stored`);
  }
}
