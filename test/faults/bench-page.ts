import type { S3UploaderElement } from '../../widget/index.ts';
import { startRemoteServers } from '../fixtures/remote-servers.ts';
import type { Observer } from './observe.ts';
import type { Lanes } from './pool.ts';
import type { Engine, Row, RowServers, Uploads } from './row.ts';
import type { Bench } from './run-row.ts';

/** The browser that the page runs in. */
export const engine: Engine = /Firefox\//.test(navigator.userAgent)
  ? 'Firefox'
  : /Chrome\//.test(navigator.userAgent)
    ? 'Chromium'
    : 'WebKitGTK';

/** WebKitGTK has 17 connections in all, of which a row takes up to three. */
export const lanes: Lanes = engine === 'WebKitGTK' ? { slow: 4, quick: 2 } : { slow: 40, quick: 6 };

/** Waits between attempts are this much shorter than for a visitor, so that a row takes seconds. */
const WAIT_FACTOR = 0.2;

/** Shortens the random waits between attempts. @returns a function that ends that */
export function shortenWaits(): () => void {
  const { random } = Math;
  Math.random = () => random() * WAIT_FACTOR;
  return () => void (Math.random = random);
}

/** Rows run with the element, in this page or in a frame of their own. The page must have defined the element. */
export const pageBench = (observer: Observer): Bench => ({
  observer,
  startServers: startRemoteServers,
  async open(row, servers) {
    const frame = row.page && (await openFrame());
    const realm = (frame?.contentWindow ?? window) as unknown as typeof globalThis;
    if (frame) observer.watch(realm, false);
    await row.page?.(realm);
    const element = createElement(row, servers, realm.document);
    realm.document.body.append(element);
    return {
      uploads: element as unknown as Uploads,
      realm,
      close() {
        element.remove();
        frame?.remove();
      },
    };
  },
});

function createElement(row: Row, servers: RowServers, document: Document): S3UploaderElement {
  return Object.assign(document.createElement('s3-uploader'), {
    ...(row.sign ? { sign: row.sign(servers) } : { endpoint: servers.endpoint }),
    ...{ multiple: true, noPreviews: true },
    ...{ timeout: row.timeout, maxConcurrentUploads: row.concurrency, allowedHosts: row.allowedHosts },
  } satisfies Partial<S3UploaderElement>);
}

let frames = 0;

/** A page for a row that changes it. */
async function openFrame(): Promise<HTMLIFrameElement> {
  const frame = document.createElement('iframe');
  frame.src = `/test/faults/worker/frame.html?row=${++frames}`;
  const loaded = new Promise((resolve) => (frame.onload = resolve));
  document.body.append(frame);
  await loaded;
  await frame.contentWindow!.customElements.whenDefined('s3-uploader');
  return frame;
}
