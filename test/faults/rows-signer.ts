import { ALL, BROWSERS, type Row, type RowServers, type Stage, TABLES, WHOLE } from './row.ts';
import { MiB } from '../fixtures/files.ts';
import type { UploadGrant, Sign } from '../../widget/core/sign.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const LOGIN = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<title>Log in</title><h1>LOGIN-PAGE</h1>',
} as const;

/** A response with 200 that is no answer to the request. */
const NONSENSE: readonly [what: string, body: string, padding?: number][] = [
  ['truncated JSON', '{"files":['],
  ['null', 'null'],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['an empty object', '{}'],
  ['a file without members', '{"files":[{}]}'],
  ['no body', ''],
  ['10 MB of JSON', '{"files":[]}', 10_000_000],
];

const grantOf =
  (grant: (servers: RowServers) => Partial<UploadGrant>) =>
  (servers: RowServers): Sign =>
  async (files) =>
    files.map(({ id }) => ({ id, key: 'k', ...grant(servers) }) as UploadGrant);

/** The host comes back, and the visitor is signed in. */
const signInAndResume = async (stage: Stage): Promise<void> => {
  await stage.seen('auth-required');
  await stage.settled();
  stage.check(
    stage.uploads.files.every(({ status }) => status === 'paused'),
    'not all files are paused',
  );
  stage.check(stage.events.filter(({ type }) => type === 'auth-required').length === 1, 'auth-required came twice');
  await stage.servers.signer.setFaults();
  const complete = stage.seen('upload-success', stage.files.length);
  stage.uploads.resume();
  await complete;
};

/** Checks that a response of the signer is nowhere on the page. */
const showsNoPage = ({ uploads, check }: Stage): void => {
  const text = 'shadowRoot' in uploads ? ((uploads as unknown as HTMLElement).shadowRoot?.textContent ?? '') : '';
  check(!text.includes('LOGIN-PAGE'), "the signer's page is shown");
};

