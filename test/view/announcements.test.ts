import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { alertText, allByRole, byRole, statusText } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

/** Records the texts of the polite and the urgent live region in order, including repeated ones. */
function recordAnnouncements(element: S3UploaderElement): { polite: string[]; urgent: string[] } {
  const polite: string[] = [];
  const urgent: string[] = [];
  let now = '';
  new MutationObserver(() => {
    const status = statusText(element);
    const alert = allByRole(element, 'alert').at(-1)?.textContent ?? '';
    if (status + alert === now) return;
    now = status + alert;
    if (status) polite.push(status);
    if (alert) urgent.push(alert);
  }).observe(element.shadowRoot!, { subtree: true, characterData: true, childList: true });
  return { polite, urgent };
}

describe('The live regions of the element', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers({ allowDelete: true });
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const mountElement = (): Promise<S3UploaderElement> =>
    fixture(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);
  const upload = async (element: S3UploaderElement, files: readonly File[]): Promise<void> => {
    await element.add(files);
    await until('the uploads', () => element.files.every(({ status }) => status === 'done'));
  };
  const uploadFiles = (element: S3UploaderElement, count: number): Promise<void> =>
    upload(
      element,
      Array.from({ length: count }, (_, i) => textFile(`${i}.txt`)),
    );

  it('announce the names of a few removed files, and the number of many', async () => {
    const element = await mountElement();
    await upload(element, [textFile('warm')]);
    const { polite } = recordAnnouncements(element);
    await uploadFiles(element, 6);
    for (const { id } of element.files.slice(0, 3)) element.removeFile(id);
    await until('three names', () => polite.some((words) => words.endsWith('warm, 0.txt, and 1.txt removed')));
    element.clear();
    await until('their number', () => polite.at(-1) === '4 files removed');
  });

  it('announce that a removed file could not be deleted', async () => {
    const element = await mountElement();
    await uploadFiles(element, 5);
    const { urgent } = recordAnnouncements(element);
    await servers.signer.setFaults({ do: 'answer', status: 400, path: '/delete' });
    element.removeFile(element.files[0]!.id);
    await until('its name', () => urgent.at(-1) === '0.txt could not be deleted');
    for (const { id } of element.files) element.removeFile(id);
    const names = [1, 2, 3, 4].map((n) => `${n}.txt`);
    await until('their names', () => names.every((name) => urgent.some((words) => words.includes(name))));
    for (const words of urgent) expect(words).to.match(/ could not be deleted$/);
  });

  it('announce once for all files that they wait for the network', async () => {
    const element = await mountElement();
    await upload(element, [textFile('warm')]);
    const { polite } = recordAnnouncements(element);
    await servers.storage.setFaults(
      { do: 'reset', stored: false, method: 'POST' },
      { do: 'reset', stored: false, path: '/' }, // a probe would prove that the network is there
    );
    Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => false });
    try {
      await element.add(['a', 'b', 'c'].map((name) => textFile(name)));
      await until('the announcement', () =>
        polite.some((words) => words.endsWith("You're offline. Uploading continues when you're back.")),
      );
      // again after a pause, without another announcement in between
      element.pause();
      await until('a pause', () => !element.matches(':state(offline)'));
      await until('the status region', () => byRole(element, 'status')?.textContent);
      element.resume();
      await until(
        'the second announcement',
        () => polite.filter((words) => words.includes("You're offline. Uploading continues when")).length === 2,
      );
    } finally {
      await servers.storage.reset();
      Reflect.deleteProperty(navigator, 'onLine');
    }
    dispatchEvent(new Event('online'));
    await nextEvent(element, 'upload-complete');
    await until('the end', () => polite.at(-1) === '3 files uploaded');
    expect(polite.filter((words) => words.includes('offline'))).to.have.length(2);
  });

  it('do not repeat a fault of the set-up, which the element tells once for all files', async () => {
    await servers.storage.setFaults({ do: 'answer', status: 403 });
    const element = await mountElement();
    const { polite, urgent } = recordAnnouncements(element);
    await element.add(['a', 'b', 'c'].map((name) => textFile(name)));
    await until('the sentence', () => alertText(element).startsWith("Uploads aren't working on this site."));
    element.removeFile(element.files[0]!.id);
    await until('the next announcement', () => polite.some((words) => words.includes('a removed')));
    expect(urgent).to.deep.equal([]);
  });

  it('announce once for all files that the visitor must sign in', async () => {
    await servers.signer.setFaults({ do: 'answer', status: 401, times: 1 });
    const element = await mountElement();
    const { urgent } = recordAnnouncements(element);
    void element.add(['a', 'b', 'c'].map((name) => textFile(name)));
    await nextEvent(element, 'auth-required');
    await until('the announcement', () => urgent.length);
    expect(urgent).to.deep.equal(['Sign in, then choose Resume.']);
    element.clear();
  });
});
