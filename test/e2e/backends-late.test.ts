import { expect } from '@open-wc/testing';
import type { S3UploaderElement } from '../../widget/index.ts';
import { nextEvent } from '../fixtures/events.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { drop, pick } from '../fixtures/user-input.ts';
import { until } from '../fixtures/wait.ts';

/** The visitor adds a file before the chunk that takes over the form has loaded. */
describe('A form in the built element whose chunks load late', () => {
  let servers: RemoteServers;
  let frame: HTMLIFrameElement;
  before(async () => {
    servers = await startRemoteServers();
  });
  afterEach(() => frame.remove());
  after(() => servers.close());

  for (const [how, addFile] of [
    ['picked', (element: S3UploaderElement, file: File) => pick(element, [file])],
    ['dropped', (element: S3UploaderElement, file: File) => drop(element, [file])],
    ['added', (element: S3UploaderElement, file: File) => void element.add([file])],
  ] as const) {
    it(`applies its rules to a file that was ${how} before, and waits for its fields to be filled in`, async () => {
      const form = await servers.awsForm({ contentType: 'hidden', input: 'accept="image/png"', range: [1, 5000] });
      const address = `/__missing-chunks/${crypto.randomUUID()}/`;
      frame = document.createElement('iframe');
      frame.src = `${address}?body=${encodeURIComponent(`<s3-uploader>${form}</s3-uploader>`)}`;
      document.body.append(frame);
      await new Promise((resolve) => frame.addEventListener('load', resolve));
      const page = frame.contentWindow as Window & typeof globalThis;
      await page.customElements.whenDefined('s3-uploader');
      const element = page.document.querySelector('s3-uploader') as S3UploaderElement;
      await element.updateComplete;

      addFile(element, new page.File(['a picture'], 'cat.png', { type: 'image/png' }));
      addFile(element, new page.File(['x'.repeat(6000)], 'large.png', { type: 'image/png' }));
      // every chunk loads except the one that looks for the form
      await fetch(`${address}restore?except=from-attributes`, { method: 'POST' });
      page.dispatchEvent(new Event('online'));
      await until('the list', () => element.shadowRoot!.querySelector('[role=list]'));
      await element.updateComplete;
      expect(element.files).to.deep.equal([]);
      await fetch(`${address}restore`, { method: 'POST' });
      page.dispatchEvent(new Event('online'));

      await until('both files', () => element.files.length === 2);
      expect(element.files.map(({ status }) => status)).to.deep.equal(['ready', 'rejected']);
      const tagInput = page.document.querySelector<HTMLInputElement>('[name="x-amz-meta-tag"]')!;
      expect(tagInput.checkVisibility()).to.equal(true);
      tagInput.value = 'typed in time';
      const stored = nextEvent(element, 'upload-success');
      page.document.querySelector<HTMLInputElement>('[type=submit]')!.click();
      const { detail } = await stored;
      expect((await servers.storedObject(detail.key))?.metadata?.['tag']).to.equal('typed in time');
    });
  }
});
