import { MiB } from '../fixtures/files.ts';
import { s3ErrorXml } from '../fixtures/s3-error-xml.ts';
import { ALL, BROWSERS, type Method, type Row, SMALL_BYTES, TABLES, type UploadFault, WHOLE } from './row.ts';

const XML = { 'content-type': 'application/xml' };
const answer = (
  status: number,
  code = '',
  message = '',
  more: Partial<UploadFault & { do: 'answer' }> = {},
): UploadFault => ({
  do: 'answer',
  status,
  headers: XML,
  body: code && s3ErrorXml(code, message),
  ...more,
});
const HTML = { headers: { 'content-type': 'text/html' }, body: '<h1>Refused</h1>' };

/** Errors that pass: the first two requests get them. */
const PASSING: readonly [status: number, code: string][] = [
  [500, 'InternalError'],
  [502, ''],
  [503, 'ServiceUnavailable'],
  [504, ''],
  [503, 'SlowDown'],
  [429, ''],
  [400, 'RequestTimeout'],
  [400, 'IncompleteBody'],
];

/** How storages say that a signature has expired. */
const EXPIRED: readonly [who: string, methods: readonly Method[], status: number, code: string, message: string][] = [
  ['AWS, of a policy', ['POST'], 403, 'AccessDenied', 'Invalid according to Policy: Policy expired.'],
  ['AWS, of a URL', ['PUT', 'parts'], 403, 'AccessDenied', 'Request has expired'],
  ['AWS, of a session token', ALL, 400, 'ExpiredToken', 'The provided token has expired.'],
  [
    'AWS, of a key',
    ALL,
    403,
    'InvalidAccessKeyId',
    'The AWS Access Key Id you provided does not exist in our records.',
  ],
  ['Cloudflare R2', ALL, 400, 'ExpiredRequest', 'Presigned URL or request signature has expired.'],
  ['Ozone', ALL, 400, 'MalformedHeader', 'Pre-signed S3 url is expired'],
  ['Garage', ALL, 400, 'InvalidRequest', 'Bad request: Date is too old'],
];

/** Answers after which repeating cannot help. */
const FINAL: readonly [status: number, code: string, ends: Row['ends'], message?: string][] = [
  [403, 'AccessDenied', 'storage-refused', 'Invalid according to Policy: Policy Condition failed: ["eq", "$key", "x"]'],
  [403, 'SignatureDoesNotMatch', 'storage-refused'],
  [400, 'EntityTooLarge', 'file-too-large'],
  [400, 'EntityTooSmall', 'file-too-small'],
  [404, 'NoSuchBucket', 'storage-config'],
  [301, 'PermanentRedirect', 'storage-config'],
  [400, 'AuthorizationHeaderMalformed', 'storage-config', "the region 'x' is wrong; expecting 'y'"],
];

/** Longer than Firefox takes to report that a body is sent. No real network answers as fast as a server on this machine. */
const ROUND_TRIP = { latency: 200 };

