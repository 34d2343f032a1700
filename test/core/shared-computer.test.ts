import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Uploader, UploaderOptions } from '../../widget/core/index.ts';
import type { ResumeRecord } from '../../widget/core/resume-record.ts';
import type { FileToSign, Grant, Sign } from '../../widget/core/sign.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, textFile, videoFile } from '../fixtures/files.ts';
import { Origin } from '../fixtures/shared-records.ts';
import { type SignerFixture, startSignerFixture } from '../fixtures/signer-fixture.ts';
import { until, untilStatus } from '../fixtures/wait.ts';

const stall = { do: 'stall', at: { bytes: 0 }, path: 'partNumber=' } as const;

let fixture: SignerFixture;
/** Who is signed in: the page's cookies. */
let visitor: string;
before(async () => {
  fixture = await startSignerFixture({ hasVisitors: true, prefix: 'in/' });
});
after(() => fixture[Symbol.asyncDispose]());
beforeEach(() => {
  visitor = 'ann';
  mock.method(Math, 'random', () => 0); // no random waits
});
afterEach(() => {
  fixture.reset();
  mock.restoreAll();
});

/** Signs as the visitor who is signed in at that moment. */
function signAsVisitor(): Sign {
  const headers = () => ({ origin: 'https://site.example', 'x-visitor': visitor });
  const sign = endpoint({ url: fixture.servers.endpoint, headers });
  const tagged: Sign = async (files, options) => {
    const grants = await sign(files, options);
    return grants.map((grant): Grant => ('error' in grant ? grant : { ...grant, visitor: `tag of ${visitor}` }));
  };
  return Object.assign(tagged, { reopen: sign.reopen });
}

const open = (options: Partial<UploaderOptions> = {}): Uploader => fixture.start({ sign: signAsVisitor(), ...options });

/** The id of the only file. */
const onlyId = ({ items }: Uploader): string => items[0]!.id;

const names = ({ items }: Uploader): string[] => items.map(({ name, status }) => `${name}: ${status}`);

/** The owners whose folders have an object. */
const owners = (uploader: Uploader): string[] =>
  uploader.items.flatMap((item) => (item.status === 'done' ? item.result.key.split('/')[1]! : []));

/** A visitor begins to upload a film, and closes the page. */
async function leaveUnfinished(origin: Origin, file = videoFile(15 * MiB)): Promise<void> {
  fixture.servers.storage.faults = [stall];
  const page = open({ resume: origin.openStore() });
  await page.add([file]);
  await until('the record', () => origin.records.size);
  page.destroy();
  fixture.servers.storage.reset();
  fixture.servers.signer.reset();
}

/** Calls of the signer, but for those that a closed page has left. */
const calls = (): string[] => fixture.servers.signer.requests.map(({ path }) => path.replace('/sign', '') || '/');

