import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

let servers: RemoteServers;
before(async () => {
  servers = await startRemoteServers();
});
beforeEach(async () => {
  await Promise.all([servers.storage.reset(), servers.signer.reset()]);
});
after(() => servers.close());

/** Creates an element that uploads a file, which the storage does not answer before `release()`. */
async function createUploading(properties: Partial<S3UploaderElement> = {}): Promise<S3UploaderElement> {
  await servers.storage.setFaults({ do: 'swallow' });
  const element: S3UploaderElement = await fixture(
    html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`,
  );
  Object.assign(element, properties);
  await element.updateComplete;
  await element.add([textFile('a.txt')]);
  return element;
}

async function finishUpload(element: S3UploaderElement): Promise<void> {
  const complete = nextEvent(element, 'upload-complete');
  await servers.storage.reset();
  await servers.storage.release();
  await complete;
}

describe('The unload prompt', () => {
  const isPrompted = (): boolean => {
    const event = new Event('beforeunload', { cancelable: true });
    dispatchEvent(event);
    return event.defaultPrevented;
  };

  it('appears while files upload, and at no other time', async () => {
    const idle: S3UploaderElement = await fixture(
      html`<s3-uploader endpoint=${servers.endpoint} no-auto multiple></s3-uploader>`,
    );
    await idle.add([textFile('waits.txt')]);
    expect(isPrompted(), 'with a file that is not started').to.equal(false);
    const element = await createUploading();
    await until('the prompt', isPrompted);
    await finishUpload(element);
    expect(isPrompted(), 'after all files are stored').to.equal(false);
  });

  it('no longer appears after the upload is paused, canceled or removed', async () => {
    const element = await createUploading();
    await until('the prompt', isPrompted);
    element.pause();
    await until('no prompt', () => !isPrompted());
    element.resume();
    await until('the prompt', isPrompted);
    element.cancel();
    await until('no prompt', () => !isPrompted());
    element.retry(element.files[0]!.id);
    await until('the prompt', isPrompted);
    element.removeFile(element.files[0]!.id);
    await until('no prompt', () => !isPrompted());
  });
});

describe('The screen wake lock', () => {
  /** Every request for a lock since the test began: the browser's lock, or undefined while it is pending or if denied. */
  const requested: (WakeLockSentinel | undefined)[] = [];
  const wakeLock = navigator.wakeLock;
  const request = wakeLock.request.bind(wakeLock);
  let isDenied = false;
  before(() => {
    wakeLock.request = async (type) => {
      const index = requested.push(undefined) - 1;
      if (isDenied) throw new DOMException('low battery', 'NotAllowedError');
      return (requested[index] = await request(type));
    };
  });
  beforeEach(() => {
    requested.length = 0;
    isDenied = false;
  });
  after(() => {
    wakeLock.request = request;
  });
  /** WebKitGTK has the API, but grants no lock to a page under WebDriver. */
  const canLock = request('screen').then(
    (lock) => lock.release().then(() => true),
    () => false,
  );
  const showPage = (): unknown => document.dispatchEvent(new Event('visibilitychange'));

  it('is held while files upload, and no longer', async () => {
    const element = await createUploading();
    await until('the request', () => requested.length === 1);
    if (await canLock) await until('the lock', () => requested[0]?.released === false);
    await finishUpload(element);
    if (await canLock) await until('the release', () => requested[0]!.released);
    showPage();
    await element.add([]);
    expect(requested).to.have.length(1);
  });

  it('is requested again when the page becomes visible again', async () => {
    const element = await createUploading();
    await until('the request', () => requested.length === 1);
    if (await canLock) {
      const first = await until('the lock', () => requested[0]);
      await first.release(); // as the browser does when the page is hidden
      showPage();
      const second = await until('another lock', () => requested[1]);
      first.dispatchEvent(new Event('release')); // the browser dispatches it late
      showPage();
      await finishUpload(element);
      await until('the release', () => second.released);
      expect(requested).to.have.length(2);
    } else {
      showPage();
      await until('the second request', () => requested.length === 2);
      await finishUpload(element);
    }
  });

  it('is requested again after it was denied', async () => {
    isDenied = true;
    const element = await createUploading();
    await until('the request', () => requested.length === 1);
    isDenied = false;
    showPage();
    await until('the second request', () => requested.length === 2);
    if (await canLock) await until('the lock', () => requested[1]?.released === false);
    await finishUpload(element);
    if (await canLock) await until('the release', () => requested[1]!.released);
  });

  it('is not requested with `no-wake-lock`', async () => {
    const element = await createUploading({ noWakeLock: true });
    await servers.storage.arrived(1, { method: 'POST' });
    showPage();
    await finishUpload(element);
    expect(requested).to.deep.equal([]);
  });
});
