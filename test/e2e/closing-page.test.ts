import { expect } from '@open-wc/testing';
import type { S3UploaderElement } from '../../widget/index.ts';
import { byRole } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

describe('A stored file that the visitor has just removed', () => {
  let servers: RemoteServers;
  let frame: HTMLIFrameElement;
  before(async () => {
    servers = await startRemoteServers({ allowDelete: true });
  });
  afterEach(() => frame.remove());
  after(() => servers.close());

  for (const [how, close] of [
    ['closed', () => frame.remove()],
    ['left for another', () => (frame.src = 'about:blank')],
  ] as const) {
    it(`is deleted although its page is ${how} before the deletion`, async () => {
      frame = Object.assign(document.createElement('iframe'), { src: servers.cdnPageUrl });
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
      document.body.append(frame);
      await loaded;
      const page = frame.contentWindow as Window & typeof globalThis;
      await page.customElements.whenDefined('s3-uploader');
      const element = page.document.querySelector('s3-uploader') as S3UploaderElement;
      const stored = new Promise<string>((resolve) => {
        element.addEventListener('upload-success', ({ detail }) => resolve(detail.key), { once: true });
      });
      await element.add([new page.File(['words'], 'a.txt', { type: 'text/plain' })]);
      const key = await stored;
      (await until('the button', () => byRole(element, 'button', 'Remove a.txt'))).click();
      await until('the notice', () => byRole(element, 'button', 'Undo'));
      expect(await servers.storedObject(key)).not.to.equal(undefined);
      close();
      await until('the deletion', async () => !(await servers.storedObject(key)));
    });
  }
});
