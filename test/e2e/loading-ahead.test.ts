import { expect } from '@open-wc/testing';
import { drop } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';

type Page = Window & typeof globalThis;

describe('The code for files, in the built element', () => {
  let frame: HTMLIFrameElement;
  // an element looks for unfinished uploads where other tests have left a database
  before(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase('s3-uploader');
        request.onsuccess = () => resolve();
        request.onerror = request.onblocked = () => reject(new Error('The database is in use.'));
      }),
  );
  afterEach(() => frame.remove());

  /** Opens a page with the element, whose code is not loaded yet. `change` runs before the page has loaded. */
  async function open(attributes: string, change?: (page: Page) => void): Promise<Page> {
    frame = document.createElement('iframe');
    frame.srcdoc = '<!doctype html><html lang="en"><title>A page without the element</title></html>';
    document.body.append(frame);
    await new Promise((resolve) => frame.addEventListener('load', resolve));
    const page = frame.contentWindow as Page;
    change?.(page);
    page.document.body.innerHTML = `<s3-uploader endpoint="/sign" ${attributes}></s3-uploader>`;
    const script = Object.assign(page.document.createElement('script'), {
      type: 'module',
      src: '/dist/cdn/s3-uploader.js',
    });
    page.document.head.append(script);
    await page.customElements.whenDefined('s3-uploader');
    await page.document.querySelector('s3-uploader')!.updateComplete;
    return page;
  }

  const sessions = (page: Page): string[] =>
    page.performance
      .getEntriesByType('resource')
      .map(({ name }) => name)
      .filter((name) => name.includes('/files-session-'));

  /** Resolves when all that waits for an idle page has had its turn. */
  const idle = (page: Page): Promise<void> =>
    until('an idle page', async () => {
      const { requestIdleCallback = setTimeout } = page as Partial<Page>;
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => requestIdleCallback(resolve));
      return true;
    }).then(() => {});

  it('loads once the page is idle, once, without a visitor', async () => {
    const page = await open('');
    page.document.body.append(page.document.createElement('s3-uploader'));
    await until('the code', () => sessions(page).length);
    await idle(page);
    expect(sessions(page)).to.have.length(1);
    expect(page.document.querySelector('s3-uploader')!.shadowRoot!.querySelector('[role=list]')).to.equal(null);
  });

  it('waits for a visitor who saves data, until files are dragged over the page', async () => {
    const page = await open('', ({ navigator }) =>
      Object.defineProperty(navigator, 'connection', { value: { saveData: true } }),
    );
    await idle(page);
    expect(sessions(page)).to.deep.equal([]);
    drop(page.document.body, [new page.File(['x'], 'x.txt')]);
    await until('the code', () => sessions(page).length);
  });

  it('does not load while the element is disabled', async () => {
    const page = await open('disabled');
    await idle(page);
    expect(sessions(page)).to.deep.equal([]);
    page.document.querySelector('s3-uploader')!.disabled = false;
    await until('the code', () => sessions(page).length);
  });
});
