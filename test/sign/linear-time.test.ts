import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOwnWorker } from '../../widget/browser/start-worker.ts';
import { acceptMeaning, isAccepted } from '../../widget/core/accept.ts';
import { checkGrant } from '../../widget/core/check-grant.ts';
import { checkPut } from '../../widget/core/check-put.ts';
import { isPlainGrant } from '../../widget/core/plain-grant.ts';
import { redact } from '../../widget/core/redact.ts';
import { retryAfter, s3Error, xmlText } from '../../widget/core/s3-error.ts';
import { isFromStorage } from '../../widget/core/stored.ts';
import { resultOf } from '../../widget/core/stored-result.ts';
import { en } from '../../widget/locales/en.ts';
import { CognitoError } from '../../widget/sign/cognito/cognito-error.ts';
import { readParts } from '../../widget/sign/cognito/multipart.ts';
import { withFormLineBreaks } from '../../widget/sign/form/fields.ts';
import { parseHostList } from '../../widget/sign/host-list.ts';
import { toTexts } from '../../widget/sign/http/json-guards.ts';
import { signerError } from '../../widget/sign/http/signer-error.ts';
import { parseAmzDate, parsePostPolicy } from '../../widget/sign/post-policy.ts';
import { readGrant } from '../../widget/sign/read-grant.ts';
import { fileKinds } from '../../widget/view/file-kinds.ts';
import { Localizer } from '../../widget/view/localizer.ts';

/** Characters of each text. */
const LENGTH = 1_000_000;
/** Milliseconds of CPU time that one parser may take for one text. A quadratic pattern takes minutes. */
const MAX_MS = 1_500;

/** Repeated, and with an end that does not match, they make patterns try again at each character. */
const SEEDS = [
  ...[
    'a',
    ' ',
    '\n',
    '\r',
    ':',
    ';',
    ',',
    '.',
    '/',
    '%',
    '=',
    '"',
    '&',
    '<',
    '>',
    '{',
    '#',
    '-',
    '\\',
    '0',
    '(',
    'eyJ',
  ],
  ...['<Part>', '<Part></Part', '<Code>', '<Error>', '<ETag>a', '<Message>&quot;', '<?xml?>', '</', '<!doctype '],
  ...[
    '; a=',
    ';a="',
    'a/',
    '.a ',
    'a,',
    '*/*',
    'a.',
    'x-amz-',
    'signature=',
    'policy: ',
    'ticket\\":\\"',
    't1.aaaaaaaa.',
  ],
  ...[
    'Exception',
    'Exception:',
    'NoSuchUpload',
    'csrf',
    'https://a.',
    '%3d',
    '&amp;',
    '20151229T',
    '{"a":',
    '[',
    '\\u0000',
  ],
];
const texts = SEEDS.map((seed) => [seed, `${seed.repeat(LENGTH / seed.length)}\n!`] as const);

const headersOf = (text: string) => (name: string) => (/retry|id/i.test(name) ? text : null);
const localizer = new Localizer('en', en);
const file = { id: '1', name: 'a.jpg', size: 1, type: 'image/jpeg' };
const url = 'https://storage.example/bucket/key';

/** Everything that reads a text of the signer, the storage, a form or an attribute. */
const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  xmlText: (text) => xmlText(text, 'Code'),
  s3Error: (text) => s3Error({ status: 403, text, header: headersOf(text) }, 'upload'),
  'a message in s3Error': (text) => s3Error({ status: 403, text: `<Message>${text}`, header: () => null }, 'upload'),
  retryAfter: (text) => retryAfter({ header: headersOf(text) }),
  isFromStorage: (text) =>
    isFromStorage({ method: 'POST', url, body: new FormData() }, { status: 200, text, header: () => null, url }),
  'readParts of ListParts': readParts,
  redact,
  signerError: (text) =>
    signerError({ method: 'POST', url: new URL(url), response: new Response('', { status: 400 }), text }),
  'a detail in signerError': (detail) =>
    signerError({
      ...{ method: 'POST', url: new URL(url), response: new Response('', { status: 403 }) },
      text: JSON.stringify({ detail, code: detail }),
    }),
  CognitoError: (text) => new CognitoError(400, { __type: text, message: text }, true),
  parsePostPolicy,
  'the base64 of parsePostPolicy': (text) => parsePostPolicy(Buffer.from(text).toString('base64')),
  'a field in parsePostPolicy': (text) => {
    const policy = {
      expiration: text,
      conditions: [
        ['eq', text, text],
        ['content-length-range', text, text],
      ],
    };
    return parsePostPolicy(Buffer.from(JSON.stringify(policy)).toString('base64'));
  },
  parseAmzDate,
  readGrant: (text) => readGrant({ url: `${url}?${encodeURI(text)}` }, file),
  'the fields of readGrant': (text) =>
    readGrant({ url, fields: { key: text, policy: text, 'x-amz-date': text } }, file),
  toTexts: (text) => toTexts({ [text]: [text, text] }),
  checkGrant: (text) => checkGrant({ ...{ id: '1', key: 'k', method: 'POST', url }, fields: { key: text } }),
  isPlainGrant: (text) => isPlainGrant({ ...{ id: '1', key: 'k', method: 'POST', url }, fields: { [text]: text } }),
  'the query in checkPut': (text) => checkPut(`${url}?X-Amz-SignedHeaders=${encodeURIComponent(text)}`, {}, 1),
  'the headers in checkPut': (text) => checkPut(url, { [text]: text }, 1),
  resultOf: (text) => resultOf({ key: 'k', location: `https://${text}` }),
  'the location of resultOf': (location) => resultOf({ key: 'k', location: `https://a.example/${location}` }),
  isOwnWorker: (text) => isOwnWorker(`https://a.example/checksum-worker${text}`, new URL('https://a.example/x.js')),
  withFormLineBreaks,
  parseHostList,
  acceptMeaning,
  isAccepted: (text) => isAccepted({ name: 'a.jpg', type: 'image/jpeg' }, text),
  fileKinds: (text) => fileKinds(text, localizer),
};

describe('A text of 1 MB', () => {
  for (const [name, parse] of Object.entries(PARSERS)) {
    it(`is read in linear time by ${name}`, () => {
      for (const [seed, text] of texts) {
        const before = process.cpuUsage();
        try {
          parse(text);
        } catch {
          // most of them are refused
        }
        const { user, system } = process.cpuUsage(before);
        const ms = (user + system) / 1000;
        assert(ms < MAX_MS, `${JSON.stringify(seed)} repeated takes ${Math.round(ms)} ms`);
      }
    });
  }
});