/** Answers of the storage, and of what stands before it. */
export const storageRows: readonly Row[] = [
  ...PASSING.map(([status, code]): Row => ({
    title: `the storage answers ${[status, code].join(' ').trim()}, twice`,
    methods: ALL,
    engines: TABLES,
    upload: [answer(status, code, '', { times: 2 })],
    ends: 'done',
    sends: 3,
  })),
  {
    title: 'the storage answers 500 for ever, and the visitor retries later',
    methods: ALL,
    upload: [answer(500, 'InternalError')],
    act: async (stage) => {
      await stage.seen('upload-error');
      stage.check((await stage.sends()).length >= 5, 'it gave up early');
      stage.check(stage.uploads.files[0]?.status === 'failed', 'the file has not failed');
      await stage.servers.storage.setFaults();
      const stored = stage.seen('upload-success');
      stage.uploads.retry();
      await stored;
    },
    ends: 'done',
    sends: 6,
  },
  {
    title: 'the storage answers 503 without CORS headers, twice',
    methods: ALL,
    engines: BROWSERS,
    upload: [answer(503, 'SlowDown', '', { cors: false, times: 2 })],
    ends: 'done',
    sends: 3,
  },
  ...(
    [
      ['Retry-After: 2', { 'retry-after': '2' }, 2000],
      ['x-amz-retry-after: 1500', { 'x-amz-retry-after': '1500' }, 1500],
      ['Retry-After: soon', { 'retry-after': 'soon' }, 0],
    ] as const
  ).map(([hint, headers, ms]): Row => ({
    title: `the storage answers 503 with ${hint}`,
    methods: ALL,
    engines: 'x-amz-retry-after' in headers ? ['Node'] : TABLES,
    size: SMALL_BYTES,
    upload: [answer(503, 'SlowDown', '', { headers: { ...XML, ...headers }, times: 1 })],
    ends: 'done',
    sends: 2,
    verify: async ({ sends, check }) => {
      const [first, second] = await sends();
      const gap = second!.start - first!.start;
      check(gap >= ms - 10 && gap < ms + 10_000, `the second request came after ${Math.round(gap)} ms`);
    },
  })),
  {
    title: 'the storage answers SlowDown for a minute to 200 files',
    methods: WHOLE,
    isSlow: true,
    files: 200,
    size: 1000,
    upload: [answer(503, 'SlowDown', '', { lasts: 60_000 })],
    ends: 'done',
    sends: [200, 600],
  },
  ...EXPIRED.map(([who, methods, status, code, message]): Row => ({
    engines: TABLES,
    title: `a signature has expired, in the words of ${who}`,
    methods,
    upload: [answer(status, code, message, { times: 1 })],
    ends: 'done',
    sends: 2,
    signs: [2, 3],
  })),
  {
    title: 'each new signature has expired at once',
    methods: WHOLE,
    upload: [answer(403, 'AccessDenied', 'Request has expired')],
    ends: 'signer-clock',
    sends: 2,
    signs: 2,
  },
  {
    title: "the signer's clock is two hours behind",
    methods: ['POST'], // the AWS SDK presigns URLs by the system's clock
    server: { clockOffset: -7_200_000 },
    ends: 'signer-clock',
    sends: 2,
    signs: 2,
  },
  {
    title: 'signatures expire while files wait for their turn',
    methods: WHOLE,
    files: 4,
    concurrency: 1,
    server: { expires: 4 },
    upload: [{ do: 'delay', ms: 2500 }],
    ends: 'done',
    sends: 4,
    verify: async ({ sends, check }) => {
      check(
        (await sends()).every(({ status }) => status! < 300),
        'a request had an expired signature',
      );
    },
  },
  ...FINAL.map(([status, code, ends, message]): Row => ({
    title: `the storage answers ${status} ${code}`,
    methods: ALL,
    engines: TABLES,
    upload: [answer(status, code, message)],
    ends,
    sends: 1,
    verify: ({ events, check }) => {
      const text = events.find(({ type }) => type === 'upload-error')?.detail.message ?? '';
      check(!/eyJ|X-Amz-|Signature=/i.test(text), `the message contains a signature: ${text}`);
    },
  })),
  {
    title: 'a firewall answers 403 with a page',
    methods: ALL,
    upload: [{ do: 'answer', status: 403, ...HTML }],
    ends: 'storage-refused',
    sends: [1, 2],
  },
  {
    title: 'a proxy answers 413 with a page',
    methods: ALL,
    upload: [{ do: 'answer', status: 413, ...HTML }],
    ends: ['storage-refused', 'file-too-large', 'storage-config'],
    sends: [1, 2],
  },
  {
    title: 'a proxy answers 413 without CORS headers, after the whole body',
    methods: WHOLE,
    engines: BROWSERS,
    size: 2 * MiB, // more than nginx takes by default
    pace: ROUND_TRIP,
    upload: [{ do: 'answer', status: 413, cors: false, ...HTML }],
    ends: ['cors', 'storage-config', 'storage-refused'],
    sends: [2, 3],
  },
  ...[true, false].flatMap((cors) =>
    [501, 405].map((status): Row => ({
      title: `the storage answers ${status} to a POST${cors ? '' : ', without CORS headers'}`,
      methods: ['POST'],
      engines: cors ? undefined : BROWSERS,
      server: { method: 'auto' },
      pace: ROUND_TRIP,
      storage: [{ ...answer(status, 'NotImplemented', '', { cors }), method: 'POST' }],
      ends: 'done',
      sends: cors ? 2 : [2, 3],
    })),
  ),
  {
    title: 'the bytes do not match their checksum, once',
    methods: ALL,
    upload: [answer(400, 'BadDigest', 'The Content-MD5 you specified did not match', { times: 1 })],
    ends: 'done',
    sends: 2,
  },
  {
    title: 'the bytes never match their checksum',
    methods: ALL,
    upload: [answer(400, 'BadDigest', 'The Content-MD5 you specified did not match')],
    ends: 'corrupt',
    sends: 3,
  },
  {
    title: 'an upload in parts is aborted by a lifecycle rule',
    methods: ['parts'],
    storage: [{ do: 'swallow', stored: false, path: 'partNumber=2', times: 1 }],
    act: async (stage) => {
      await stage.servers.storage.arrived(2, { path: 'partNumber=' });
      await stage.servers.abortUploads();
      stage.uploads.pause();
      await stage.servers.storage.release();
      stage.uploads.resume();
      await stage.settled();
    },
    ends: 'done',
    sends: [3, 5],
  },
  {
    title: 'a part is answered with 200 and an ETag, and is not stored',
    methods: ['parts'],
    upload: [{ do: 'answer', status: 200, headers: { etag: '"0123456789abcdef0123456789abcdef"' }, times: 1 }],
    ends: 'done',
    sends: 3,
  },
  {
    title: 'the completion is answered with 200 and an error',
    methods: ['parts'],
    storage: [{ ...answer(200, 'InternalError'), method: 'POST', path: 'uploadId=', times: 1 }],
    ends: 'done',
    sends: 2,
  },
  {
    title: 'the upload is completed, and the connection is reset before the response',
    methods: ['parts'],
    storage: [{ do: 'reset', method: 'POST', path: 'uploadId=', times: 1 }],
    ends: 'done',
    sends: 2,
  },
  { title: 'a file is empty', methods: WHOLE, size: 0, ends: 'done', sends: 1 },
];
