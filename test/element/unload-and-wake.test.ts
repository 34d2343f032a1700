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

/** A tag with a file that the storage does not answer until it is told to. */
async function sending(more: Partial<S3UploaderElement> = {}): Promise<S3UploaderElement> {
  await servers.storage.setFaults({ do: 'swallow' });
  const element: S3UploaderElement = await fixture(
    html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`,
  );
  Object.assign(element, more);
  await element.updateComplete;
  await element.add([textFile('a.txt')]);
  return element;
}

async function ended(element: S3UploaderElement): Promise<void> {
  const complete = nextEvent(element, 'upload-complete');
  await servers.storage.reset();
  await servers.storage.release();
  await complete;
}

describe('A page that is to be left', () => {
  const asks = (): boolean => {
    const event = new Event('beforeunload', { cancelable: true });
    dispatchEvent(event);
    return event.defaultPrevented;
  };

  it('asks while files are under way, and at no other time', async () => {
    const idle: S3UploaderElement = await fixture(
      html`<s3-uploader endpoint=${servers.endpoint} no-auto multiple></s3-uploader>`,
    );
    await idle.add([textFile('waits.txt')]);
    expect(asks(), 'a file that nobody has started').to.equal(false);
    const element = await sending();
    await until('it to ask', asks);
    await ended(element);
    expect(asks(), 'all is stored').to.equal(false);
  });

  it('asks no more once what was under way is paused, canceled or gone', async () => {
    const element = await sending();
    await until('it to ask', asks);
    element.pause();
    await until('no question', () => !asks());
    element.resume();
    await until('it to ask', asks);
    element.cancel();
    await until('no question', () => !asks());
    element.retry(element.files[0]!.id);
    await until('it to ask', asks);
    element.remove(element.files[0]!.id);
    await until('no question', () => !asks());
  });
});

describe('The screen', () => {
  /** All locks that were asked for since, and what came of it: the browser's own are given out. */
  const asked: (WakeLockSentinel | undefined)[] = [];
  const wakeLock = navigator.wakeLock;
  const request = wakeLock.request.bind(wakeLock);
  let isDenied = false;
  before(() => {
    wakeLock.request = async (type) => {
      const index = asked.push(undefined) - 1;
      if (isDenied) throw new DOMException('low battery', 'NotAllowedError');
      return (asked[index] = await request(type));
    };
  });
  beforeEach(() => {
    asked.length = 0;
    isDenied = false;
  });
  after(() => {
    wakeLock.request = request;
  });
  /** WebKitGTK has locks, and gives none to a page that is driven. */
  const canLock = request('screen').then(
    (lock) => lock.release().then(() => true),
    () => false,
  );
  const seen = (): unknown => document.dispatchEvent(new Event('visibilitychange'));

  it('stays awake while files are under way, and no longer', async () => {
    const element = await sending();
    await until('a lock to be asked for', () => asked.length === 1);
    if (await canLock) await until('the lock', () => asked[0]?.released === false);
    await ended(element);
    if (await canLock) await until('its end', () => asked[0]!.released);
    seen();
    await element.add([]);
    expect(asked).to.have.length(1);
  });

  it('stays awake when the page is seen again', async () => {
    const element = await sending();
    await until('a lock to be asked for', () => asked.length === 1);
    if (await canLock) {
      const first = await until('the lock', () => asked[0]);
      await first.release(); // as the browser does when the page is hidden
      seen();
      const second = await until('another lock', () => asked[1]);
      first.dispatchEvent(new Event('release')); // it comes late
      seen();
      await ended(element);
      await until('its end', () => second.released);
      expect(asked).to.have.length(2);
    } else {
      seen();
      await until('it to be asked for again', () => asked.length === 2);
      await ended(element);
    }
  });

  it('is asked for again where it was denied', async () => {
    isDenied = true;
    const element = await sending();
    await until('a lock to be asked for', () => asked.length === 1);
    isDenied = false;
    seen();
    await until('it to be asked for again', () => asked.length === 2);
    if (await canLock) await until('the lock', () => asked[1]?.released === false);
    await ended(element);
    if (await canLock) await until('its end', () => asked[1]!.released);
  });

  it('may go dark with `no-wake-lock`', async () => {
    const element = await sending({ noWakeLock: true });
    await servers.storage.arrived(1, { method: 'POST' });
    seen();
    await ended(element);
    expect(asked).to.deep.equal([]);
  });
});
