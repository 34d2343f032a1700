import { ALL, BROWSERS, LARGE_BYTES, PART_BYTES, type Row, WHOLE } from './row.ts';
import { MiB } from '../fixtures/files.ts';

const HTML = '<!doctype html><title>Sign in to the Wi-Fi</title><h1>PORTAL</h1>';
const PORTAL = { status: 200, headers: { 'content-type': 'text/html' }, body: HTML } as const;
/** Parts of a file that is larger than all buffers on the way. */
const LARGE_PARTS = 4;

/** Rows of such a file, in one request and in parts. `sends` are the requests if it goes up in one. */
const largeRows = (title: string, sends: number, row: Omit<Row, 'title' | 'methods' | 'sends'>): readonly Row[] => [
  { ...row, title, methods: WHOLE, size: LARGE_BYTES, sends },
  { ...row, title: `${title}, in four parts`, methods: ['parts'], size: LARGE_BYTES, sends: sends + LARGE_PARTS - 1 },
];

/** Faults of the network between the page and the storage. */
export const networkRows: readonly Row[] = [
  ...[0.1, 0.5, 0.99].map((share): Row => ({
    title: `the connection is cut at ${share * 100} % of the body`,
    methods: ALL,
    upload: [{ do: 'cut', at: { share }, times: 1 }],
    ends: 'done',
    sends: 2,
  })),
  {
    title: 'the connection is cut before the first byte of the body, twice',
    methods: ALL,
    upload: [{ do: 'cut', at: { bytes: 0 }, times: 2 }],
    ends: 'done',
    sends: 3,
  },
  {
    title: 'the connection is cut at half of the body, six times',
    methods: ALL,
    upload: [{ do: 'cut', at: { share: 0.5 }, times: 6 }],
    ends: 'done',
    sends: [7, 7],
  },
  ...[{ bytes: 0 }, { share: 0.2 }].flatMap((at) =>
    largeRows(`the storage stops reading ${'bytes' in at ? 'before the first byte' : 'at 20 %'}`, 2, {
      timeout: 5,
      upload: [{ do: 'stall', at, times: 1 }],
      ends: 'done',
    }),
  ),
  {
    title: 'the storage stops reading at 40 % of a file that fits into the buffers on the way',
    methods: ALL,
    isSlow: true,
    upload: [{ do: 'stall', at: { share: 0.4 }, times: 1 }],
    ends: 'done',
    sends: 2,
  },
  {
    title: 'the body is read, no response comes, and nothing is stored',
    methods: ALL,
    isSlow: true,
    upload: [{ do: 'swallow', stored: false, times: 1 }],
    ends: 'done',
    sends: 2,
  },
  {
    title: 'the file is stored, and no response comes',
    methods: ALL,
    isSlow: true,
    upload: [{ do: 'swallow', times: 1 }],
    ends: 'done',
    sends: 1,
  },
  // Chromium itself repeats a request whose connection had carried another
  ...[BROWSERS, ['Node' as const]].map((engines): Row => ({
    title: `the file is stored, and the connection is reset before the response${engines === BROWSERS ? '' : ', without a browser'}`,
    methods: ALL,
    engines,
    upload: [{ do: 'reset', times: 1 }],
    ends: 'done',
    sends: engines === BROWSERS ? [1, 2] : 1,
  })),
  {
    title: 'the whole body is read, the connection is reset, and nothing is stored',
    methods: ALL,
    upload: [{ do: 'reset', stored: false, times: 1 }],
    ends: 'done',
    sends: 2,
  },
  {
    title: 'the response is cut off in its middle',
    methods: ['POST'],
    upload: [{ do: 'truncate', bytes: 40, times: 1 }],
    ends: 'done',
    sends: 1,
  },
  ...largeRows('the network is slow and steady', 1, {
    isSlow: true,
    timeout: 10,
    pace: { bytesPerSecond: MiB },
    ends: 'done',
  }),
  {
    title: 'the response comes half a minute after the last byte',
    methods: ALL,
    isSlow: true,
    timeout: 5,
    upload: [{ do: 'delay', ms: 30_000, times: 1 }],
    ends: 'done',
    sends: 1,
  },
  {
    title: 'a proxy takes the body at once and answers after 70 s, with a timeout of 100 s',
    methods: ALL,
    isSlow: true,
    timeout: 100,
    upload: [{ do: 'delay', ms: 70_000, times: 1 }],
    ends: 'done',
    sends: 1,
  },
  {
    title: 'a gateway answers 504 although the file is stored',
    methods: ALL,
    upload: [{ do: 'answer', status: 504, stored: true, times: 1 }],
    ends: 'done',
    sends: [1, 2],
  },
  {
    title: 'a preflight is refused once',
    methods: ALL,
    engines: BROWSERS,
    storage: [{ do: 'answer', method: 'OPTIONS', status: 403, cors: false, times: 1 }],
    ends: 'done',
    sends: 1,
  },
  {
    title: 'the bucket has no CORS rule',
    methods: ALL,
    engines: BROWSERS,
    storage: [{ do: 'answer', method: 'OPTIONS', status: 403, cors: false }],
    ends: 'cors',
    sends: 0,
    verify: ({ check, events }) => {
      const last = events.at(-1)!.time - events.find(({ type }) => type === 'upload-start')!.time;
      check(last < 15_000, `it was told after ${Math.round(last / 1000)} s`);
    },
  },
  {
    title: 'the CORS rule exposes no ETag',
    methods: ALL,
    engines: BROWSERS,
    upload: [{ do: 'headers', headers: { 'access-control-expose-headers': null } }],
    ends: 'done',
    sends: 1,
  },
  ...[true, false].map((cors): Row => ({
    title: `a captive portal answers 200 with a page, ${cors ? 'readable' : 'not readable'}`,
    methods: ALL,
    engines: cors ? undefined : BROWSERS,
    upload: [{ do: 'answer', ...PORTAL, cors, times: 2 }],
    ends: 'done',
    sends: 3,
  })),
  ...[302, 303, 307].map((status): Row => ({
    title: `a captive portal redirects to a page by ${status}`,
    methods: ALL,
    engines: BROWSERS,
    upload: [{ do: 'answer', status, headers: { location: '/portal' }, times: 1 }],
    storage: [{ do: 'answer', ...PORTAL, path: '/portal', method: '*' }],
    ends: 'done',
    sends: [2, 3],
  })),
  {
    title: 'a proxy answers 200 without a body, and stores nothing',
    methods: ALL,
    upload: [{ do: 'answer', status: 200, times: 1 }],
    ends: 'done',
    sends: 2,
  },
  {
    title: 'the network is dead for a while although the browser is online',
    methods: ALL,
    size: LARGE_BYTES, // of a small file, all is in the system's buffers: it is looked up before it is sent again
    storage: [{ do: 'cut', method: '*', at: { bytes: 0 }, lasts: 4000 }],
    ends: 'done',
    sends: [1, 24],
  },
  {
    title: 'the browser goes offline in an upload, and comes back',
    methods: ALL,
    engines: BROWSERS,
    upload: [{ do: 'cut', at: { share: 0.5 }, times: 1 }],
    page: (realm) => setOnline(realm, false),
    act: async (stage) => {
      await stage.sendsArrived(1);
      setOnline(stage.realm, true);
      stage.realm.dispatchEvent(new stage.realm.Event('online'));
      await stage.settled();
    },
    ends: 'done',
    sends: 2,
  },
  {
    title: 'the browser says for ever that it is offline, and is not',
    methods: ALL,
    engines: BROWSERS,
    isSlow: true,
    upload: [{ do: 'cut', at: { share: 0.5 }, times: 1 }],
    page: (realm) => setOnline(realm, false),
    ends: 'done',
    sends: 2,
  },
  ...[0.5, 1].map((share): Row => ({
    title: `the machine sleeps for ten minutes at ${share * 100} % of the body`,
    methods: ALL,
    engines: BROWSERS,
    upload: [share < 1 ? { do: 'stall', at: { share }, times: 1 } : { do: 'swallow', stored: false, times: 1 }],
    page: () => {},
    act: async (stage) => {
      await stage.sendsArrived(1);
      await stage.seen('upload-progress');
      const { now } = stage.realm.Date;
      const woken = performance.now();
      stage.realm.Date.now = () => now() + 600_000;
      await stage.sendsArrived(2);
      stage.check(performance.now() - woken < 15_000, `it went on after ${Math.round(performance.now() - woken)} ms`);
      await stage.settled();
    },
    ends: 'done',
    sends: 2,
  })),
  {
    title: 'the page comes back from the back/forward cache, and its requests are dead',
    methods: ALL,
    engines: BROWSERS,
    upload: [{ do: 'swallow', stored: false, times: 1 }],
    page: () => {},
    act: async (stage) => {
      await stage.sendsArrived(1);
      await stage.seen('upload-progress');
      stage.realm.dispatchEvent(new stage.realm.PageTransitionEvent('pageshow', { persisted: true }));
      await stage.settled();
    },
    ends: 'done',
    sends: 2,
  },
  ...[
    ['a day ahead', 86_400_000],
    ['a day behind', -86_400_000],
  ].map(([offset, ms]): Row => ({
    title: `the visitor's clock is ${offset}`,
    methods: ALL,
    engines: BROWSERS,
    page: ({ Date }) => {
      const { now } = Date;
      Date.now = () => now() + Number(ms);
    },
    ends: 'done',
    sends: 1,
  })),
  ...(['cut', 'goaway'] as const).map((fault): Row => ({
    title: `HTTP/2 ${fault === 'cut' ? 'resets the stream (RST_STREAM)' : 'ends the connection (GOAWAY)'} half through the body, twice`,
    methods: ALL,
    engines: BROWSERS,
    server: { http2: true },
    upload: [{ do: fault, at: { share: 0.5 }, times: 2 }],
    ends: 'done',
    sends: [3, 5],
  })),
  {
    title: 'HTTP/2 resets the stream after the file is stored',
    methods: ALL,
    engines: BROWSERS,
    server: { http2: true },
    upload: [{ do: 'reset', times: 1 }],
    ends: 'done',
    sends: [1, 2], // Firefox itself repeats the request
  },
  {
    title: 'a service worker passes requests on, so that no progress is reported',
    methods: WHOLE,
    engines: BROWSERS,
    isSlow: true,
    size: 12 * MiB,
    timeout: 3,
    pace: { bytesPerSecond: MiB },
    page: async ({ navigator, location }) => {
      const { serviceWorker } = navigator;
      const controlled = new Promise((resolve) => serviceWorker.addEventListener('controllerchange', resolve));
      await serviceWorker.register('/test/faults/worker/pass-on.js', { scope: location.href });
      await controlled;
    },
    ends: 'done',
    sends: 1,
  },
  {
    title: 'one of three parts is cut again and again',
    methods: ['parts'],
    engines: BROWSERS, // Node reports a part as sent once the system has buffered it, and the cut as an unreadable response
    size: 3 * PART_BYTES,
    storage: [{ do: 'cut', at: { share: 0.9 }, path: 'partNumber=2', times: 4 }],
    ends: 'done',
    sends: 7,
  },
];

function setOnline(realm: typeof globalThis, isOnline: boolean): void {
  Object.defineProperty(realm.navigator, 'onLine', { get: () => isOnline, configurable: true });
}