describe('On a shared computer, an unfinished upload of an earlier page', () => {
  test('is neither shown nor signed to the next visitor, and goes on for its own', async () => {
    const origin = new Origin();
    await leaveUnfinished(origin);
    visitor = 'bob';
    const next = open({ resume: origin.openStore() });
    await next.restore();
    await next.restore();
    assert.deepEqual(next.items, []);
    assert.deepEqual(calls(), ['/parts/list']);
    assert.deepEqual([origin.records.size, origin.locks.size], [1, 0]);
    next.destroy();
    visitor = 'ann';
    const own = open({ resume: origin.openStore() });
    await own.restore();
    await fixture.assertStored(await untilStatus(own, onlyId(own), 'done'));
    assert.deepEqual([owners(own), origin.records.size], [['ann'], 0]);
  });

  test('waits unseen as long as the signer does not respond', async () => {
    const origin = new Origin();
    await leaveUnfinished(origin);
    fixture.servers.signer.faults = [
      { do: 'reset', path: '/parts/list', times: 3 },
      { do: 'swallow', path: '/parts/list' },
    ];
    const page = open({ resume: origin.openStore() });
    const restored = page.restore();
    await fixture.servers.signer.arrived(4, { path: '/parts/list' });
    assert.deepEqual(page.items, []);
    fixture.servers.signer.release();
    await restored;
    await fixture.assertStored(await untilStatus(page, onlyId(page), 'done'));
  });

  test('is listed by resume() once its visitor has signed in', async () => {
    const origin = new Origin();
    await leaveUnfinished(origin);
    visitor = 'bob';
    const page = open({ resume: origin.openStore() });
    await page.restore();
    assert.deepEqual(page.items, []);
    visitor = 'ann';
    page.resume();
    await until('the upload', () => page.items.length);
    await fixture.assertStored(await untilStatus(page, onlyId(page), 'done'));
  });

  test('is not continued with the same file of another visitor', async () => {
    const origin = new Origin();
    const file = videoFile(15 * MiB, 'film.mp4', 1);
    await leaveUnfinished(origin, file);
    const [[key, { file: _kept, ...record }]] = [...origin.records] as [[string, ResumeRecord]];
    origin.records.set(key, record);
    const page = open({ resume: origin.openStore() });
    await page.restore();
    assert.deepEqual(names(page), ['film.mp4: paused']);
    visitor = 'bob';
    const [item] = await page.add([file]);
    await fixture.assertStored(await untilStatus(page, item!.id, 'done'));
    assert.deepEqual([names(page), owners(page)], [['film.mp4: done'], ['bob']]);
    assert.deepEqual([...origin.records.keys()], [key]);
  });

  test('is aborted when its visitor has added the file again, before the signer responded', async () => {
    const origin = new Origin();
    const file = videoFile(15 * MiB, 'film.mp4', 1);
    await leaveUnfinished(origin, file);
    fixture.servers.signer.faults = [{ do: 'swallow', path: '/parts/list' }];
    const page = open({ resume: origin.openStore() });
    const restored = page.restore();
    await fixture.servers.signer.arrived(1, { path: '/parts/list' });
    const [item] = await page.add([file]);
    fixture.servers.signer.release();
    await restored;
    await fixture.assertStored(await untilStatus(page, item!.id, 'done'));
    await fixture.servers.signer.arrived(1, { path: '/abort' });
    assert.deepEqual([names(page), origin.records.size], [['film.mp4: done'], 0]);
  });

  test('is never signed again as another visitor, who has signed in since it was listed', async () => {
    const origin = new Origin();
    await leaveUnfinished(origin);
    const page = open({ resume: origin.openStore(), auto: false });
    await page.restore();
    assert.deepEqual(names(page), ['film.mp4: paused']);
    visitor = 'bob';
    const { id } = page.items[0]!;
    for (const act of ['resume', 'retry'] as const) {
      const error = nextEvent(page, 'upload-error');
      page[act](id);
      assert.equal((await error).detail.code, 'visitor-changed');
    }
    assert(!calls().includes('/'));
    assert.equal(origin.records.size, 1);
    visitor = 'ann';
    page.retry(id);
    await fixture.assertStored(await untilStatus(page, id, 'done'));
    assert.deepEqual(owners(page), ['ann']);
  });
});

