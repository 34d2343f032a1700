import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, mock, test } from 'node:test';
import { UploadError } from '../../widget/core/errors.ts';
import type { Uploader } from '../../widget/core/index.ts';
import { nextEvent, recordDetails } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { startStorageFixture, type StorageFixture } from '../fixtures/storage-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';

let fixture: StorageFixture;
before(async () => {
  fixture = await startStorageFixture();
});
after(async () => {
  await fixture[Symbol.asyncDispose]();
});
beforeEach(() => {
  mock.restoreAll();
  mock.method(Math, 'random', () => 0); // no random waits
  fixture.proxy.reset();
});

const files = (count: number): File[] => Array.from({ length: count }, (_, index) => textFile(`${index}.txt`));

const statuses = (uploader: Uploader) => uploader.items.map(({ name, status }) => [name, status]);

/** Something that a test ends. */
function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

describe('who hears that a file is about to start', () => {
  for (const [act, status] of [
    ['pause', 'paused'],
    ['cancel', 'canceled'],
    ['removeFile', undefined],
  ] as const) {
    test(`may ${act} it then and there`, async () => {
      const uploader = fixture.uploader({ concurrency: 1 });
      const errors = recordDetails(uploader, 'upload-error');
      uploader.addEventListener('upload-start', (event) => {
        const { id, name } = (event as CustomEvent<{ id: string; name: string }>).detail;
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

describe('what is stopped and goes on in the same turn', () => {
  test('is signed and stored, paused and resumed', async () => {
    const uploader = fixture.uploader();
    const [item] = await uploader.add(files(1));
    assert.equal(uploader.item(item!.id)!.status, 'signing');
    uploader.pause();
    uploader.resume();
    await untilStatus(uploader, item!.id, 'done');
  });

  test('is signed and stored, canceled and tried again', async () => {
    const uploader = fixture.uploader();
    const [item] = await uploader.add(files(1));
    uploader.cancel(item!.id);
    uploader.retry(item!.id);
    await untilStatus(uploader, item!.id, 'done');
  });
});

test('a list that is cleared starts none of those that wait', async () => {
  fixture.proxy.faults = [{ do: 'stall', at: { bytes: 0 } }];
  const uploader = fixture.uploader({ concurrency: 3 });
  const starts = recordDetails(uploader, 'upload-start');
  const gone = recordDetails(uploader, 'file-remove');
  await uploader.add(files(50));
  uploader.clear();
  assert.deepEqual([starts.length, gone.length, uploader.items.length], [3, 50, 0]);
});

test('a file that has failed and is stored at last was stored, when the queue comes to rest', async () => {
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
  const rest = nextEvent(uploader, 'upload-complete');
  uploader.retry(failed.id);
  await untilStatus(uploader, failed.id, 'done');
  fixture.proxy.release();
  const { done, failed: lost } = (await rest).detail;
  assert.deepEqual([[...done].sort(), lost, complete.length], [[first!.id, second!.id].sort(), [], 1]);
});

describe('a storage that asks to slow down', () => {
  test('is sent half as many at a time, whatever the files', async () => {
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

describe('a storage that takes no POST', () => {
  test('is sent all files by PUT, those too that were under way together', async () => {
    const uploader = fixture.uploader({
      concurrency: 3,
      sign: async (asked, { method }) =>
        asked.map(({ id, name }) =>
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

  test('fails the file where the signer has nothing but POST', async () => {
    const uploader = fixture.uploader({
      sign: async (asked) =>
        asked.map(({ id }) => ({
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

describe('a file that is looked into and made ready first', () => {
  test('is in the list meanwhile, and counts', async () => {
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

  test('is refused with its reason', async () => {
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

  test('is sent as what is made of it, under its own path, and what is sent is measured', async () => {
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

  test('is known again, whatever was made of it', async () => {
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

  test('that is canceled or removed ends the look into it, and the next one’s begins', async () => {
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

  test('is looked into again when it is tried again after it was canceled', async () => {
    let looks = 0;
    const uploader = fixture.uploader({
      check: () => (++looks === 1 ? new Promise(() => {}) : Promise.resolve(undefined)),
    });
    const added = uploader.add(files(1));
    const { id } = uploader.items[0]!;
    uploader.cancel(id);
    await added;
    uploader.retry(id);
    await untilStatus(uploader, id, 'done');
    assert.equal(looks, 2);
  });

  test('takes the place of the one before it only once it may', async () => {
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

  test('holds the end of the queue back', async () => {
    const checked = deferred<undefined>();
    const uploader = fixture.uploader({
      check: ({ name }) => (name === '1.txt' ? checked.promise : Promise.resolve(undefined)),
    });
    const complete = recordDetails(uploader, 'upload-complete');
    const added = uploader.add(files(2));
    await untilStatus(uploader, uploader.items[0]!.id, 'done');
    assert.deepEqual(complete, []);
    const rest = nextEvent(uploader, 'upload-complete');
    checked.resolve(undefined);
    await added;
    assert.equal((await rest).detail.done.length, 2);
  });

  test('costs as much for the four-thousandth as for the first', async () => {
    const uploader = fixture.uploader({ auto: false, check: () => Promise.resolve(undefined) });
    const took = async (count: number): Promise<number> => {
      const { user, system } = process.cpuUsage();
      await uploader.add(files(count));
      const now = process.cpuUsage({ user, system });
      return now.user + now.system;
    };
    await took(1000); // warm
    uploader.clear();
    const first = await took(1000);
    await took(6000);
    const last = await took(1000);
    assert.ok(last < first * 4, `${first} µs, then ${last} µs`);
  });
});
