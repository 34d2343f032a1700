import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UploadCompleter } from '../../widget/sign/contract/complete-many.ts';
import type { JsonObject } from '../../widget/sign/http/json-guards.ts';
import { deferred } from '../fixtures/deferred.ts';

const { signal } = new AbortController();

/** A signer that the test answers. */
function start() {
  const requests: { tickets: readonly string[]; signal: AbortSignal; answer: (answer: JsonObject) => void }[] = [];
  const completer = new UploadCompleter(
    (tickets, signal) => {
      const { promise, resolve } = deferred<JsonObject>();
      requests.push({ tickets, signal, answer: resolve });
      return promise;
    },
    ({ code }) => Promise.resolve(Object.assign(new Error('refused'), { code })) as never,
  );
  return {
    completer,
    requests,
    /** Resolves with the request of this number, from 1, once it is there. */
    async request(number: number) {
      while (requests.length < number) await new Promise(setImmediate);
      return requests[number - 1]!;
    },
    /** Answers a request as a signer does that stores every file. */
    async store(number: number) {
      const { tickets, answer } = await this.request(number);
      answer({ files: tickets.map((ticket) => ({ key: `key of ${ticket}` })) });
    },
  };
}

describe('Uploads that are completed', () => {
  test('at the same time share one request', async () => {
    const signer = start();
    const answers = ['a', 'b', 'c'].map((ticket) => signer.completer.complete(ticket, signal));
    await signer.store(1);
    assert.deepEqual(await Promise.all(answers), [{ key: 'key of a' }, { key: 'key of b' }, { key: 'key of c' }]);
    assert.equal(signer.requests.length, 1);
  });

  test('while a slow request is under way do not wait for it', async () => {
    const signer = start();
    const slow = signer.completer.complete('a', signal);
    await signer.request(1);
    const others = ['b', 'c'].map((ticket) => signer.completer.complete(ticket, signal));
    await signer.store(2);
    assert.deepEqual(await Promise.all(others), [{ key: 'key of b' }, { key: 'key of c' }]);
    await signer.store(1);
    assert.deepEqual(await slow, { key: 'key of a' });
  });

  test('take several requests where a signer accepts no more tickets in one', async () => {
    const signer = start();
    const answers = Array.from({ length: 60 }, (_, i) => signer.completer.complete(`${i}`, signal));
    await Promise.all([signer.store(1), signer.store(2)]);
    assert.equal((await Promise.all(answers)).length, 60);
    assert.deepEqual(
      signer.requests.map(({ tickets }) => tickets.length),
      [50, 10],
    );
  });

  test('take several requests where their tickets are long', async () => {
    const signer = start();
    const answers = ['a', 'b', 'c'].map((ticket) => signer.completer.complete(ticket.repeat(100_000), signal));
    await Promise.all([signer.store(1), signer.store(2)]);
    await Promise.all(answers);
    assert.deepEqual(
      signer.requests.map(({ tickets }) => tickets.length),
      [2, 1],
    );
  });

  test('fail one by one', async () => {
    const signer = start();
    const good = signer.completer.complete('a', signal);
    const bad = signer.completer.complete('b', signal);
    const { answer } = await signer.request(1);
    answer({ files: [{ key: 'a' }, { error: { code: 'parts-missing' } }] });
    assert.deepEqual(await good, { key: 'a' });
    await assert.rejects(bad, { code: 'parts-missing' });
  });

  test('fail together when the answer has another number of files', async () => {
    const signer = start();
    const answers = ['a', 'b'].map((ticket) => signer.completer.complete(ticket, signal));
    const { answer } = await signer.request(1);
    answer({ files: [{ key: 'a' }] });
    for (const each of answers) await assert.rejects(each, { code: 'bad-signer-response' });
  });

  test('go on when one of them is canceled, and end their request when all are', async () => {
    const signer = start();
    const [first, second] = [new AbortController(), new AbortController()];
    const canceled = signer.completer.complete('a', first.signal);
    const other = signer.completer.complete('b', second.signal);
    const request = await signer.request(1);
    first.abort(new Error('canceled'));
    await assert.rejects(canceled, /canceled/);
    assert.equal(request.signal.aborted, false);
    second.abort(new Error('canceled too'));
    await assert.rejects(other, /canceled too/);
    assert.equal(request.signal.aborted, true);
  });

  test('are not sent when they are canceled before', async () => {
    const signer = start();
    const controller = new AbortController();
    const canceled = signer.completer.complete('a', controller.signal);
    const other = signer.completer.complete('b', signal);
    controller.abort(new Error('canceled'));
    await assert.rejects(canceled, /canceled/);
    await signer.store(1);
    await other;
    assert.deepEqual(signer.requests[0]!.tickets, ['b']);
  });
});
