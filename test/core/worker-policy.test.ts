import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { WorkerClient } from '../../widget/browser/worker-client.ts';

const PAGE = 'https://site.example';
const POLICY = Symbol.for('s3-uploader');

interface Policy {
  createScriptURL(url: string): string;
}

/** A page with Trusted Types: browsers refuse a second policy of one name, unless the page allows it. */
let allowsDuplicates: boolean;
let started: string[];
const saved = new Map<PropertyKey, PropertyDescriptor | undefined>();

beforeEach(() => {
  allowsDuplicates = false;
  started = [];
  const names = new Set<string>();
  const page = {
    location: new URL(PAGE),
    trustedTypes: {
      createPolicy(name: string, rules: Policy): Policy {
        if (names.has(name) && !allowsDuplicates) throw new TypeError(`The policy "${name}" exists.`);
        names.add(name);
        return { createScriptURL: (url) => rules.createScriptURL(url) };
      },
    },
    Worker: class extends EventTarget {
      constructor(url: string) {
        super();
        started.push(url);
      }
      postMessage(_job: unknown, [port]: MessagePort[]): void {
        port!.postMessage({ value: 'in the worker' });
      }
    },
    [POLICY]: undefined,
  };
  for (const key of Reflect.ownKeys(page)) {
    saved.set(key, Object.getOwnPropertyDescriptor(globalThis, key));
    Object.defineProperty(globalThis, key, { value: page[key as never], configurable: true, writable: true });
  }
});
afterEach(() => {
  for (const [key, descriptor] of saved) {
    if (descriptor) Object.defineProperty(globalThis, key, descriptor);
    else Reflect.deleteProperty(globalThis, key);
  }
});

const run = (url: string): Promise<string> =>
  new WorkerClient(new URL(url)).run({}, () => Promise.resolve('on the main thread'));
const policy = (): Policy => (globalThis as { [POLICY]?: Policy })[POLICY]!;

describe('The Trusted Types policy', () => {
  it('starts the workers of all chunks of one copy', async () => {
    assert.equal(await run(`${PAGE}/js/checksum-worker.js`), 'in the worker');
    assert.equal(await run(`${PAGE}/js/picture-worker.js`), 'in the worker');
    assert.deepEqual(started, [`${PAGE}/js/checksum-worker.js`, `${PAGE}/js/picture-worker.js`]);
  });

  for (const url of [
    'https://evil.example/x.js',
    'https://evil.example/js/checksum-worker.js',
    `${PAGE}/js/other.js`,
    `${PAGE}/checksum-worker.js`,
    `${PAGE}/js/x/checksum-worker.js`,
    `${PAGE}/js/../checksum-worker.js`,
    `${PAGE}/js/checksum-worker.js?callback=alert`,
    `${PAGE}/js/checksum-worker.js#a`,
    'blob:https://site.example/1',
    'data:text/javascript,alert(1)',
    'javascript:alert(1)',
    '',
  ]) {
    it(`refuses other scripts the URL "${url}"`, async () => {
      await run(`${PAGE}/js/checksum-worker.js`);
      assert.throws(() => policy().createScriptURL(url), TypeError);
    });
  }

  it('wraps a worker of another origin in a blob: script, and refuses other blob: URLs', async () => {
    assert.equal(await run('https://cdn.example/js/checksum-worker.js'), 'in the worker');
    assert.match(started[0]!, /^blob:/);
    assert.equal(await (await fetch(started[0]!)).text(), 'import "https://cdn.example/js/checksum-worker.js"');
    assert.throws(() => policy().createScriptURL(started[0]!), TypeError);
  });

  it('lets a copy from another folder work on the main thread, or by a second policy', async () => {
    await run(`${PAGE}/js/checksum-worker.js`);
    assert.equal(await run(`${PAGE}/old/checksum-worker.js`), 'on the main thread');
    allowsDuplicates = true;
    assert.equal(await run(`${PAGE}/old/checksum-worker.js`), 'in the worker');
  });

  it('uses an object that another script put in its place, whose plain string the browser refuses', async () => {
    Object.assign(globalThis, { [POLICY]: { createScriptURL: () => 'https://evil.example/x.js' } });
    // that script runs on the page already; without a policy of its own it makes no trusted URL
    await run(`${PAGE}/js/checksum-worker.js`);
    assert.deepEqual(started, ['https://evil.example/x.js']);
  });
});
