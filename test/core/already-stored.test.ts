import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import type { Uploader } from '../../widget/core/index.ts';
import type { Grant, Sign } from '../../widget/core/sign.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { nextEvent } from '../fixtures/events.ts';
import { MiB, textFile, videoFile } from '../fixtures/files.ts';
import { s3ErrorXml } from '../fixtures/s3-error-xml.ts';
import { type SignerFixture, startSignerFixture } from '../fixtures/signer-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';

const ORIGIN = 'https://site.example';
/** The storage's answer to a write of a key that has an object, of a signature with `If-None-Match: *`. */
const preconditionFailed = {
  do: 'answer',
  status: 412,
  body: s3ErrorXml('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold'),
} as const;

beforeEach(() => {
  mock.method(Math, 'random', () => 0); // no random waits
});
afterEach(() => mock.restoreAll());

for (const method of ['post', 'put'] as const) {
  describe(`A file whose key has an object already, uploaded by ${method.toUpperCase()}`, () => {
    let fixture: SignerFixture;
    before(async () => {
      fixture = await startSignerFixture({ method, receipts: true });
    });
    after(() => fixture[Symbol.asyncDispose]());
    afterEach(() => fixture.reset());
    const writes = method.toUpperCase();

    /** Signs with grants that lack what a ticket makes possible. */
    const openWithoutTicket = (): Uploader => {
      const sign = endpoint({ url: fixture.servers.endpoint, headers: { origin: ORIGIN } });
      const bare: Sign = async (...request) =>
        (await sign(...request)).map((grant): Grant => {
          if ('error' in grant || grant.method === 'MULTIPART') return grant;
          const { confirm: _confirm, renew: _renew, ticket: _ticket, mustConfirm: _must, ...rest } = grant;
          return rest;
        });
      return fixture.start({ sign: bare });
    };

    test('is done when the response was lost and the next attempt gets a 412', async () => {
      fixture.servers.storage.faults = [
        { do: 'reset', stored: true, method: writes, times: 1 },
        { ...preconditionFailed, method: writes },
      ];
      const page = openWithoutTicket();
      const [item] = await page.add([textFile()]);
      await fixture.assertStored(await untilStatus(page, item!.id, 'done'));
      assert.equal(fixture.servers.storage.requests.filter((request) => request.method === writes).length, 2);
    });

    test('is signed like a new one when the first attempt gets a 412, since the object is another file', async () => {
      fixture.servers.storage.faults = [{ ...preconditionFailed, method: writes, times: 1 }];
      const page = openWithoutTicket();
      const [item] = await page.add([textFile()]);
      await fixture.assertStored(await untilStatus(page, item!.id, 'done'));
      assert.equal(fixture.signerRequests('').length, 2);
    });

    test('fails when every key has an object', async () => {
      fixture.servers.storage.faults = [{ ...preconditionFailed, method: writes }];
      const page = openWithoutTicket();
      const error = nextEvent(page, 'upload-error');
      await page.add([textFile()]);
      assert.equal((await error).detail.code, 'already-stored');
      assert.equal(fixture.signerRequests('').length, 2);
    });

    test('is confirmed after a 412, where the signer can', async () => {
      fixture.servers.storage.faults = [{ ...preconditionFailed, stored: true, method: writes }];
      const page = fixture.start();
      const [item] = await page.add([textFile()]);
      const done = await untilStatus(page, item!.id, 'done');
      await fixture.assertStored(done);
      assert(done.status === 'done' && done.result.receipt);
      assert.equal(fixture.signerRequests('/confirm').length, 1);
      assert.equal(fixture.signerRequests('').length, 1);
    });

    test('starts again with another key after a 412, when the signer finds no such file', async () => {
      fixture.servers.storage.faults = [{ ...preconditionFailed, method: writes, times: 1 }];
      const page = fixture.start();
      const [item] = await page.add([textFile()]);
      await fixture.assertStored(await untilStatus(page, item!.id, 'done'));
      assert.equal(fixture.signerRequests('').length, 2);
    });

    test('is confirmed when the signer does not sign again what is stored', async () => {
      const expired = { do: 'answer', status: 403, body: s3ErrorXml('AccessDenied', 'Request has expired') } as const;
      fixture.servers.storage.faults = [{ ...expired, stored: true, method: writes }];
      fixture.servers.signer.faults = [
        { do: 'answer', path: '/sign-again', status: 409, body: JSON.stringify({ code: 'already-stored' }) },
      ];
      const page = fixture.start();
      const [item] = await page.add([textFile()]);
      await fixture.assertStored(await untilStatus(page, item!.id, 'done'));
      assert.deepEqual(
        [fixture.signerRequests('/sign-again'), fixture.signerRequests('/confirm'), fixture.signerRequests('')].map(
          ({ length }) => length,
        ),
        [1, 1, 1],
      );
    });

    test('is sent again after a 409 ConditionalRequestConflict', async () => {
      const conflict = { do: 'answer', status: 409, body: s3ErrorXml('ConditionalRequestConflict') } as const;
      fixture.servers.storage.faults = [{ ...conflict, method: writes, times: 2 }];
      const page = fixture.start();
      const [item] = await page.add([textFile()]);
      await fixture.assertStored(await untilStatus(page, item!.id, 'done'));
      assert.equal(fixture.servers.storage.requests.filter((request) => request.method === writes).length, 3);
    });
  });
}

test('A multipart upload does not send its parts again when its completion is refused for good', async () => {
  await using fixture = await startSignerFixture();
  fixture.servers.signer.faults = [
    { do: 'answer', path: '/complete', status: 422, body: JSON.stringify({ code: 'object-differs', detail: 'type' }) },
  ];
  const page = fixture.start();
  const error = nextEvent(page, 'upload-error');
  await page.add([videoFile(15 * MiB)]);
  assert.equal((await error).detail.code, 'object-differs');
  assert.deepEqual(fixture.partsSent().sort(), [1, 2, 3]);
});
