import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FileToSign, Sign } from '../../widget/core/sign.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { signPosts } from '../fixtures/sign-posts.ts';
import { useStorageFixture } from '../fixtures/storage-fixture.ts';
import { untilStatus } from '../fixtures/wait.ts';

const fixture = await useStorageFixture();

describe('setMetadata', () => {
  it('sets metadata of a file that starts at once from its file-add event', async () => {
    const { sign, signed } = recordingSigner();
    const uploader = fixture.uploader({ sign });
    uploader.addEventListener('file-add', (event) => {
      const { id, name } = event.detail;
      uploader.setMetadata(id, { title: name.toUpperCase() });
    });
    const items = await uploader.add([textFile('a.txt'), textFile('b.txt')]);
    await Promise.all(items.map(({ id }) => untilStatus(uploader, id, 'done')));
    assert.deepEqual(
      signed.map(({ metadata }) => metadata),
      [{ title: 'A.TXT' }, { title: 'B.TXT' }],
    );
    assert.deepEqual(uploader.item(items[0]!.id)?.metadata, { title: 'A.TXT' });
  });

  it('adds to the metadata of a file, and deletes it by an empty string, until the upload begins', async () => {
    const { sign, signed } = recordingSigner();
    const uploader = fixture.uploader({ sign, auto: false });
    const { id } = (await uploader.add([textFile()]))[0]!;
    uploader.setMetadata(id, { title: 'Sea', album: 'summer' });
    uploader.setMetadata(id, { album: '', place: 'Rügen' });
    assert.deepEqual(uploader.item(id)?.metadata, { title: 'Sea', place: 'Rügen' });
    assert(Object.isFrozen(uploader.item(id)?.metadata));
    uploader.setMetadata('no such file', { title: 'x' });
    uploader.start();
    assert.throws(() => uploader.setMetadata(id, { title: 'Lake' }), /"note\.txt" cannot change any more/);
    await untilStatus(uploader, id, 'done');
    assert.throws(() => uploader.setMetadata(id, { title: 'Lake' }), /cannot change any more/);
    assert.deepEqual(signed[0]?.metadata, { title: 'Sea', place: 'Rügen' });
  });

  it('changes the metadata of a refused or canceled file before it is signed again', async () => {
    const { sign, signed } = recordingSigner();
    const uploader = fixture.uploader({
      sign: (files, options) => {
        const [file] = files;
        if (file?.metadata) return sign(files, options);
        return Promise.resolve([{ id: file!.id, error: { code: 'metadata', message: 'a title is missing' } }]);
      },
    });
    const failed = nextEvent(uploader, 'upload-error');
    const { id } = (await uploader.add([textFile()]))[0]!;
    assert.match((await failed).detail.message, /a title is missing/);
    uploader.setMetadata(id, { title: 'Sea' });
    fixture.proxy.faults = [{ do: 'stall', at: { bytes: 0 } }];
    uploader.retry(id);
    await fixture.proxy.arrived(1);
    uploader.cancel(id);
    fixture.proxy.reset();
    uploader.setMetadata(id, { title: 'Lake' });
    uploader.retry(id);
    await untilStatus(uploader, id, 'done');
    assert.deepEqual(
      signed.map(({ metadata }) => metadata?.['title']),
      ['Sea', 'Lake'],
    );
  });
});

/** A signer that records the files that it signs. */
function recordingSigner(): { sign: Sign; signed: FileToSign[] } {
  const signed: FileToSign[] = [];
  const real = signPosts({ url: fixture.proxy.url });
  return {
    signed,
    sign: (files, options) => {
      signed.push(...files);
      return real(files, options);
    },
  };
}
