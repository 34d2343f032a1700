import assert from 'node:assert/strict';
import { beforeEach, describe, mock, test } from 'node:test';
import { UploadError } from '../../widget/core/errors.ts';
import { nextEvent, recordDetails } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { useStorageFixture } from '../fixtures/storage-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';
import { deferred } from '../fixtures/deferred.ts';
import { statuses } from '../fixtures/statuses.ts';

const fixture = await useStorageFixture();
beforeEach(() => {
  mock.method(Math, 'random', () => 0); // no random waits
});

const files = (count: number): File[] => Array.from({ length: count }, (_, index) => textFile(`${index}.txt`));

describe('A listener of upload-start', () => {
  for (const [act, status] of [
    ['pause', 'paused'],
    ['cancel', 'canceled'],
    ['removeFile', undefined],
  ] as const) {
    test(`may call ${act}() for the file`, async () => {
      const uploader = fixture.uploader({ concurrency: 1 });
      const errors = recordDetails(uploader, 'upload-error');
      uploader.addEventListener('upload-start', (event) => {
        const { id, name } = event.detail;
        if (name === '0.txt') uploader[act](id);
      });
      const complete = nextEvent(uploader, 'upload-complete');
      const second = (await uploader.add(files(2))).at(-1);
      assert.deepEqual((await complete).detail, { done: [second!.id], failed: [] });
      assert.equal(uploader.items.find(({ name }) => name === '0.txt')?.status, status);
      assert.deepEqual([errors.length, fixture.proxy.requests.length], [0, 1]);
    });
  }
});

describe('A file that stops and goes on in the same turn', () => {
  test('is stored after pause() and resume()', async () => {
    const uploader = fixture.uploader();
    const [item] = await uploader.add(files(1));
    assert.equal(uploader.item(item!.id)!.status, 'signing');
    uploader.pause();
    uploader.resume();
    await untilStatus(uploader, item!.id, 'done');
  });

  test('is stored after cancel() and retry()', async () => {
    const uploader = fixture.uploader();
    const [item] = await uploader.add(files(1));
    uploader.cancel(item!.id);
    uploader.retry(item!.id);
    await untilStatus(uploader, item!.id, 'done');
  });
});

test('clear() starts none of the queued files', async () => {
  fixture.proxy.faults = [{ do: 'stall', at: { bytes: 0 } }];
  const uploader = fixture.uploader({ concurrency: 3 });
  const starts = recordDetails(uploader, 'upload-start');
  const removed = recordDetails(uploader, 'file-remove');
  await uploader.add(files(50));
  await fixture.proxy.arrived(3); // or they would meet the faults of the next test
  uploader.clear();
  assert.deepEqual([starts.length, removed.length, uploader.items.length], [3, 50, 0]);
});

test('upload-complete counts a file as done that failed before', async () => {
  const refusal = '<Error><Code>AccessDenied</Code></Error>';
  fixture.proxy.faults = [
    { do: 'answer', status: 403, body: refusal, times: 1 },
    { do: 'swallow', times: 1 },
  ];
  const uploader = fixture.uploader({ concurrency: 2 });
  const complete = recordDetails(uploader, 'upload-complete');
  const error = nextEvent(uploader, 'upload-error');
  const [first, second] = await uploader.add(files(2));
  const failed = (await error).detail;
  await fixture.proxy.arrived(2);
  const completed = nextEvent(uploader, 'upload-complete');
  uploader.retry(failed.id);
  await untilStatus(uploader, failed.id, 'done');
  fixture.proxy.release();
  const { done, failed: stillFailed } = (await completed).detail;
  assert.deepEqual([[...done].sort(), stillFailed, complete.length], [[first!.id, second!.id].sort(), [], 1]);
});

