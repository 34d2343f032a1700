import { expect } from '@open-wc/testing';
import type { ChecksumAlgorithm } from '../../widget/core/protocol.ts';
import type { S3UploaderElement } from '../../widget/index.ts';
import { MiB } from '../fixtures/files.ts';
import { type RemoteServers, sha256, startRemoteServers } from '../fixtures/remote-servers.ts';

type Page = Window & typeof globalThis & { violations: string[] };

describe('Checksums of the built element', function () {
  this.timeout(60_000); // the first test uploads 28 MiB
  let servers: RemoteServers;
  let frame: HTMLIFrameElement;
  before(async () => {
    servers = await startRemoteServers({ multipartFrom: 6 * MiB, partSize: 5 * MiB });
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

  /** Uploads a small file and one in parts; the storage verifies the checksums of each. */
  async function upload(page: Page, checksum: ChecksumAlgorithm): Promise<void> {
    const element = page.document.querySelector('s3-uploader') as S3UploaderElement;
    const files = [1000, 7 * MiB].map((size, index) => {
      const bytes = new Uint8Array(size).map((_, at) => (at * 7 + index) % 251);
      return new page.File([bytes], `${index}.mp4`, { type: 'video/mp4' });
    });
    const stored = new Map<string, string>();
    element.addEventListener('upload-success', ({ detail }) => stored.set(detail.name, detail.key));
    const complete = new Promise((resolve) => element.addEventListener('upload-complete', resolve, { once: true }));
    element.checksum = checksum;
    await element.updateComplete;
    await element.add(files);
    await complete;
    for (const file of files) {
      expect((await servers.storedObject(stored.get(file.name) ?? ''))?.sha256).to.equal(await sha256(file));
    }
    const { requests } = await servers.storage.readLog();
    expect(requests.filter(({ headers }) => headers[`x-amz-checksum-${checksum}`])).to.have.length.above(0);
    await servers.storage.reset();
    element.clear();
  }

  /** Whether the checksums were computed on the main thread. */
  const isOnMainThread = (page: Page): boolean =>
    page.performance.getEntriesByType('resource').some(({ name }) => /\/checksum-(?!worker|client)/.test(name));

  it('are computed by a worker with each algorithm on a strict page that allows the policy s3-uploader', async () => {
    const page = await openPage(servers.strictPageUrl('lit-html s3-uploader'));
    for (const checksum of ['crc32', 'crc32c', 'crc64nvme', 'sha256'] as const) await upload(page, checksum);
    expect(page.violations).to.deep.equal([]);
    expect(isOnMainThread(page)).to.equal(false);
  });

  it('are computed by a worker when the element comes from another origin, such as a CDN', async () => {
    const page = await openPage(servers.cdnPageUrl);
    await upload(page, 'crc32');
    expect(isOnMainThread(page)).to.equal(false);
  });

  it('are computed on the main thread when the page forbids the worker', async () => {
    const page = await openPage(servers.strictPageUrl('lit-html'));
    await upload(page, 'crc64nvme');
    // a browser without Trusted Types cannot forbid the worker
    expect(isOnMainThread(page)).to.equal('trustedTypes' in page);
  });
});
