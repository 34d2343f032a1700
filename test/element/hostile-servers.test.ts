import { expect, html } from '@open-wc/testing';
import { createStore, entries, set } from 'idb-keyval';
import '../../widget/define.ts';
import { createElement } from '../fixtures/create-element.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

describe('The element', function () {
  this.timeout(60_000);
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers({ receipts: true, allowHeaders: ['x-api-key'] });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  it('says once that a stored file is being checked, and shows the words of a refusal as text', async () => {
    const words = '<img src=x onerror="document.title=1"> The file has a virus.';
    await servers.signer.setFaults(
      { do: 'answer', path: '/confirm', status: 202, body: JSON.stringify({ status: 'processing' }), times: 2 },
      { do: 'answer', path: '/confirm', status: 422, body: JSON.stringify({ code: 'file-refused', detail: words }) },
    );
    const element = await createElement(html`<s3-uploader endpoint=${servers.endpoint}></s3-uploader>`);
    const said: string[] = [];
    const error = nextEvent(element, 'upload-error');
    await element.add([textFile()]);
    await until('the status', () => rowTexts(element)[0]?.includes('Checking…'));
    const status = await until('the announcements', () => byRole(element, 'status'));
    new MutationObserver(() => said.push(status.textContent)).observe(status, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    expect(element.files[0]).to.include({ status: 'finishing', checking: true });
    const { detail } = await error;
    expect(detail).to.include({ code: 'file-refused', message: words, retryable: false });
    await until('the words', () => rowTexts(element)[0]?.includes('The file has a virus.'));
    expect(element.shadowRoot!.querySelector('[onerror]')).to.equal(null);
    expect(said.join('').split('Checking…').length - 1).to.be.at.most(1);
  });

  it('sends nothing of a request to another origin that the signer redirects to', async () => {
    await servers.signer.setFaults({
      ...{ do: 'answer', status: 307, method: 'POST' },
      headers: { location: `${servers.storageUrl}/grants` },
    });
    const body = JSON.stringify({ files: [{ id: '1', method: 'PUT', url: servers.storageUrl, key: 'k' }] });
    await servers.storage.setFaults({ do: 'answer', path: '/grants', status: 200, body });
    const element = await createElement(html`<s3-uploader endpoint=${servers.endpoint}></s3-uploader>`);
    element.headers = { 'x-api-key': 'key-of-the-page' };
    await element.updateComplete;
    const error = nextEvent(element, 'upload-error');
    await element.add([textFile('names-are-private.txt')]);
    expect((await error).detail.code).to.equal('config');
    const { requests } = await servers.storage.readLog();
    for (const { bytes, headers } of requests) {
      expect([bytes, headers['x-api-key']]).to.deep.equal([0, undefined]);
    }
  });

  it('deletes the records of its endpoint by forget(), also before it is in a document', async () => {
    const store = createStore('s3-uploader', 'uploads');
    const endpointUrl = new URL('/sign', document.baseURI).href;
    for (const [key, group] of [
      ['own', endpointUrl],
      ['other', new URL('/other', document.baseURI).href],
    ] as const) {
      await set(key, { key, group, scope: '/elsewhere' }, store);
    }
    const element = Object.assign(document.createElement('s3-uploader'), { endpoint: '/sign' });
    await element.forget();
    expect((await entries(store)).map(([key]) => key)).to.deep.equal(['other']);
    await store('readwrite', (uploads) => void uploads.clear());
  });
});