/** Faults of the signer, and of what it signs. */
export const signerRows: readonly Row[] = [
  ...[401, 403].map((status): Row => ({
    title: `the signer answers ${status} until the visitor signs in`,
    methods: ALL,
    files: 3,
    signer: [{ do: 'answer', status, headers: JSON_TYPE, body: '{"code":"unauthorized"}' }],
    act: signInAndResume,
    ends: 'done',
    sends: 3,
  })),
  {
    title: 'the session has ended, and the signer redirects to a login page',
    methods: ALL,
    engines: BROWSERS,
    files: 3,
    signer: [
      { do: 'answer', ...LOGIN, path: '/login', method: '*' },
      { do: 'answer', status: 302, headers: { location: '/login' } },
    ],
    act: signInAndResume,
    ends: 'done',
    sends: 3,
    verify: showsNoPage,
  },
  {
    title: 'the signer answers 200 with a login page',
    methods: ['POST'],
    signer: [{ do: 'answer', ...LOGIN }],
    ends: ['bad-signer-response', 'config'],
    sends: 0,
    verify: showsNoPage,
  },
  ...NONSENSE.map(([what, body, padding = 0]): Row => ({
    title: `the signer answers 200 with ${what}`,
    methods: ['POST'],
    engines: TABLES,
    signer: [{ do: 'answer', status: 200, headers: JSON_TYPE, body, padding }],
    ends: ['bad-signer-response', 'config'],
    sends: 0,
  })),
  ...[400, 413, 415, 422].map((status): Row => ({
    title: `the signer answers ${status} with a reason`,
    methods: ['POST'],
    engines: TABLES,
    signer: [{ do: 'answer', status, headers: JSON_TYPE, body: '{"code":"no","message":"<b>too many cats</b>"}' }],
    ends: 'signer-refused',
    sends: 0,
    verify: ({ events, check }) => {
      const message = events.find(({ type }) => type === 'upload-error')?.detail.message;
      check(!!message?.includes('<b>too many cats</b>'), `the event has no reason: ${message}`);
    },
  })),
  ...[500, 502, 503].map((status): Row => ({
    title: `the signer answers ${status}, three times`,
    methods: ALL,
    engines: TABLES,
    signer: [{ do: 'answer', status, times: 3 }],
    ends: 'done',
    sends: 1,
  })),
  {
    title: 'the signer answers 429 with Retry-After: 2 to five files',
    methods: ALL,
    files: 5,
    signer: [{ do: 'answer', status: 429, headers: { 'retry-after': '2' }, path: '/sign', times: 1 }],
    ends: 'done',
    sends: 5,
    verify: async ({ signs, check }) => {
      const requests = (await signs()).filter(({ path }) => path === '/sign');
      check(requests.length <= 3, `${requests.length} requests to sign`);
      check(requests[1]!.start - requests[0]!.start >= 1990, 'it did not wait for two seconds');
    },
  },
  {
    title: 'the signer answers 429 without Retry-After',
    methods: ['POST'],
    engines: TABLES,
    signer: [{ do: 'answer', status: 429, times: 1 }],
    ends: 'done',
    sends: 1,
    signs: 2,
    verify: async ({ signs, check }) => {
      const [first, second] = await signs();
      check(second!.start - first!.start >= 4990, 'it did not wait for five seconds');
    },
  },
  {
    title: 'the signer does not answer for 15 seconds',
    methods: ALL,
    isSlow: true,
    signer: [{ do: 'swallow', stored: false, times: 1 }],
    ends: 'done',
    sends: 1,
  },
  {
    title: 'the connection to the signer is cut, twice',
    methods: ALL,
    signer: [{ do: 'cut', at: { bytes: 0 }, times: 2 }],
    ends: 'done',
    sends: 1,
  },
  {
    title: 'the answer to signing is lost',
    methods: ALL,
    signer: [{ do: 'reset', times: 1 }],
    ends: 'done',
    sends: 1,
  },
  {
    title: 'the answer to signing is cut off in its middle',
    methods: ALL,
    signer: [{ do: 'truncate', bytes: 50, times: 1 }],
    ends: 'done',
    sends: 1,
  },
  {
    title: 'a captive portal stands before the signer, not readable',
    methods: ALL,
    engines: BROWSERS,
    signer: [{ do: 'answer', ...LOGIN, cors: false, times: 2 }],
    ends: 'done',
    sends: 1,
    verify: showsNoPage,
  },
  ...(['/parts', '/complete'] as const).flatMap((path) =>
    (['reset', 'cut', 'truncate'] as const).map((fault): Row => ({
      title: `the answer to ${path} is ${fault === 'reset' ? 'lost' : fault === 'cut' ? 'never made' : 'cut off in its middle'}`,
      methods: ['parts'],
      signer: [
        fault === 'cut'
          ? { do: 'cut', at: { bytes: 0 }, path, times: 1 }
          : fault === 'reset'
            ? { do: 'reset', path, times: 1 }
            : { do: 'truncate', bytes: 20, path, times: 1 },
      ],
      ends: 'done',
      sends: 2,
    })),
  ),
  {
    title: 'the answer to the abort is lost',
    methods: ['parts'],
    upload: [{ do: 'stall', at: { share: 0.5 } }],
    signer: [{ do: 'cut', at: { bytes: 0 }, path: '/abort', times: 1 }],
    act: async (stage) => {
      await stage.sendsArrived(2);
      stage.uploads.cancel();
      await stage.servers.signer.arrived(2, { path: '/abort' });
    },
    ends: 'canceled',
  },
  {
    title: 'the signer signs for a host that is not allowed',
    methods: ALL,
    allowedHosts: 'files.example.com',
    ends: 'bad-signer-response',
    sends: 0,
  },
  ...['javascript:alert(1)', 'ftp://files.example.com/', 'nonsense'].map((url): Row => ({
    title: `the signer signs for the URL ${url}`,
    methods: ['PUT'],
    engines: TABLES,
    sign: grantOf(() => ({ method: 'PUT', url })),
    ends: 'bad-signer-response',
    sends: 0,
  })),
  {
    title: 'a signed header has letters that no browser can send',
    methods: ['PUT'],
    sign: grantOf(({ storageUrl }) => ({
      method: 'PUT',
      url: `${storageUrl}/uploads/k`,
      headers: { 'x-amz-meta-name': 'διακοπές' },
    })),
    ends: 'bad-signer-response',
    sends: 0,
    verify: ({ events, check }) => {
      const message = events.find(({ type }) => type === 'upload-error')?.detail.message;
      check(!!message?.includes('x-amz-meta-name'), `the message does not name the header: ${message}`);
    },
  },
  {
    title: 'a signed URL has the checksum of an empty body',
    methods: ['PUT'],
    sign: grantOf(({ storageUrl }) => ({
      method: 'PUT',
      url: `${storageUrl}/uploads/k?x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32`,
    })),
    ends: ['bad-signer-response', 'config'],
    sends: 0,
    verify: ({ events, check }) => {
      const message = events.find(({ type }) => type === 'upload-error')?.detail.message;
      check(!!message?.includes('WHEN_REQUIRED'), `the message does not say how to fix it: ${message}`);
    },
  },
  ...WHOLE.map((method): Row => ({
    title: `the signer signs one ${method} for a file of more than 5 GiB`,
    methods: [method],
    size: 5 * 1024 * MiB + 1,
    sign: grantOf(({ storageUrl }) => ({
      method: method as 'PUT',
      url: `${storageUrl}/uploads/k`,
      ...(method === 'POST' && { fields: { key: 'k' } }),
    })),
    ends: 'file-too-large',
    sends: 0,
  })),
];