describe('A queue whose storage asks to slow down', () => {
  test('sends half as many requests at a time, however many files there are', async () => {
    const body = '<Error><Code>SlowDown</Code></Error>';
    fixture.proxy.pace = { latency: 20 };
    fixture.proxy.faults = [{ do: 'answer', status: 503, body, times: 4 }];
    const uploader = fixture.uploader({ concurrency: 4 });
    const complete = nextEvent(uploader, 'upload-complete');
    await uploader.add(files(8));
    assert.equal((await complete).detail.done.length, 8);
    // while the first four were refused, four ran; then no more than two did
    const later = fixture.proxy.requests.slice(4);
    const peak = Math.max(
      ...later.map(({ start }) => later.filter((other) => other.start <= start && other.end! > start).length),
    );
    assert.equal(peak, 2);
  });
});

describe('A storage that accepts no POST', () => {
  test('gets all files by PUT, also those whose POST was refused', async () => {
    const uploader = fixture.uploader({
      concurrency: 3,
      sign: async (batch, { method }) =>
        batch.map(({ id, name }) =>
          method
            ? { id, key: name, method: 'PUT', url: `${fixture.proxy.url}/uploads/${name}` }
            : { id, key: name, method: 'POST', url: `${fixture.proxy.url}/uploads`, fields: { key: name } },
        ),
    });
    fixture.proxy.faults = [
      { do: 'answer', status: 501, body: '<Error><Code>NotImplemented</Code></Error>', method: 'POST' },
      { do: 'answer', status: 200, method: 'PUT' },
    ];
    const complete = nextEvent(uploader, 'upload-complete');
    await uploader.add(files(5));
    const { done, failed } = (await complete).detail;
    assert.deepEqual([done.length, failed.length], [5, 0]);
    const posts = fixture.proxy.requests.filter(({ method }) => method === 'POST');
    assert.equal(posts.length, 3);
  });

  test('fails the file when the signer grants nothing but POST', async () => {
    const uploader = fixture.uploader({
      sign: async (batch) =>
        batch.map(({ id }) => ({
          id,
          key: 'k',
          method: 'POST',
          url: `${fixture.proxy.url}/uploads`,
          fields: { key: 'k' },
        })),
    });
    fixture.proxy.faults = [{ do: 'answer', status: 501, body: '<Error><Code>NotImplemented</Code></Error>' }];
    const error = nextEvent(uploader, 'upload-error');
    await uploader.add(files(1));
    assert.deepEqual([(await error).detail.code, fixture.proxy.requests.length], ['storage-config', 2]);
  });
});

