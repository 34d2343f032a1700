import { expect } from '@open-wc/testing';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { textFile } from '../fixtures/files.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

type HtmxPage = Window & typeof globalThis & { htmx: { process(element: Element): void } };

const VERSIONS = { 'htmx 1': 'htmx1/dist/htmx.js', 'htmx 2': 'htmx.org/dist/htmx.js' };
const FORM = 'hx-post="/__servers/echo" hx-swap="none"';

describe('The value of the element', () => {
  let servers: RemoteServers;
  let page: HtmxPage;
  before(async () => {
    servers = await startRemoteServers();
  });
  afterEach(() => page.frameElement!.remove());
  after(() => servers.close());

  /** Opens a page with this version of htmx and this body. Each uploader of it has two stored files. */
  async function open(file: string, body: string): Promise<Document> {
    const frame = document.createElement('iframe');
    frame.src = '/test/e2e/frame.html';
    document.body.append(frame);
    await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    page = frame.contentWindow as HtmxPage;
    await page.customElements.whenDefined('s3-uploader');
    const { document: content } = page;
    const script = content.createElement('script');
    script.src = `/node_modules/${file}`;
    const loaded = new Promise((resolve) => script.addEventListener('load', resolve));
    content.head.append(script);
    await loaded;
    content.body.innerHTML = body.replaceAll('<s3-uploader', `<s3-uploader multiple endpoint="${servers.endpoint}"`);
    page.htmx.process(content.body);
    return content;
  }

  async function upload(element: S3UploaderElement, ...names: string[]): Promise<readonly string[]> {
    await element.add(names.map((name) => textFile(name)));
    await until('the value', () => element.value.length === names.length);
    return element.value;
  }

  /** The names and values that htmx sends when `submit` is called. */
  async function sentBy(content: Document, submit: () => void): Promise<[string, string][]> {
    const response = new Promise<string>((resolve) =>
      content.addEventListener('htmx:afterRequest', (event) =>
        resolve((event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr.responseText),
      ),
    );
    submit();
    return [...new URLSearchParams(await response)];
  }

  for (const [version, file] of Object.entries(VERSIONS)) {
    it(`is submitted once by ${version} with the form around the element`, async () => {
      const content = await open(
        file,
        `<form ${FORM}>
          <input name="photo" value="typed" />
          <s3-uploader name="photo"></s3-uploader>
          <s3-uploader name="photo" id="other"></s3-uploader>
          <button>Save</button>
        </form>`,
      );
      const [first, other] = content.querySelectorAll('s3-uploader');
      const keys = [...(await upload(first!, 'a.txt', 'b.txt')), ...(await upload(other!, 'c.txt'))];
      const sent = await sentBy(content, () => content.querySelector('button')!.click());
      expect(sent).to.deep.equal(['typed', ...keys].map((value) => ['photo', value]));
    });

    it(`is submitted once by ${version} when the element itself sends it`, async () => {
      const content = await open(file, `<s3-uploader name="photo" hx-trigger="save" ${FORM}></s3-uploader>`);
      const element = content.querySelector('s3-uploader')!;
      const keys = await upload(element, 'a.txt', 'b.txt');
      await until('the form control', () => element.validity.valid);
      const sent = await sentBy(content, () => element.dispatchEvent(new page.CustomEvent('save')));
      expect(sent).to.deep.equal(keys.map((value) => ['photo', value]));
    });
  }
});
