import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { byRole, drop, lines, next, pick, picture, textFile, until } from '../fixtures/page.ts';
import { openStack, type RemoteStack, sha256 } from '../fixtures/stack-client.ts';

describe('A file', () => {
  let stack: RemoteStack;
  before(async () => {
    stack = await openStack();
  });
  beforeEach(() => Promise.all([stack.storage.reset(), stack.signer.reset()]));
  after(() => stack.close());

  const tag = (): Promise<S3UploaderElement> =>
    fixture(html`<s3-uploader endpoint=${stack.endpoint} multiple></s3-uploader>`);

  it('that is picked is stored byte for byte, and shown with its thumbnail', async () => {
    const element = await tag();
    const file = await picture('cat.png');
    pick(element, [file]);
    const { detail } = await next(element, 'upload-success');
    expect(detail).to.include({ name: 'cat.png', size: file.size, type: 'image/png' });
    expect((await stack.object(detail.key))?.sha256).to.equal(await sha256(file));
    const row = await until('the row', () => byRole(element, 'listitem'));
    await until('a thumbnail', () => row.querySelector('canvas')?.width);
    await until('the end', () => lines(element)[0]?.includes('Uploaded'));
    await expect(element).to.be.accessible();
  });

  it('that is dropped is stored too, and removed from the list by its button', async () => {
    const element = await tag();
    drop(element, [textFile('notes.txt')]);
    await next(element, 'upload-complete');
    const button = await until('the button', () => byRole(element, 'button', 'Remove notes.txt'));
    button.click();
    await until('an empty list', () => element.files.length === 0 && lines(element).length === 0);
  });

  it('that is removed after it was stored is deleted, where the signer allows it', async () => {
    const deleting = await openStack({ allowDelete: true });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${deleting.endpoint} multiple></s3-uploader>`,
    );
    drop(element, [textFile('regretted.txt'), textFile('kept.txt')]);
    await next(element, 'upload-complete');
    const [regretted, kept] = element.value;
    (await until('the button', () => byRole(element, 'button', 'Remove regretted.txt'))).click();
    let isThere = true;
    while (isThere) isThere = !!(await deleting.object(regretted!));
    element.clear();
    await until('an empty list', () => lines(element).length === 0);
    expect(await deleting.object(kept!)).to.not.equal(undefined);
    await deleting.close();
  });

  it('moves its bar while it is sent', async () => {
    const element = await tag();
    await stack.storage.faults({ do: 'stall', at: { share: 0.05 } });
    const size = 15_000_000;
    const loaded: number[] = [];
    element.addEventListener('upload-progress', ({ detail }) => loaded.push(detail.loaded));
    pick(element, [textFile('long.txt', size)]);
    const position = (): number =>
      (byRole(element, 'progressbar', 'long.txt') as HTMLProgressElement | undefined)?.position ?? 0;
    await until('the bar to move', () => position() > 0);
    await until('the bar to stand', () => position() === loaded.at(-1)! / size);
    expect(position()).to.be.below(1);
    const end = next(element, 'upload-success');
    await stack.storage.release();
    await end;
    expect(loaded).to.deep.equal([...new Set(loaded)].sort((a, b) => a - b));
    expect(loaded.at(-1)).to.equal(size);
  });
});
