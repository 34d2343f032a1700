// The time that the element takes longer than bare XMLHttpRequests whose files are signed beforehand. Both upload the same files
// in one Chromium, in turns, to the local storage or to the one at TEST_S3_ENDPOINT. Ceph's gateway of test/rig needs
// S3RIG_MEM_BYTES=8589934592 for it.
//
//   npm run build && node --import tsx test/bench/upload.ts
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { MiB } from '../fixtures/files.ts';
import { startServers } from '../fixtures/upload-servers.ts';
import { startBenchBrowser } from './bench-browser.ts';
import { addManyFiles, sendBare, sendBareParts, sendByElement, type Work } from './upload-in-page.ts';

const ROUNDS = 5;
const KiB = 2 ** 10;

const browser = await startBenchBrowser();
const byPost = await startServers(browser.origin, { multipartFrom: 1024 * MiB });
const inParts = await startServers(browser.origin);
const page = await browser.openPage();

try {
  await printEntrySize();
  await compare('1,000 files of 10 KiB', { count: 1000, size: 10 * KiB, latency: 0 });
  await compare('200 files of 10 KiB, 50 ms a round trip', { count: 200, size: 10 * KiB, latency: 50 });
  await compare('one POST of 128 MiB', { count: 1, size: 128 * MiB, latency: 0 });
  await compare('512 MiB in parts', { count: 1, size: 512 * MiB, latency: 0 }, inParts, sendBareParts);
  await printAdding();
} finally {
  await browser[Symbol.asyncDispose]();
  await Promise.all([byPost.close(), inParts.close()]);
}

async function printEntrySize(): Promise<void> {
  const { length } = brotliCompressSync(await readFile(path.join('dist', 'cdn', 's3-uploader.js')));
  console.log(`the entry, Lit included: ${length} bytes as Brotli`);
}

/** Prints the ratio of the element's time to that of bare requests: the median and the range of the rounds. */
async function compare(title: string, work: Work, servers = byPost, sendBarely = sendBare): Promise<void> {
  const ratios: number[] = [];
  let signingRequests = 0;
  const measure = async (send: typeof sendBare): Promise<number> => {
    servers.storage.reset();
    servers.signer.reset();
    servers.storage.pace = servers.signer.pace = { latency: work.latency };
    const time = await page.evaluate(send, servers.endpoint, work);
    if (send === sendByElement) signingRequests = servers.signer.requests.length;
    return time;
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    // the order alternates: the second finds the machine warm, or busy writing the files of the first
    const isElementFirst = round % 2 === 0;
    const before = isElementFirst ? await measure(sendByElement) : 0;
    const bare = await measure(sendBarely);
    ratios.push((isElementFirst ? before : await measure(sendByElement)) / bare);
  }
  ratios.sort((a, b) => a - b);
  const [low, middle, high] = [ratios[0]!, ratios[ROUNDS >> 1]!, ratios[ROUNDS - 1]!].map((ratio) => ratio.toFixed(2));
  console.log(`${title}: ${middle} × bare (${low} to ${high}), ${signingRequests} signing requests`);
}

async function printAdding(): Promise<void> {
  const { time, longest } = await page.evaluate(addManyFiles, byPost.endpoint);
  const longestTask = longest ? `${longest} ms` : 'less than 50 ms';
  console.log(`10,000 files added: ${Math.round(time)} ms, the longest task ${longestTask}`);
}
