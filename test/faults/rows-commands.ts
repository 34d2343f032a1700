import { until } from '../fixtures/wait.ts';
import type { Fault } from '../helpers/faults.ts';
import { ALL, BROWSERS, type Method, PART_BYTES, type Row, type Stage, type UploadFault, WHOLE } from './row.ts';

/** A moment of an upload, which lasts until the servers release it. */
interface Moment {
  readonly name: string;
  readonly methods: readonly Method[];
  readonly upload?: readonly UploadFault[];
  readonly storage?: readonly Fault[];
  readonly signer?: readonly Fault[];
  readonly isBrowserOnly?: boolean;
  arrive(stage: Stage): Promise<void>;
}

const MOMENTS: readonly Moment[] = [
  {
    name: 'while it is signed',
    methods: ALL,
    signer: [{ do: 'swallow' }],
    arrive: ({ servers }) => servers.signer.arrived(1),
  },
  {
    name: 'in the preflight',
    methods: ALL,
    isBrowserOnly: true,
    storage: [{ do: 'swallow', method: 'OPTIONS' }],
    arrive: async ({ servers, method }) => {
      await servers.signer.arrived(method === 'parts' ? 2 : 1);
      await until('the preflight', async () => (await servers.storage.readLog()).preflights.length);
    },
  },
  {
    name: 'in the body',
    methods: ALL,
    upload: [{ do: 'stall', at: { share: 0.5 } }],
    arrive: (stage) => stage.sendsArrived(1),
  },
  {
    name: 'after the last byte',
    methods: ALL,
    upload: [{ do: 'swallow' }],
    arrive: (stage) => stage.sendsArrived(1),
  },
  {
    name: 'while the parts are put together',
    methods: ['parts'],
    signer: [{ do: 'swallow', path: '/complete' }],
    arrive: ({ servers }) => servers.signer.arrived(1, { path: '/complete' }),
  },
  {
    name: 'while it waits for the next attempt',
    methods: ALL,
    upload: [{ do: 'answer', status: 503, headers: { 'retry-after': '60' }, times: 9 }],
    arrive: (stage) => stage.seen('upload-retry'),
  },
];

interface Command {
  readonly name: string;
  readonly ends: Row['ends'];
  run(stage: Stage): Promise<void> | void;
}

const COMMANDS: readonly Command[] = [
  { name: 'canceled', ends: 'canceled', run: ({ uploads }) => uploads.cancel() },
  { name: 'removed', ends: 'removed', run: ({ uploads }) => uploads.removeFile(uploads.files[0]!.id) },
  { name: 'cleared', ends: 'removed', run: ({ uploads }) => uploads.clear() },
  {
    name: 'paused and resumed',
    ends: 'done',
    run: async (stage) => {
      stage.uploads.pause();
      stage.check(stage.uploads.files[0]?.status === 'paused', 'the file is not paused');
      await heal(stage);
      const stored = stage.seen('upload-success');
      stage.uploads.resume();
      await stored;
    },
  },
  {
    name: 'canceled and retried',
    ends: 'done',
    run: async (stage) => {
      stage.uploads.cancel();
      await heal(stage);
      const stored = stage.seen('upload-success');
      stage.uploads.retry(stage.uploads.files[0]!.id);
      await stored;
    },
  },
];

/** Removes all faults. */
async function heal({ servers }: Stage): Promise<void> {
  await Promise.all([servers.storage.setFaults(), servers.signer.setFaults()]);
  await Promise.all([servers.storage.release(), servers.signer.release()]);
}

const elementOf = ({ uploads }: Stage): HTMLElement => uploads as unknown as HTMLElement;

/** The page changes something while a body is sent, and the file is stored all the same. */
const WHILE_SENDING = {
  methods: ALL,
  engines: BROWSERS,
  upload: [{ do: 'stall', at: { share: 0.5 } }],
  ends: 'done',
} as const satisfies Partial<Row>;

/** Commands in the worst moments. */
export const commandRows: readonly Row[] = [
  ...MOMENTS.flatMap(({ name: moment, isBrowserOnly, arrive, ...faults }) =>
    COMMANDS.map(({ name: command, ends, run }): Row => ({
      title: `a file is ${command} ${moment}`,
      ...faults,
      engines: isBrowserOnly ? BROWSERS : undefined,
      ends,
      act: async (stage) => {
        await arrive(stage);
        await run(stage);
      },
      // a canceled upload loses its parts: two are sent again
      sends: [0, faults.methods.length === 1 && command === 'canceled and retried' ? 4 : 2],
    })),
  ),
  {
    title: 'the element is moved to another place while a body is sent',
    ...WHILE_SENDING,
    act: async (stage) => {
      await stage.sendsArrived(1);
      const element = elementOf(stage);
      element.ownerDocument.body.prepend(element);
      await heal(stage);
      await stage.settled();
    },
    sends: [1, 2],
  },
  {
    title: 'the element is removed while a body is sent, and inserted later',
    ...WHILE_SENDING,
    act: async (stage) => {
      await stage.sendsArrived(1);
      const element = elementOf(stage);
      const { body } = element.ownerDocument;
      element.remove();
      while (!stage.uploads.files.every(({ status }) => status === 'paused')) {
        await new Promise(requestAnimationFrame);
      }
      await heal(stage);
      body.append(element);
      await stage.settled();
    },
    sends: [1, 2],
  },
  {
    title: 'the page sets another endpoint while a body is sent',
    ...WHILE_SENDING,
    act: async (stage) => {
      await stage.sendsArrived(1);
      Object.assign(elementOf(stage), { endpoint: 'https://elsewhere.example/sign' });
      await heal(stage);
      await stage.settled();
    },
    sends: [1, 1],
  },
  {
    title: 'the browser refuses its database',
    methods: ['parts'],
    engines: BROWSERS,
    page: ({ indexedDB }) =>
      void Object.defineProperty(indexedDB, 'open', {
        value: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      }),
    ends: 'done',
    sends: 2,
  },
  {
    title: 'ten files share a bad network',
    methods: WHOLE,
    files: 10,
    concurrency: 2,
    upload: [{ do: 'cut', at: { share: 0.3 }, skip: 1, times: 3 }],
    ends: 'done',
    sends: [13, 13],
  },
  {
    title: 'three files in parts share a bad network',
    methods: ['parts'],
    files: 3,
    size: 2 * PART_BYTES,
    upload: [{ do: 'cut', at: { share: 0.3 }, skip: 1, times: 4 }],
    ends: 'done',
    sends: 12,
  },
];