describe('When another visitor signs in on the same page', () => {
  test('a file that is being uploaded fails, and its own visitor can retry it', async () => {
    fixture.servers.storage.faults = [stall];
    const page = open();
    const [item] = await page.add([videoFile(15 * MiB)]);
    await fixture.servers.storage.arrived(1, { path: 'partNumber=' });
    page.pause();
    fixture.servers.storage.reset();
    visitor = 'bob';
    const error = nextEvent(page, 'upload-error');
    page.resume();
    assert.equal((await error).detail.code, 'visitor-changed');
    const again = nextEvent(page, 'upload-error');
    page.retry(item!.id);
    assert.equal((await again).detail.code, 'visitor-changed');
    await until('the abort of what was signed for the other visitor', () => calls().includes('/abort'));
    visitor = 'ann';
    page.retry(item!.id);
    await fixture.assertStored(await untilStatus(page, item!.id, 'done'));
    assert.deepEqual(owners(page), ['ann']);
  });

  test('files that wait for their turn fail, and those that are added later are uploaded', async () => {
    fixture.servers.storage.faults = [{ do: 'swallow', method: 'POST' }];
    const page = open({ concurrency: 1, sign: Object.assign(signAsVisitor(), { batchSize: 1 }) });
    const anns = await page.add([textFile('a.txt'), textFile('b.txt'), textFile('c.txt')]);
    await fixture.servers.storage.arrived(1, { method: 'POST' });
    visitor = 'bob';
    const [bobs] = await page.add([textFile('d.txt')]);
    const rest = nextEvent(page, 'upload-complete');
    fixture.servers.storage.release();
    await rest;
    assert.equal(page.item(bobs!.id)?.status, 'done');
    assert.deepEqual(
      anns.map(({ id }) => page.item(id)!).map((item) => (item.status === 'failed' ? item.error.code : item.status)),
      ['done', 'visitor-changed', 'visitor-changed'],
    );
    assert.deepEqual(owners(page), ['ann', 'bob']);
  });

  test('a file that was added after the session had ended is not uploaded as theirs', async () => {
    const page = open();
    const [first] = await page.add([textFile('a.txt')]);
    await untilStatus(page, first!.id, 'done');
    fixture.servers.signer.faults = [{ do: 'answer', status: 401, times: 1 }];
    const [second] = await page.add([textFile('b.txt')]);
    await untilStatus(page, second!.id, 'paused');
    visitor = 'bob';
    const error = nextEvent(page, 'upload-error');
    page.resume();
    assert.equal((await error).detail.code, 'visitor-changed');
    visitor = 'ann';
    page.retry(second!.id);
    await fixture.assertStored(await untilStatus(page, second!.id, 'done'));
    assert.deepEqual(owners(page), ['ann', 'ann']);
  });

  test('no file is uploaded as theirs that was added before a 401 to a call with a ticket', async () => {
    fixture.servers.storage.faults = [stall];
    const page = open({ concurrency: 1 });
    const [first] = await page.add([videoFile(15 * MiB)]);
    await fixture.servers.storage.arrived(1, { path: 'partNumber=' });
    const [second] = await page.add([videoFile(16 * MiB, 'second.mp4')]); // too large to be signed ahead
    const signedOut = nextEvent(page, 'auth-required');
    fixture.servers.signer.faults = [{ do: 'answer', status: 401, path: '/complete', times: 1 }];
    fixture.servers.storage.reset();
    await signedOut;
    visitor = 'bob';
    const rest = nextEvent(page, 'upload-complete');
    page.resume();
    assert.deepEqual((await rest).detail.failed, [first!.id, second!.id]);
    assert.deepEqual(owners(page), []);
  });

  test('the files of the first one are signed ahead once at most', async () => {
    const signed: string[] = [];
    const responses: (() => void)[] = [];
    const page = open({
      concurrency: 1,
      sign: Object.assign(
        async (files: readonly FileToSign[]): Promise<Grant[]> => {
          await nextTurn();
          signed.push(...files.map(({ id }) => `${visitor} ${id}`));
          const grant = { key: 'k', method: 'POST', url: 'https://b.example/', fields: { key: 'k' }, visitor } as const;
          return files.map(({ id }) => ({ ...grant, id }));
        },
        { batchSize: 2 },
      ),
      send: (_request, { onSent, signal }) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', reject);
          onSent();
          responses.push(() => resolve({ status: 201, text: '', header: () => '"etag"' }));
        }),
    });
    await page.add(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => textFile(name)));
    await until('the first file', () => responses.length === 1);
    visitor = 'bob';
    responses[0]!();
    await until('the second file', () => responses.length === 2);
    responses[1]!();
    await until('the third file', () => responses.length === 3);
    for (let turn = 0; turn < 100; turn += 1) await nextTurn();
    assert.deepEqual(signed, ['ann 1', 'ann 2', 'ann 3', 'ann 4', 'bob 5', 'bob 6']);
  });

  test('files of a signer that does not know its visitors are uploaded', async () => {
    const { reopen: _none, ...rest } = endpoint({ url: fixture.servers.endpoint });
    const headers = () => ({ origin: 'https://site.example', 'x-visitor': visitor });
    const sign: Sign = Object.assign(
      async (...request: Parameters<Sign>) =>
        (await endpoint({ url: fixture.servers.endpoint, headers })(...request)).map((grant) =>
          'error' in grant ? grant : { ...grant, visitor: undefined },
        ),
      rest,
    );
    const page = open({ sign });
    const [first] = await page.add([textFile('a.txt')]);
    await untilStatus(page, first!.id, 'done');
    visitor = 'bob';
    const [second] = await page.add([textFile('b.txt')]);
    await untilStatus(page, second!.id, 'done');
  });
});

describe('forget()', () => {
  test('cancels all uploads, empties the list, and deletes the records of all visitors', async () => {
    const origin = new Origin();
    await leaveUnfinished(origin);
    visitor = 'bob';
    fixture.servers.storage.faults = [stall];
    const page = open({ resume: origin.openStore() });
    await page.restore();
    await page.add([videoFile(15 * MiB, 'bobs.mp4')]);
    await until('both records', () => origin.records.size === 2);
    await page.forget();
    assert.deepEqual([page.items, [...origin.records], [...origin.locks]], [[], [], []]);
    await fixture.servers.signer.arrived(1, { path: '/abort' });
    fixture.servers.storage.reset();
    const [item] = await page.add([videoFile(15 * MiB)]);
    await fixture.assertStored(await untilStatus(page, item!.id, 'done'));
  });

  test('ends a restoration that waits for the signer, and one that reads the records', async () => {
    const origin = new Origin();
    await leaveUnfinished(origin);
    fixture.servers.signer.faults = [{ do: 'swallow', path: '/parts/list' }];
    const page = open({ resume: origin.openStore() });
    const restored = page.restore();
    await fixture.servers.signer.arrived(1, { path: '/parts/list' });
    const records = [...origin.records];
    await page.forget();
    await restored;
    fixture.servers.signer.release();
    origin.records.set(...records[0]!);
    const reading = page.restore();
    await page.forget();
    await reading;
    assert.deepEqual([page.items, [...origin.records], [...origin.locks]], [[], [], []]);
  });
});
