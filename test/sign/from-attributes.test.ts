import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { UploadError } from '../../widget/core/errors.ts';
import { createSignerFromAttributes } from '../../widget/sign/from-attributes.ts';

describe('The endpoint of a page from https', () => {
  const original = Object.getOwnPropertyDescriptor(globalThis, 'location');
  const resolve = (endpoint: string): Promise<unknown> =>
    createSignerFromAttributes({ endpoint, baseURI: 'https://shop.example/cart', querySelector: () => null })();

  // Node has no location
  beforeEach(() => {
    Object.defineProperty(globalThis, 'location', { value: { protocol: 'https:' }, configurable: true });
  });
  afterEach(() => {
    if (original) Object.defineProperty(globalThis, 'location', original);
    else Reflect.deleteProperty(globalThis, 'location');
  });

  for (const endpoint of ['http://signer.example/sign', 'HTTP://signer.example:8080/sign', 'http://192.168.1.5/sign']) {
    it(`is refused before any file if it is ${endpoint}, and the message has the address to write`, async () => {
      await assert.rejects(resolve(endpoint), (error: UploadError) => {
        assert.equal(error.code, 'config');
        assert.match(error.message, /^The attribute "endpoint" is an http address/);
        assert.ok(error.message.includes(`endpoint="https://${new URL(endpoint).host}`));
        return true;
      });
    });
  }

  for (const endpoint of [
    '/sign',
    'https://signer.example/sign',
    '//signer.example/sign',
    'http://localhost:3000/sign',
    'http://signer.localhost/sign',
    'http://127.0.0.1:3000/sign',
    'http://[::1]:3000/sign',
  ]) {
    it(`is accepted if it is ${endpoint}`, async () => {
      assert.equal(typeof (await resolve(endpoint)), 'function');
    });
  }
});
