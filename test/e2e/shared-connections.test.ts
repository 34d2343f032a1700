import { expect } from '@open-wc/testing';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

/** Connections that browsers open to one host over HTTP/1.1. */
const MAX_CONNECTIONS = 6;
/** Seconds without progress after which a request is aborted. */
const TIMEOUT_S = 3;

describe('The connections to the storage', function () {
  this.timeout(60_000);
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  afterEach(async () => {
    for (const element of document.querySelectorAll('s3-uploader, iframe')) element.remove();
    await Promise.all([servers.storage.reset(), servers.signer.reset()]);
  });
  after(() => servers.close());

  const createElement = (page: Document): S3UploaderElement => {
    const element = page.createElement('s3-uploader');
    page.body.append(
      Object.assign(element, {
        ...{ endpoint: servers.endpoint, multiple: true, noWakeLock: true, noResume: true },
        ...{ maxConcurrentUploads: MAX_CONNECTIONS, timeout: TIMEOUT_S },
      }),
    );
    return element;
  };
  /** Messages of the requests that the elements repeat from now on. */
  function recordRetries(...elements: readonly S3UploaderElement[]): readonly string[] {
    const messages: string[] = [];
    for (const element of elements) {
      element.addEventListener('upload-retry', ({ detail }) => messages.push(detail.message));
    }
    return messages;
  }

  const textFiles = (count: number): File[] => Array.from({ length: count }, (_, i) => textFile(`${i}.txt`));

  it('are shared by two elements of a page', async () => {
    await import('../../widget/define.ts');
    // those that wait in the browser's line would wait for longer than their timeout
    await servers.storage.setPace({ latency: 2_000 });
    const elements = [createElement(document), createElement(document)];
    const retries = recordRetries(...elements);
    await Promise.all(
      elements.map(async (element) => {
        const complete = nextEvent(element, 'upload-complete');
        await element.add(textFiles(8));
        expect((await complete).detail.done).to.have.lengthOf(8);
      }),
    );
    expect(retries).to.deep.equal([]);
  });

  it('that another page uses are waited for, and not taken for lost ones', async () => {
    await import('../../widget/define.ts');
    const frame = document.createElement('iframe');
    frame.src = '/test/e2e/frame.html';
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    document.body.append(frame);
    await loaded;
    const page = frame.contentWindow as Window & typeof globalThis;
    await page.customElements.whenDefined('s3-uploader');
    await servers.storage.setFaults({ do: 'stall', at: { bytes: 0 }, method: 'POST', times: MAX_CONNECTIONS });
    const other = createElement(page.document);
    other.timeout = 600;
    await other.add(textFiles(MAX_CONNECTIONS));
    await servers.storage.arrived(MAX_CONNECTIONS, { method: 'POST' });

    const element = createElement(document);
    const retries = recordRetries(element);
    const success = nextEvent(element, 'upload-success');
    const began = performance.now();
    await element.add([textFile()]);
    await until('two and a half timeouts', () => performance.now() - began > 2_500 * TIMEOUT_S);
    expect(element.files[0]!.status).to.equal('uploading');
    await servers.storage.release();
    await success;
    expect(retries).to.deep.equal([]);
  });
});
