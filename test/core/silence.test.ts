import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import { recordDetails } from '../fixtures/events.ts';
import { MiB, videoFile } from '../fixtures/files.ts';
import { type SignerFixture, startSignerFixture } from '../fixtures/signer-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';

/** Milliseconds without progress after which a request is aborted. A third of it is the first look at a silent one. */
const timeout = 4_500;

/** More than the buffers of a connection take, so that the transport knows what is not sent. */
const LARGE = 40 * MiB;

let fixture: SignerFixture;
/** Signs forms for large files, too. */
let forms: SignerFixture;
before(async () => {
  fixture = await startSignerFixture();
  forms = await startSignerFixture({ multipartFrom: LARGE + 1 });
});
after(async () => {
  await fixture[Symbol.asyncDispose]();
  await forms[Symbol.asyncDispose]();
});
beforeEach(() => {
  // no random waits
  mock.method(Math, 'random', () => 0);
});
afterEach(() => {
  fixture.reset();
  forms.reset();
  mock.restoreAll();
});

const sent = (path: string) => fixture.servers.storage.requests.filter((request) => request.path.includes(path));
const posts = ({ servers } = fixture) => servers.storage.requests.filter(({ method }) => method === 'POST');
/** Milliseconds from the first request to the second. */
const apart = ([first, second]: readonly { start: number }[]): number => second!.start - first!.start;

describe('A request that stands still in the middle', () => {
  test('of a form is sent again before its time is over, since the host responds to others', async () => {
    forms.servers.storage.faults = [{ do: 'stall', at: { share: 0.4 }, method: 'POST', times: 1 }];
    // the second third of it is for the file to be sent on a slow machine
    const uploader = forms.start({ timeout: 3 * timeout });
    const [item] = await uploader.add([videoFile(LARGE)]);
    await forms.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(posts(forms).length, 2);
    assert.ok(apart(posts(forms)) < 3 * timeout, String(apart(posts(forms))));
  });

  test('again and again gets its whole time after the first attempt', async () => {
    forms.servers.storage.faults = [{ do: 'stall', at: { share: 0.4 }, method: 'POST', times: 2 }];
    const uploader = forms.start({ timeout });
    const [item] = await uploader.add([videoFile(LARGE)]);
    await forms.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.equal(posts(forms).length, 3);
    assert.ok(apart(posts(forms).slice(1)) >= timeout, String(apart(posts(forms).slice(1))));
  });

  test('of one part makes that part be sent again, and no other', async () => {
    fixture.servers.storage.faults = [{ do: 'stall', at: { share: 0.4 }, path: 'partNumber=2', times: 1 }];
    const uploader = fixture.start({ timeout });
    const [item] = await uploader.add([videoFile(20 * MiB)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(fixture.partsSent().sort(), [1, 2, 2, 3, 4]);
    // without a look at the others, it would be given up after a minute
    assert.ok(apart(sent('partNumber=2')) < 4 * timeout, String(apart(sent('partNumber=2'))));
  });
});

describe('A form that is sent and has no response', () => {
  test('is found at the signer when it is stored, and is not sent again', async () => {
    fixture.servers.storage.faults = [{ do: 'swallow', method: 'POST', times: 1 }];
    const uploader = fixture.start({ timeout });
    const retries = recordDetails(uploader, 'upload-retry');
    const [item] = await uploader.add([videoFile(100_000)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual([posts().length, fixture.signerRequests('/confirm').length, retries.length], [1, 1, 0]);
  });

  test('is not sent again while a slow proxy keeps it', async () => {
    fixture.servers.storage.faults = [{ do: 'stall', at: { share: 0.9 }, method: 'POST', times: 1 }];
    const uploader = fixture.start({ timeout });
    const retries = recordDetails(uploader, 'upload-retry');
    const [item] = await uploader.add([videoFile(100_000)]);
    await fixture.servers.signer.arrived(2, { path: '/confirm' });
    fixture.servers.storage.release();
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual([posts().length, retries.length], [1, 0]);
  });

  test('waits on when the signer does not know either', async () => {
    fixture.servers.storage.faults = [{ do: 'swallow', method: 'POST', times: 1 }];
    fixture.servers.signer.faults = [{ do: 'answer', status: 503, path: '/confirm', times: 1 }];
    const uploader = fixture.start({ timeout });
    const statuses: string[] = [];
    uploader.addEventListener('update', () => statuses.push(uploader.items[0]!.status));
    const [item] = await uploader.add([videoFile(100_000)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.ok(!statuses.includes('waiting'), statuses.join());
    assert.deepEqual([posts().length, fixture.signerRequests('/confirm').length], [1, 2]);
  });
});

describe('A part that is sent and has no response', () => {
  test('is found in the list of parts when it is stored, and is not sent again', async () => {
    fixture.servers.storage.faults = [{ do: 'swallow', path: 'partNumber=2', times: 1 }];
    const uploader = fixture.start({ timeout });
    const retries = recordDetails(uploader, 'upload-retry');
    const [item] = await uploader.add([videoFile(20 * MiB)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(fixture.partsSent().sort(), [1, 2, 3, 4]);
    assert.equal(retries.length, 0);
  });

  test('is sent again when it is far behind the others', async () => {
    fixture.servers.storage.faults = [{ do: 'swallow', stored: false, path: 'partNumber=2', times: 1 }];
    const uploader = fixture.start({ timeout });
    const [item] = await uploader.add([videoFile(20 * MiB)]);
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(fixture.partsSent().sort(), [1, 2, 2, 3, 4]);
    // without a look at the others, it would be given up after a minute
    assert.ok(apart(sent('partNumber=2')) < 4 * timeout, String(apart(sent('partNumber=2'))));
  });

  test('is not sent again when a slow proxy keeps them all', async () => {
    fixture.servers.storage.faults = [{ do: 'stall', at: { share: 0.9 }, path: 'partNumber=' }];
    const uploader = fixture.start({ timeout });
    const [item] = await uploader.add([videoFile(20 * MiB)]);
    await fixture.servers.signer.arrived(2, { path: '/parts/list' });
    fixture.servers.storage.release();
    await fixture.assertStored(await untilStatus(uploader, item!.id, 'done'));
    assert.deepEqual(fixture.partsSent().sort(), [1, 2, 3, 4]);
  });
});
