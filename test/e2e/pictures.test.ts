import { expect } from '@open-wc/testing';
import type { S3UploaderElement } from '../../widget/index.ts';
import { GPS_SECRET } from '../fixtures/image-bytes.ts';
import { photoFile } from '../fixtures/pictures.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

type Page = Window & typeof globalThis & { violations: string[] };

describe('Pictures in the built element', () => {
  let servers: RemoteServers;
  let frame: HTMLIFrameElement;
  before(async () => {
    servers = await startRemoteServers();
  });
  afterEach(() => frame.remove());
  after(() => servers.close());

  async function openPage(address: string): Promise<Page> {
    frame = Object.assign(document.createElement('iframe'), { src: address });
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    document.body.append(frame);
    await loaded;
    const page = frame.contentWindow as Page;
    await page.customElements.whenDefined('s3-uploader');
    return page;
  }

  /** Uploads a photo, which is resized and stripped, and adds a raw photo, which no browser can decode. */
  async function upload(page: Page): Promise<void> {
    const element = page.document.querySelector('s3-uploader') as S3UploaderElement;
    Object.assign(element, { resize: 100, stripMetadata: true });
    await element.updateComplete;
    const complete = new Promise((resolve) => element.addEventListener('upload-complete', resolve, { once: true }));
    const files = [await photoFile(400, 200, 6), new File([GPS_SECRET], 'raw.cr2', { type: 'image/x-canon-cr2' })];
    const [made, refused] = await element.add(
      files.map((file) => new page.File([file], file.name, { type: file.type, lastModified: 1 })),
    );
    expect(refused).to.deep.include({ status: 'rejected' });
    expect('error' in refused! && refused.error?.code).to.equal('file-type');
    const file = made!.file!;
    expect([file.name, file.type, file.lastModified]).to.deep.equal(['photo.jpg', 'image/jpeg', 1]);
    const { width, height } = await createImageBitmap(file);
    expect([width, height]).to.deep.equal([50, 100]);
    expect(await file.text()).not.to.contain(GPS_SECRET);
    const canvas = await until('the thumbnail', () => element.shadowRoot?.querySelector('canvas'));
    expect([canvas.width, canvas.height].join()).to.match(/^(50,100|96,192)$/); // of the resized file, or of the picked one
    await complete;
    element.clear();
  }

  /** Whether the pictures were processed on the main thread. */
  const isOnMainThread = (page: Page): boolean =>
    page.performance.getEntriesByType('resource').some(({ name }) => /\/(thumbnail|transform)-/.test(name));

  it('are resized and stripped by a worker on a strict page that allows the policy s3-uploader', async () => {
    const page = await openPage(servers.strictPageUrl('lit-html s3-uploader'));
    await upload(page);
    expect(page.violations).to.deep.equal([]);
    expect(isOnMainThread(page)).to.equal(false);
  });

  it('get thumbnails from a worker if they are many, and if they are few, need no worker and no policy for it', async () => {
    for (const [count, policies] of [
      [2, 'lit-html'],
      [12, 'lit-html s3-uploader'],
    ] as const) {
      const page = await openPage(servers.strictPageUrl(policies));
      const element = page.document.querySelector('s3-uploader') as S3UploaderElement;
      const complete = new Promise((resolve) => element.addEventListener('upload-complete', resolve, { once: true }));
      const one = await photoFile(400, 200, 1);
      await element.add(Array.from({ length: count }, (_, i) => new page.File([one], `${i}.jpg`, { type: one.type })));
      await until('a thumbnail', () => element.shadowRoot?.querySelector('li:last-of-type canvas'));
      await complete;
      expect(page.violations).to.deep.equal([]);
      const loaded = page.performance.getEntriesByType('resource').map(({ name }) => name);
      if (count === 2) expect(loaded.some((name) => /picture-worker/.test(name))).to.equal(false);
      frame.remove();
    }
  });

  it('are looked for in a file without a type only if its name may be one of a picture', async () => {
    const page = await openPage(servers.strictPageUrl('lit-html'));
    const element = page.document.querySelector('s3-uploader') as S3UploaderElement;
    const isLoaded = (): boolean =>
      page.performance.getEntriesByType('resource').some(({ name }) => /\/preview-/.test(name));
    for (const [name, has] of [
      ['data.bin', false],
      ['photo.jpg', true],
    ] as const) {
      const complete = new Promise((resolve) => element.addEventListener('upload-complete', resolve, { once: true }));
      await element.add([new page.File([await photoFile(400, 200, 1)], name)]);
      await complete;
      if (has) await until('the thumbnail', () => element.shadowRoot?.querySelector('canvas'));
      expect(isLoaded(), name).to.equal(has);
    }
  });

  it('are resized and stripped by a worker when the element comes from another origin, such as a CDN', async () => {
    const page = await openPage(servers.cdnPageUrl);
    await upload(page);
    expect(isOnMainThread(page)).to.equal(false);
  });

  it('are resized and stripped on the main thread when the page forbids the worker', async () => {
    const page = await openPage(servers.strictPageUrl('lit-html'));
    await upload(page);
    // a browser without Trusted Types cannot forbid the worker
    expect(isOnMainThread(page)).to.equal('trustedTypes' in page);
  });
});
