import { expect } from '@open-wc/testing';
import type { S3UploaderElement } from '../../widget/index.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

type StrictWindow = Window & typeof globalThis & { violations: string[] };

describe('The built element on a strict page', () => {
  let servers: RemoteServers;
  let frame: HTMLIFrameElement;

  before(async () => {
    servers = await startRemoteServers();
  });

  beforeEach(async () => {
    frame = document.createElement('iframe');
    frame.src = servers.strictPageUrl();
    document.body.append(frame);
    await new Promise((resolve) => frame.addEventListener('load', resolve));
  });

  afterEach(() => frame.remove());

  after(() => servers.close());

  const page = () => frame.contentWindow as StrictWindow;

  async function findElement(): Promise<S3UploaderElement> {
    await page().customElements.whenDefined('s3-uploader');
    return page().document.querySelector('s3-uploader') as S3UploaderElement;
  }

  async function picture(name: string): Promise<File> {
    const canvas = page().document.createElement('canvas');
    canvas.getContext('2d')?.fillRect(0, 0, 300, 150);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
    return new (page().File)([blob ?? ''], name, { type: 'image/png' });
  }

  it('uploads with thumbnails and many rows, without a CSP violation', async () => {
    const element = await findElement();
    const photo = await picture('photo.png');
    const notes = Array.from(
      { length: 70 },
      (_, i) => new (page().File)([`note ${i}`], `${i}.txt`, { type: 'text/plain' }),
    );
    const stored = new Map<string, string>();
    element.addEventListener('upload-success', ({ detail }) => stored.set(detail.name, detail.key));
    const complete = new Promise((resolve) => element.addEventListener('upload-complete', resolve, { once: true }));
    await element.add([photo, ...notes]);
    await complete;
    await until('a thumbnail', () => element.shadowRoot?.querySelector('canvas, img'));
    expect(stored.size).to.equal(71);
    expect((await servers.storedObject(stored.get('photo.png') ?? ''))?.sha256).to.equal(await sha256(photo));
    expect(page().violations).to.deep.equal([]);
  });

  it('shows a refused file and an invalid attribute, without a CSP violation', async () => {
    const element = await findElement();
    element.maxFileSize = '1KB';
    await element.updateComplete;
    await element.add([new (page().File)(['x'.repeat(2000)], 'long.txt', { type: 'text/plain' })]);
    await until('the refusal', () => element.shadowRoot?.textContent?.includes('long'));
    element.maxFileSize = 'huge';
    await until('the attribute error', () => /max-file-size/.test(element.shadowRoot?.textContent ?? ''));
    expect(page().violations).to.deep.equal([]);
  });

  it('is checked by a page that records CSP violations', async () => {
    const script = page().document.createElement('script');
    expect(() => (script.text = 'alert(1)')).to.throw();
    await until('the violation', () => page().violations[0]?.startsWith('require-trusted-types-for'));
  });

  it('runs its entry once when the page adds a query to its URL', async () => {
    const element = await findElement();
    const complete = new Promise((resolve) => element.addEventListener('upload-complete', resolve, { once: true }));
    await element.add([await picture('photo.png')]);
    await complete;
    const entries = page()
      .performance.getEntriesByType('resource')
      .map(({ name }) => new URL(name))
      .filter(({ pathname }) => pathname === '/dist/cdn/s3-uploader.js');
    expect(entries.map(({ search }) => search)).to.deep.equal(['?ver=1']);
  });
});