describe('A file that is checked or transformed first', () => {
  test('is listed meanwhile, and counts for the limits', async () => {
    const checked = deferred<undefined>();
    const uploader = fixture.uploader({ auto: false, limits: { maxFiles: 1 }, check: () => checked.promise });
    const added = uploader.add(files(2));
    assert.deepEqual(statuses(uploader), [
      ['0.txt', 'preparing'],
      ['1.txt', 'rejected'],
    ]);
    checked.resolve(undefined);
    await added;
    assert.equal(uploader.items[0]!.status, 'ready');
  });

  test('is rejected with the error of the check', async () => {
    const uploader = fixture.uploader({
      auto: false,
      check: async ({ name }) =>
        name === '0.txt' ? new UploadError('invalid', 'not this one', { phase: 'validate' }) : undefined,
    });
    const rejected = recordDetails(uploader, 'file-reject');
    await uploader.add(files(2));
    assert.deepEqual(statuses(uploader), [
      ['0.txt', 'rejected'],
      ['1.txt', 'ready'],
    ]);
    assert.deepEqual(
      rejected.map(({ name, code, message }) => [name, code, message]),
      [['0.txt', 'invalid', 'not this one']],
    );
  });

  test('is replaced by the file that was made, under its own path; limits of size apply to that', async () => {
    const uploader = fixture.uploader({
      limits: { maxFileSize: 10, accept: '.txt' },
      prepare: async (file) => (file.size > 50 ? file : new File(['short'], 'made.md', { type: 'text/markdown' })),
    });
    const [short, long] = await uploader.add(
      [textFile('20.txt', 'x'.repeat(20)), textFile('60.txt', 'x'.repeat(60))],
      (file) => `folder/${file.name}`,
    );
    const done = await untilStatus(uploader, short!.id, 'done');
    assert.deepEqual([done.name, done.path, done.size, done.type], ['made.md', 'folder/20.txt', 5, 'text/markdown']);
    assert.equal(done.status === 'done' && (await fixture.stored(done.result.key)).toString(), 'short');
    assert.equal(long!.status === 'rejected' && long!.error.code, 'file-too-large');
  });

  test('counts as a duplicate of the picked file, whatever was made of it', async () => {
    const uploader = fixture.uploader({
      auto: false,
      limits: { duplicates: 'skip' },
      prepare: async () => new File(['short'], 'made.md', { type: 'text/markdown' }),
    });
    const file = textFile();
    await uploader.add([file]);
    const [again] = await uploader.add([file]);
    assert.equal(again!.status === 'rejected' && again!.error.code, 'duplicate');
  });

  test('has its check aborted when it is canceled or removed, and the next check begins', async () => {
    const signals: AbortSignal[] = [];
    const uploader = fixture.uploader({
      auto: false,
      check: ({ name }, signal) => {
        signals.push(signal);
        return name === '2.txt' ? Promise.resolve(undefined) : new Promise(() => {});
      },
    });
    const added = uploader.add(files(3));
    const [first, second] = uploader.items;
    uploader.cancel(first!.id);
    await Promise.resolve();
    while (signals.length < 2) await new Promise(setImmediate);
    uploader.removeFile(second!.id);
    await added;
    assert.deepEqual(statuses(uploader), [
      ['0.txt', 'canceled'],
      ['2.txt', 'ready'],
    ]);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, true, false],
    );
  });

  test('is checked again by retry() after cancel()', async () => {
    let checks = 0;
    const uploader = fixture.uploader({
      check: () => (++checks === 1 ? new Promise(() => {}) : Promise.resolve(undefined)),
    });
    const added = uploader.add(files(1));
    const { id } = uploader.items[0]!;
    uploader.cancel(id);
    await added;
    uploader.retry(id);
    await untilStatus(uploader, id, 'done');
    assert.equal(checks, 2);
  });

  test('replaces the single file before it only once it is accepted', async () => {
    const uploader = fixture.uploader({
      auto: false,
      limits: { multiple: false },
      check: async ({ name }) =>
        name === 'bad.txt' ? new UploadError('invalid', 'no', { phase: 'validate' }) : undefined,
    });
    await uploader.add([textFile('old.txt')]);
    await uploader.add([textFile('bad.txt')]);
    assert.deepEqual(statuses(uploader), [
      ['old.txt', 'ready'],
      ['bad.txt', 'rejected'],
    ]);
    await uploader.add([textFile('new.txt')]);
    assert.deepEqual(statuses(uploader), [['new.txt', 'ready']]);
  });

  test('delays upload-complete until it is stored', async () => {
    const checked = deferred<undefined>();
    const uploader = fixture.uploader({
      check: ({ name }) => (name === '1.txt' ? checked.promise : Promise.resolve(undefined)),
    });
    const complete = recordDetails(uploader, 'upload-complete');
    const added = uploader.add(files(2));
    await untilStatus(uploader, uploader.items[0]!.id, 'done');
    assert.deepEqual(complete, []);
    const completed = nextEvent(uploader, 'upload-complete');
    checked.resolve(undefined);
    await added;
    assert.equal((await completed).detail.done.length, 2);
  });

  test('costs as much time after 6,000 files as at first', async () => {
    const uploader = fixture.uploader({ auto: false, check: () => Promise.resolve(undefined) });
    const addTime = async (count: number): Promise<number> => {
      const { user, system } = process.cpuUsage();
      await uploader.add(files(count));
      const now = process.cpuUsage({ user, system });
      return now.user + now.system;
    };
    await addTime(1000); // warm up
    uploader.clear();
    const first = await addTime(1000);
    await addTime(6000);
    const last = await addTime(1000);
    assert.ok(last < first * 4, `${first} µs, then ${last} µs`);
  });
});
