import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import type { Uploader, UploadItem } from '../../widget/core/index.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, textFile, videoFile } from '../fixtures/files.ts';
import { Origin } from '../fixtures/shared-records.ts';
import { type SignerFixture, startSignerFixture } from '../fixtures/signer-fixture.ts';
import { until, untilStatus } from '../fixtures/wait.ts';

/** The signer's answer while it checks a stored file. */
const processing = {
  do: 'answer',
  status: 202,
  stored: true,
  body: JSON.stringify({ status: 'processing' }),
} as const;
const refusal = (code: string, detail: string) =>
  ({ do: 'answer', path: '/confirm', status: 422, body: JSON.stringify({ code, detail }) }) as const;

let fixture: SignerFixture;
before(async () => {
  fixture = await startSignerFixture({ receipts: true, allowDelete: true });
});
after(() => fixture[Symbol.asyncDispose]());
beforeEach(() => {
  mock.method(Math, 'random', () => 0); // no random waits
});
afterEach(() => {
  fixture.reset();
  mock.restoreAll();
});

const isChecking = (item: UploadItem | undefined): boolean => item?.status === 'finishing' && !!item.checking;
const untilChecking = (page: Uploader, id: string) => until('the check', () => isChecking(page.item(id)));

describe('A stored file that the signer is checking', () => {
  for (const [how, file, path] of [
    ['a small file', textFile(), '/confirm'],
    ['a multipart upload', videoFile(15 * MiB), '/complete'],
  ] as const) {
    test(`is finishing until the signer accepts ${how}`, async () => {
      const { signer } = fixture.servers;
      signer.faults = [
        { ...processing, path, times: 1, headers: { 'retry-after': '1' } },
        { ...processing, path: '/confirm', times: 2 },
      ];
      const page = fixture.start();
      const states: string[] = [];
      page.addEventListener('update', () => {
        const [item] = page.items;
        const state = `${item?.status}${isChecking(item) ? ', checking' : ''}`;
        if (states.at(-1) !== state) states.push(state);
      });
      const [item] = await page.add([file]);
      const done = await untilStatus(page, item!.id, 'done');
      await fixture.assertStored(done);
      const shown = states.filter((state) => /checking|done/.test(state));
      assert.deepEqual(shown, ['finishing, checking', 'done']);
      const asked = fixture.signerRequests('/confirm').map(({ start }) => start);
      const first = signer.requests.find((request) => request.path.endsWith(path))!;
      const waits = asked.map((start, index) => start - (index ? asked[index - 1]! : first.start));
      if (path === '/confirm') waits.shift();
      assert(waits[0]! >= 900 && waits[1]! >= 1_900, `waits of ${waits.join(', ')} ms`);
    });
  }

  test('fails with the words of the signer for the visitor', async () => {
    const words = '<img src=x onerror=alert(1)> The file has a virus.';
    fixture.servers.signer.faults = [{ ...processing, path: '/confirm', times: 1 }, refusal('file-refused', words)];
    const page = fixture.start();
    const error = nextEvent(page, 'upload-error');
    await page.add([textFile()]);
    const { detail } = await error;
    assert.deepEqual([detail.code, detail.message, detail.retryable], ['file-refused', words, false]);
    assert.equal(fixture.signerRequests('').length, 1);
  });

  test('fails when the stored object differs', async () => {
    fixture.servers.signer.faults = [refusal('object-differs', 'Its type is text/html.')];
    const page = fixture.start();
    const error = nextEvent(page, 'upload-error');
    await page.add([textFile()]);
    assert.equal((await error).detail.code, 'object-differs');
  });

  test('is not sent again when its ticket expires meanwhile', async () => {
    fixture.servers.signer.faults = [
      { ...processing, path: '/confirm', times: 1 },
      { do: 'answer', path: '/confirm', status: 403, body: JSON.stringify({ code: 'ticket-refused' }) },
    ];
    const page = fixture.start();
    const error = nextEvent(page, 'upload-error');
    await page.add([textFile()]);
    assert.equal((await error).detail.code, 'signer-refused');
    const posts = fixture.servers.storage.requests.filter(({ method }) => method === 'POST');
    assert.deepEqual([fixture.signerRequests('').length, posts.length], [1, 1]);
  });

  test('takes no slot, so that other files are uploaded meanwhile', async () => {
    fixture.servers.signer.faults = [{ ...processing, path: '/confirm', times: 1 }];
    const page = fixture.start({ concurrency: 1 });
    const [slow] = await page.add([textFile('slow.txt')]);
    await untilChecking(page, slow!.id);
    const [next] = await page.add([textFile('next.txt')]);
    await untilStatus(page, next!.id, 'done');
    await untilStatus(page, slow!.id, 'done');
  });

  for (const command of ['cancel', 'removeFile'] as const) {
    test(`is deleted by ${command}(), where the signer allows it`, async () => {
      fixture.servers.signer.faults = [{ ...processing, path: '/confirm' }];
      const page = fixture.start();
      const [item] = await page.add([textFile()]);
      await untilChecking(page, item!.id);
      page[command](item!.id);
      assert.equal(page.item(item!.id)?.status, command === 'cancel' ? 'canceled' : undefined);
      await fixture.servers.signer.arrived(1, { path: '/delete' });
    });
  }

  test('is asked for again although the signer says no number of seconds', async () => {
    const body = JSON.stringify({ status: 'processing', retryAfter: 'soon' });
    fixture.servers.signer.faults = [{ ...processing, status: 200, body, path: '/confirm', times: 1 }];
    const page = fixture.start();
    const [item] = await page.add([textFile()]);
    await untilStatus(page, item!.id, 'done');
  });

  for (const [how, file] of [
    ['a small file', textFile()],
    ['a multipart upload', videoFile(15 * MiB)],
  ] as const) {
    test(`continues to be checked after a reload, without the file: ${how}`, async () => {
      const origin = new Origin();
      fixture.servers.signer.faults = [
        { ...processing, path: '/confirm' },
        { ...processing, path: '/complete' },
      ];
      const first = fixture.start({ resume: origin.openStore() });
      const [item] = await first.add([file]);
      await untilChecking(first, item!.id);
      const [record] = await until('the record', () => origin.records.size && [...origin.records.values()]);
      assert.deepEqual([record!.isStored, record!.file], [true, undefined]);
      first.destroy();
      const next = fixture.start({ resume: origin.openStore() });
      await next.restore();
      const { id } = next.items[0]!;
      await untilChecking(next, id);
      fixture.servers.signer.reset();
      const success = nextEvent(next, 'upload-success');
      const { key } = (await success).detail;
      assert.equal((await fixture.servers.storedObject(key))?.size, file.size);
      assert.deepEqual([[...origin.records], [...origin.locks]], [[], []]);
      assert.deepEqual(fixture.signerRequests(''), []);
    });
  }

  test('is neither shown nor asked for again to another visitor after a reload', async () => {
    await using shared = await startSignerFixture({ hasVisitors: true, receipts: true, prefix: 'in/' });
    const origin = new Origin();
    const { endpoint } = await import('../../widget/sign/contract/endpoint.ts');
    const signAs = (visitor: string) =>
      endpoint({ url: shared.servers.endpoint, headers: { origin: 'https://site.example', 'x-visitor': visitor } });
    shared.servers.signer.faults = [{ ...processing, path: '/confirm' }];
    const anns = shared.start({ sign: signAs('ann'), resume: origin.openStore() });
    const [item] = await anns.add([textFile()]);
    await untilChecking(anns, item!.id);
    await until('the record', () => origin.records.size);
    anns.destroy();
    shared.servers.signer.reset();
    const bobs = shared.start({ sign: signAs('bob'), resume: origin.openStore() });
    await bobs.restore();
    assert.deepEqual([bobs.items, shared.signerRequests('/confirm').length, origin.records.size], [[], 1, 1]);
  });
});
