import { expect, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { Sign } from '../../widget/core/sign.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { createElement } from '../fixtures/create-element.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { nextFrames, until } from '../fixtures/wait.ts';

const lineText = (element: S3UploaderElement): string =>
  element.shadowRoot!.querySelector('[part=total] .status')?.textContent.replace(/\s+/g, ' ').trim() ?? '';
const filesNamed = (prefix: string, count: number): File[] =>
  Array.from({ length: count }, (_, i) => textFile(`${prefix}${i}.txt`));

describe('The line for all files', () => {
  let servers: RemoteServers;
  /** Whether the signer refuses files whose name begins with "bad". */
  let refuses = true;

  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(async () => {
    refuses = true;
    await servers.signer.reset();
  });
  after(() => servers.close());

  const create = (): Promise<S3UploaderElement> => {
    const sign = endpoint({ url: servers.endpoint });
    const signSome: Sign = async (files, options) => {
      const grants = await sign(files, options);
      return files.map(({ id, name }, i) =>
        refuses && name.startsWith('bad') ? { id, error: { code: 'no', message: 'No.' } } : grants[i]!,
      );
    };
    return createElement(html`<s3-uploader .sign=${signSome} multiple></s3-uploader>`);
  };

  it('says the result after a run, shows the failed files alone, and retries them', async () => {
    const element = await create();
    const end = nextEvent(element, 'upload-complete');
    await element.add([...filesNamed('a', 40), textFile('bad.txt'), ...filesNamed('b', 18)]);
    await end;
    await until('the result', () => lineText(element) === '58 uploaded · 1 failed');
    expect(byRole(element, 'button', 'Show all')).to.equal(undefined);
    byRole(element, 'button', 'Show (1)')!.click();
    await until('the failed file', () => rowTexts(element).length === 1);
    const [row] = allByRole(element, 'listitem');
    expect(row!.textContent).to.include('bad.txt');
    expect(element.shadowRoot!.activeElement).to.equal(row);
    expect(row!.ariaSetSize).to.equal('1');
    await expect(element).to.be.accessible();

    refuses = false;
    const retried = nextEvent(element, 'upload-complete');
    byRole(element, 'button', 'Retry failed (1)')!.click();
    await retried;
    await until('the new result', () => lineText(element) === '59 uploaded');
    // the row of the retried file stays until the visitor wants to see all
    expect(rowTexts(element)).to.have.length(1);
    byRole(element, 'button', /^Show all/)!.click();
    await until('all files', () => allByRole(element, 'listitem')[0]?.ariaSetSize === '59');
  });

  for (const lang of ['de', 'bg']) {
    it(`fits into its element at every width, in ${lang}`, async () => {
      const element = await create();
      element.lang = lang;
      const overflow = (): string => {
        const { scrollWidth, clientWidth } = element.shadowRoot!.querySelector('[part=total]')!;
        return scrollWidth > clientWidth ? `${element.style.inlineSize}: ${scrollWidth} in ${clientWidth}` : '';
      };
      const check = async (): Promise<void> => {
        for (const width of [150, 200, 240, 300, 330, 400, 440, 460, 500, 540, 600, 660, 900]) {
          element.style.inlineSize = `${width}px`;
          await nextFrames(2);
          expect(overflow()).to.equal('');
        }
      };
      const end = nextEvent(element, 'upload-complete');
      await element.add([...filesNamed('a', 30), textFile('bad1.txt'), textFile('bad2.txt')]);
      await check();
      await end;
      const button = (part: string) => (): HTMLElement | null => element.shadowRoot!.querySelector(`[part~=${part}]`);
      await until('the result', button('show-failed'));
      await check();
      button('show-failed')()!.click();
      await until('the failed files', () => rowTexts(element).length === 2);
      element.sign = () => new Promise(() => {});
      await element.updateComplete;
      button('retry-all')()!.click();
      await until('the run', button('cancel-all'));
      await check();
      element.clear();
    });
  }

  it('lists all files again when some are added', async () => {
    const element = await create();
    const end = nextEvent(element, 'upload-complete');
    await element.add([textFile('bad.txt'), ...filesNamed('a', 20)]);
    await end;
    (await until('the button', () => byRole(element, 'button', 'Show (1)'))).click();
    await until('the failed file', () => rowTexts(element).length === 1);
    await element.add([textFile('new.txt')]);
    await until('all files', () => allByRole(element, 'listitem')[0]?.ariaSetSize === '22');
  });

  it('offers no filter while all files are in view', async () => {
    const element = await create();
    await element.add([textFile('bad.txt'), textFile('a.txt')]);
    await until('the result', () => lineText(element) === '1 uploaded · 1 failed');
    expect(byRole(element, 'button', 'Show (1)')).to.equal(undefined);
    expect(byRole(element, 'button', 'Retry failed (1)')).to.not.equal(undefined);
  });

  it('counts refused files as failed, and offers no other attempt for them', async () => {
    const element = await create();
    element.maxFileSize = 100;
    await element.add([textFile('large.txt', 101), textFile('a.txt')]);
    await until('the result', () => lineText(element) === '1 uploaded · 1 failed');
    expect(allByRole(element, 'button', /^Retry/)).to.deep.equal([]);
  });

  it('says the number and the size of files that wait for the upload button', async () => {
    const element = await create();
    element.noAuto = true;
    await element.add(filesNamed('a', 3));
    await until('the number', () => lineText(element) === '3 files · 36 bytes');
    expect(byRole(element, 'button', 'Upload 3 files')).to.not.equal(undefined);
  });

  it('is absent while there is one file, whose row says everything', async () => {
    const element = await create();
    await element.add([textFile('a.txt')]);
    await until('the file', () => rowTexts(element)[0]?.includes('Uploaded'));
    expect(element.shadowRoot!.querySelector('[part=total]')).to.equal(null);
  });

  it('says no time left once all bytes are sent', async () => {
    const element = await create();
    await servers.storage.setFaults({ do: 'swallow' });
    await element.add([textFile('a.txt', 50_000), textFile('b.txt', 50_000)]);
    await until('the end', () => lineText(element) === '0 of 2 files · 100% · Finishing');
    await servers.storage.reset();
    element.clear();
  });
});

describe('New files', () => {
  const create = (): Promise<S3UploaderElement> =>
    createElement(html`<s3-uploader endpoint="/sign" multiple no-auto></s3-uploader>`);
  const isInView = (element: S3UploaderElement, name: string): boolean => {
    const row = allByRole(element, 'listitem').find(({ textContent }) => textContent.includes(name));
    if (!row) return false;
    const list = byRole(element, 'list')!.getBoundingClientRect();
    const { top, bottom } = row.getBoundingClientRect();
    return top >= list.top - 1 && bottom <= list.bottom + 1;
  };

  it('are scrolled into view, the first one on top', async () => {
    const element = await create();
    await element.add(filesNamed('old', 20));
    await until('the old files', () => isInView(element, 'old0.txt'));
    await element.add(filesNamed('new', 20));
    await until('the first new file', () => isInView(element, 'new0.txt'));
    expect(isInView(element, 'old19.txt')).to.equal(false);
  });

  it('do not scroll a list that the visitor has scrolled', async () => {
    const element = await create();
    await element.add(filesNamed('old', 30));
    await until('the old files', () => isInView(element, 'old0.txt'));
    const list = byRole(element, 'list')!;
    list.scrollTop = 300;
    await until('the scroll', () => !isInView(element, 'old0.txt'));
    await element.add(filesNamed('new', 3));
    await until('the new files', () => allByRole(element, 'listitem')[0]?.ariaSetSize === '33');
    expect(list.scrollTop).to.equal(300);
    // at the end, the visitor follows again
    list.scrollTop = list.scrollHeight;
    await until('the end', () => isInView(element, 'new2.txt'));
    await element.add([textFile('last.txt')]);
    await until('the last file', () => isInView(element, 'last.txt'));
  });

  it('fade the edge of the list behind which more files are', async () => {
    const element = await create();
    await element.add(filesNamed('a', 30));
    const list = await until('the list', () => byRole(element, 'list'));
    const edges = (): string => ['more-above', 'more-below'].filter((name) => list.classList.contains(name)).join();
    await until('files below', () => edges() === 'more-below');
    list.scrollTop = 200;
    await until('files on both sides', () => edges() === 'more-above,more-below');
    list.scrollTop = list.scrollHeight;
    await until('files above', () => edges() === 'more-above');
    expect(getComputedStyle(list).maskImage).to.include('linear-gradient');
    for (const { id } of element.files.slice(2)) element.removeFile(id);
    await until('no more files', () => edges() === '');
  });
});
