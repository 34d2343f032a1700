import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UploadError } from '../../widget/core/errors.ts';
import type { Sign } from '../../widget/core/sign.ts';
import { nextEvent, recordDetails } from '../fixtures/events.ts';
import { bytesFile, textFile } from '../fixtures/files.ts';
import { signPosts } from '../fixtures/sign-posts.ts';
import { useStorageFixture } from '../fixtures/storage-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';

const fixture = await useStorageFixture();

describe('An upload', () => {
  test('dispatches its events in order, and stores the file byte for byte', async () => {
    const uploader = fixture.uploader();
    const types = ['file-add', 'upload-start', 'upload-progress', 'upload-success', 'upload-complete'] as const;
    const order: string[] = [];
    for (const type of types) uploader.addEventListener(type, () => order.push(type));
    const success = nextEvent(uploader, 'upload-success');
    const progress = recordDetails(uploader, 'upload-progress');
    const complete = nextEvent(uploader, 'upload-complete');
    const [item] = await uploader.add([bytesFile(300_000, 'photo.jpg', 'image/jpeg')]);
    const { detail } = await success;
    assert.deepEqual(
      [detail.id, detail.name, detail.size, detail.type],
      [item!.id, 'photo.jpg', 300_000, 'image/jpeg'],
    );
    assert.match(detail.key, /^test\/.*\.jpg$/);
    assert.equal(detail.location, `${fixture.proxy.url}/uploads/${detail.key}`);
    assert.match(detail.etag!, /^[0-9a-f]{32}$/);
    assert.deepEqual((await complete).detail, { done: [item!.id], failed: [] });
    assert.deepEqual([...new Set(order)], types);
    assert.deepEqual(progress.at(-1), { ...progress[0]!, loaded: 300_000, total: 300_000 });
    assert.ok(progress.every(({ loaded }, index) => loaded > (progress[index - 1]?.loaded ?? 0)));
    await fixture.assertStored(uploader.item(item!.id));
  });

  test('sends the signed fields verbatim, the file last, and no header of its own', async () => {
    const uploader = fixture.uploader();
    const [item] = await uploader.add([textFile('a "b"\r\n.txt')]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    const { headers } = fixture.proxy.requests.at(-1)!;
    assert.match(headers['content-type']!, /^multipart\/form-data; boundary=/);
  });

  test('stores an empty file', async () => {
    const uploader = fixture.uploader();
    const [item] = await uploader.add([new File([], 'empty.txt')]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
  });

  test('is described by a frozen item, in a list that stays the same until something changes', async () => {
    const uploader = fixture.uploader({ auto: false });
    const [item] = await uploader.add([textFile()]);
    assert.ok(Object.isFrozen(item) && Object.isFrozen(uploader.items));
    assert.equal(uploader.items, uploader.items);
  });
});

describe('The queue', () => {
  test('uploads as many files at a time as its option concurrency says', async () => {
    fixture.proxy.pace = { latency: 30 };
    const uploader = fixture.uploader({ concurrency: 2 });
    await uploader.add(Array.from({ length: 8 }, (_, index) => textFile(`${index}.txt`)));
    await nextEvent(uploader, 'upload-complete');
    assert.equal(fixture.proxy.peak, 2);
    for (const item of uploader.items) await fixture.assertStored(item);
  });

  test('signs a thousand files in at most twelve requests, each before a file has to wait for it', async () => {
    const posts = signPosts({ url: fixture.proxy.url });
    const ahead: number[] = [];
    let signed = 0;
    const sign: Sign = (files, options) => {
      ahead.push(signed - fixture.proxy.requests.length);
      signed += files.length;
      return posts(files, options);
    };
    const uploader = fixture.uploader({ sign, concurrency: 3 });
    const complete = nextEvent(uploader, 'upload-complete');
    await uploader.add(Array.from({ length: 1000 }, (_, index) => textFile(`${index}.txt`, String(index))));
    assert.equal((await complete).detail.done.length, 1000);
    assert.ok(posts.batches.length <= 12, String(posts.batches));
    assert.equal(signed, 1000);
    assert.ok(
      ahead.slice(1).every((count) => count > 3),
      String(ahead),
    );
  });

  test('signs files in one request that are added one by one in a turn', async () => {
    const sign = signPosts({ url: fixture.proxy.url });
    const uploader = fixture.uploader({ sign });
    const complete = nextEvent(uploader, 'upload-complete');
    for (let index = 0; index < 20; index += 1) void uploader.add([textFile(`${index}.txt`)]);
    await complete;
    assert.ok(sign.batches.length <= 2, String(sign.batches));
  });

  test('waits for start() without auto, and pauses a file whose upload-start was canceled', async () => {
    const uploader = fixture.uploader({ auto: false });
    const [first, second] = await uploader.add([textFile('1.txt'), textFile('2.txt')]);
    assert.deepEqual(
      uploader.items.map(({ status }) => status),
      ['ready', 'ready'],
    );
    uploader.addEventListener('upload-start', (event) => {
      if (event.detail.id === second!.id) event.preventDefault();
    });
    uploader.start();
    await untilStatus(uploader, first!.id, 'done');
    assert.equal(uploader.item(second!.id)!.status, 'paused');
  });

  test('adds ten thousand files without holding the thread for 50 ms', async () => {
    const uploader = fixture.uploader({ auto: false });
    const files = Array.from({ length: 10_000 }, (_, index) => textFile(`${index}.txt`));
    let longest = 0;
    let [last, cpu] = [performance.now(), process.cpuUsage()];
    const timer = setInterval(() => {
      // the shorter of wall and CPU time: on a busy machine the wall clock runs while the thread does not
      const { user, system } = process.cpuUsage(cpu);
      longest = Math.max(longest, Math.min(performance.now() - last, (user + system) / 1000));
      [last, cpu] = [performance.now(), process.cpuUsage()];
    }, 1);
    await uploader.add(files);
    clearInterval(timer);
    assert.equal(uploader.items.length, 10_000);
    assert.ok(longest < 50, `${longest} ms`);
  });

  test('lists a file that cannot be read as rejected, beside the limits', async () => {
    const uploader = fixture.uploader({ auto: false, limits: { accept: 'image/*', minFileSize: 1, multiple: false } });
    const added = recordDetails(uploader, 'file-add');
    const rejected = recordDetails(uploader, 'file-reject');
    const error = new UploadError('file-unreadable', 'locked', { phase: 'validate' });
    uploader.reject('trip/day 1/a.txt', error);
    uploader.reject('b', error);
    assert.deepEqual(
      uploader.items.map(({ name, path, size, status }) => [name, path, size, status]),
      [
        ['a.txt', 'trip/day 1/a.txt', 0, 'rejected'],
        ['b', undefined, 0, 'rejected'],
      ],
    );
    assert.deepEqual(
      rejected.map(({ path, code, message }) => [path, code, message]),
      [
        ['trip/day 1/a.txt', 'file-unreadable', 'locked'],
        [undefined, 'file-unreadable', 'locked'],
      ],
    );
    assert.equal(added.length, 0);
  });

  test('leaves out a file whose file-add was canceled, and lists a refused one with its error', async () => {
    const uploader = fixture.uploader({ auto: false, limits: { maxFileSize: 5, maxFiles: 1 } });
    const rejected = recordDetails(uploader, 'file-reject');
    uploader.addEventListener('file-add', (event) => {
      if (event.detail.name === 'no.txt') event.preventDefault();
    });
    await uploader.add([
      textFile('no.txt', ''),
      textFile('big.txt', 'too many'),
      textFile('1.txt', ''),
      textFile('2.txt', ''),
    ]);
    assert.deepEqual(
      rejected.map(({ name, code, limit }) => [name, code, limit]),
      [
        ['big.txt', 'file-too-large', 5],
        ['2.txt', 'too-many-files', 1],
      ],
    );
    assert.deepEqual(
      uploader.items.map(({ name, status }) => [name, status]),
      [
        ['big.txt', 'rejected'],
        ['1.txt', 'ready'],
        ['2.txt', 'rejected'],
      ],
    );
  });

  test('replaces a single file by the next one', async () => {
    const uploader = fixture.uploader({ auto: false, limits: { multiple: false } });
    await uploader.add([textFile('1.txt')]);
    const [second, third] = await uploader.add([textFile('2.txt'), textFile('3.txt')]);
    assert.deepEqual([second!.status, third!.status], ['ready', 'rejected']);
    assert.deepEqual(
      uploader.items.map(({ name }) => name),
      ['2.txt', '3.txt'],
    );
  });

  test('rejects a file that its check refuses', async () => {
    const check = async ({ name }: { name: string }) =>
      name === 'bad.txt' ? new UploadError('invalid', 'not this one', { phase: 'validate' }) : undefined;
    const uploader = fixture.uploader({ auto: false, check });
    const [bad, good] = await uploader.add([textFile('bad.txt'), textFile('good.txt')]);
    assert.deepEqual([bad!.status, good!.status], ['rejected', 'ready']);
  });
});

describe('The uploader', () => {
  test('continues with a paused file on resume()', async () => {
    fixture.proxy.faults = [{ do: 'stall', at: { share: 0.5 }, times: 1 }];
    const uploader = fixture.uploader();
    const [item] = await uploader.add([bytesFile(2_000_000)]);
    await nextEvent(uploader, 'upload-progress');
    uploader.pause();
    assert.equal(uploader.item(item!.id)!.status, 'paused');
    fixture.proxy.release();
    uploader.resume();
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
  });

  test('aborts the request on cancel(), dispatches upload-abort once, and sends no other request', async () => {
    fixture.proxy.faults = [{ do: 'stall', at: { share: 0.1 } }];
    const uploader = fixture.uploader();
    const aborted = recordDetails(uploader, 'upload-abort');
    const errors = recordDetails(uploader, 'upload-error');
    const [item] = await uploader.add([bytesFile(2_000_000)]);
    await fixture.proxy.arrived(1);
    uploader.cancel(item!.id);
    uploader.cancel(item!.id);
    await untilStatus(uploader, item!.id, 'canceled');
    assert.deepEqual([aborted.length, errors.length, fixture.proxy.requests.length], [1, 0, 1]);
  });

  test('does not upload a file that was canceled while it was being signed', async () => {
    let release = (): void => {};
    const signed = new Promise<void>((resolve) => (release = resolve));
    const posts = signPosts({ url: fixture.proxy.url });
    const sign: Sign = async (files, options) => {
      await signed;
      return posts(files, options);
    };
    const uploader = fixture.uploader({ sign });
    const [first, second] = await uploader.add([textFile('1.txt'), textFile('2.txt')]);
    uploader.cancel(first!.id);
    release();
    await fixture.assertStored(await untilStatus(uploader, second!.id, 'done'));
    assert.deepEqual([uploader.item(first!.id)!.status, fixture.proxy.requests.length], ['canceled', 1]);
  });

  test('starts a canceled file again on retry(), and removes a file from the list on removeFile()', async () => {
    const uploader = fixture.uploader({ auto: false });
    const [item] = await uploader.add([textFile()]);
    uploader.cancel(item!.id);
    uploader.retry(item!.id);
    const done = await untilStatus(uploader, item!.id, 'done');
    const removed = nextEvent(uploader, 'file-remove');
    uploader.removeFile(item!.id);
    assert.equal((await removed).detail.key, done.status === 'done' ? done.result.key : '');
    assert.deepEqual(uploader.items, []);
  });
});
