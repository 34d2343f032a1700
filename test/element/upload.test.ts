import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { pictureFile } from '../fixtures/pictures.ts';
import { byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { drop, pick } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';

describe('The element', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const createElement = (): Promise<S3UploaderElement> =>
    fixture(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);

  it('stores a picked file byte for byte, and shows its thumbnail', async () => {
    const element = await createElement();
    const file = await pictureFile('cat.png');
    pick(element, [file]);
    const { detail } = await nextEvent(element, 'upload-success');
    expect(detail).to.include({ name: 'cat.png', size: file.size, type: 'image/png' });
    expect((await servers.storedObject(detail.key))?.sha256).to.equal(await sha256(file));
    const row = await until('the row', () => byRole(element, 'listitem'));
    await until('a thumbnail', () => row.querySelector('canvas')?.width);
    await until('the status', () => rowTexts(element)[0]?.includes('Uploaded'));
    await expect(element).to.be.accessible();
  });

  it('stores a dropped file, and removes it from the list by its button', async () => {
    const element = await createElement();
    drop(element, [textFile('notes.txt')]);
    await nextEvent(element, 'upload-complete');
    const button = await until('the button', () => byRole(element, 'button', 'Remove notes.txt'));
    button.click();
    await until('an empty list', () => element.files.length === 0 && rowTexts(element).length === 0);
  });

  it('deletes a stored file when it is removed, if the signer allows it', async () => {
    const deletingServers = await startRemoteServers({ allowDelete: true });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${deletingServers.endpoint} multiple></s3-uploader>`,
    );
    drop(element, [textFile('regretted.txt'), textFile('kept.txt')]);
    await nextEvent(element, 'upload-complete');
    const [regretted, kept] = element.value;
    (await until('the button', () => byRole(element, 'button', 'Remove regretted.txt'))).click();
    await element.deleteRemoved();
    expect(await deletingServers.storedObject(regretted!)).to.equal(undefined);
    element.clear();
    await until('an empty list', () => rowTexts(element).length === 0);
    expect(await deletingServers.storedObject(kept!)).to.not.equal(undefined);
    await deletingServers.close();
  });

  it('moves the progress bar while it sends a file', async () => {
    const element = await createElement();
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.05 } });
    const size = 15_000_000;
    const loaded: number[] = [];
    element.addEventListener('upload-progress', ({ detail }) => loaded.push(detail.loaded));
    pick(element, [textFile('long.txt', size)]);
    const position = (): number =>
      (byRole(element, 'progressbar', 'long.txt') as HTMLProgressElement | undefined)?.position ?? 0;
    await until('the bar to move', () => position() > 0);
    await until('the bar to stop', () => position() === loaded.at(-1)! / size);
    expect(position()).to.be.below(1);
    const end = nextEvent(element, 'upload-success');
    await servers.storage.release();
    await end;
    expect(loaded).to.deep.equal([...new Set(loaded)].sort((a, b) => a - b));
    expect(loaded.at(-1)).to.equal(size);
  });
});
