// Takes one retry rule out of the code at a time, in a temporary copy, and runs rows of the suite in Node: a rule that no
// row notices is listed as survived. Run by hand: node test/faults/mutants.mjs [name …]
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const CORE = 'widget/core';

/** Each rule: its file, the code, what replaces it, and the titles of rows that may notice. */
const MUTANTS = [
  ['a 500 is tried again', `${CORE}/s3-error.ts`, '[500, 502, 503, 504]', '[502, 503, 504]', 'answers 500'],
  ['502 and 504 are tried again', `${CORE}/s3-error.ts`, '[500, 502, 503, 504]', '[500, 503]', 'answers 50[24]'],
  ['a 429 is tried again', `${CORE}/s3-error.ts`, 'status === 429', 'status === 0', 'answers 429, twice'],
  ['RequestTimeout is tried again', `${CORE}/s3-error.ts`, 'RequestTimeout:', 'Unused1:', 'RequestTimeout'],
  ['IncompleteBody is tried again', `${CORE}/s3-error.ts`, 'IncompleteBody:', 'Unused2:', 'IncompleteBody'],
  ['BadDigest is tried again', `${CORE}/s3-error.ts`, 'BadDigest:', 'Unused3:', 'checksum, once'],
  ['InvalidAccessKeyId is signed again', `${CORE}/s3-error.ts`, 'InvalidAccessKeyId:', 'Unused4:', 'AWS, of a key'],
  [
    'an expired policy is signed again',
    `${CORE}/s3-error.ts`,
    '/expired',
    '/unused',
    'of a policy|of a URL|session token',
  ],
  ['Retry-After is respected', `${CORE}/s3-error.ts`, "header('retry-after') ?? ''", "''", 'Retry-After: 2$'],
  [
    'x-amz-retry-after is respected',
    `${CORE}/s3-error.ts`,
    "header('x-amz-retry-after') ?? NaN",
    'NaN',
    'x-amz-retry-after',
  ],
  [
    'two expired signatures are final',
    `${CORE}/recover.ts`,
    "recoveries.at(-1) === 'sign-again'",
    'recoveries.length > 3',
    'has expired at once',
  ],
  ['a storage without POST gets PUT', `${CORE}/recover.ts`, "return 'use-put'", "return 'fail'", 'to a POST$'],
  [
    'a lost upload is looked up',
    `${CORE}/recover.ts`,
    "return 'confirm'",
    "return 'fail'",
    'lifecycle|put together|/complete',
  ],
  [
    'a lost part is looked up',
    `${CORE}/recover-part.ts`,
    "'look-up' : 'wait-and-sign'",
    "'wait-and-sign' : 'wait-and-sign'",
    'before the response',
  ],
  [
    'missing parts are sent again',
    `${CORE}/recover-part.ts`,
    'status === 409 || status === 422',
    'status === 409',
    'a part is answered',
  ],
  ['attempts after errors are bounded', `${CORE}/retry.ts`, 'answered: 5', 'answered: 500', '500 for ever'],
  [
    'attempts without a response go on',
    `${CORE}/retry.ts`,
    'silent: 50',
    'silent: 3',
    'cut at half of the body|dead for a while',
  ],
  ['attempts to sign go on', `${CORE}/retry.ts`, 'signer: 50', 'signer: 2', 'signer answers 50'],
  ['wrong checksums are bounded', `${CORE}/retry.ts`, 'corrupt: 3', 'corrupt: 30', 'never match'],
  [
    'a request that stalls is aborted',
    `${CORE}/watchdog.ts`,
    'this.#controller.abort();',
    ';',
    'stops reading before the first|does not answer for 15',
  ],
  [
    'an unanswered file is looked up',
    `${CORE}/upload.ts`,
    'if (grants.isUnanswered(id)) {',
    'if (grants.isUnanswered(id) && 0) {',
    'before the response',
  ],
  [
    'expired signatures are not used',
    `${CORE}/grant-cache.ts`,
    '!expired && timeLeft() > 0',
    '!expired',
    'while files wait for their turn',
  ],
  [
    'the abort is tried again',
    `${CORE}/grant-cache.ts`,
    'ABORT_ATTEMPTS = 3',
    'ABORT_ATTEMPTS = 1',
    'answer to the abort',
  ],
  [
    'canceled uploads are aborted',
    `${CORE}/upload-scheduler.ts`,
    'this.#context.grants.release(id);',
    '',
    'canceled in the body',
  ],
  ['a signer that is busy is called again', 'widget/sign/http/', 'status >= 500', 'status >= 600', 'signer answers 50'],
  ['a 429 of the signer is waited for', 'widget/sign/http/', 'status === 429', 'status === 0', 'signer answers 429'],
];

const chosen = process.argv.slice(2);
const copy = mkdtempSync(path.join(os.tmpdir(), 's3-uploader-mutants-'));
let survived = 0;
try {
  for (const name of ['widget', 'signer', 'demo', 'test', 'package.json', 'tsconfig.json']) {
    const filter = (file) => !/[\\/](node_modules|dist|\.data)$/.test(file);
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true, filter });
  }
  for (const folder of ['node_modules', 'signer/node_modules']) {
    if (existsSync(path.join(root, folder))) symlinkSync(path.join(root, folder), path.join(copy, folder));
  }
  const mutants = MUTANTS.filter(([name]) => !chosen.length || chosen.some((part) => name.includes(part)));
  const redBefore = failures(mutants.map(([, , , , rows]) => rows).join('|'));
  if (redBefore.length) console.log(`Red before any rule is taken out: ${redBefore.join('; ')}`);
  for (const [name, place, code, replacement, rows] of mutants) {
    const file = fileWith(place, code);
    const result = file ? judge(file, code, replacement, rows, redBefore) : `STALE: ${place} has no ${code}`;
    if (!result.startsWith('killed')) survived += 1;
    console.log(`${name}: ${result}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.exitCode = survived ? 1 : 0;

/** The file, or the file below the folder, that has the code. */
function fileWith(place, code) {
  const candidates = place.endsWith('/')
    ? ['signer-error.ts', 'signer-request.ts'].map((name) => place + name)
    : [place];
  return candidates
    .map((name) => path.join(copy, name))
    .find((file) => existsSync(file) && readFileSync(file, 'utf8').includes(code));
}

function judge(file, code, replacement, rows, redBefore) {
  const original = readFileSync(file, 'utf8');
  writeFileSync(file, original.replace(code, replacement));
  const after = failures(rows);
  writeFileSync(file, original);
  const red = after.filter((title) => !redBefore.includes(title));
  return red.length ? `killed by ${red.length} rows, such as "${red[0]}"` : `SURVIVED the rows /${rows}/`;
}

/** The titles of the rows that fail. */
function failures(rows) {
  const { stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--test', '--test-reporter=tap', 'test/faults/queue.test.ts'],
    { cwd: copy, encoding: 'utf8', env: { ...process.env, FAULTS_ROWS: rows, FAULTS_REPORT: '0' } },
  );
  if (!/^\s+(not )?ok \d+ - by /m.test(stdout)) return [`no row ran: ${stdout.slice(-200)}`];
  return [...stdout.matchAll(/^\s+not ok \d+ - (by .*)$/gm)].map(([, title]) => title);
}
