import { expect } from '@open-wc/testing';
import '../../widget/define.ts';
import type { Mount } from '../frameworks/mount.ts';
import { next, textFile, until } from '../fixtures/page.ts';
import { openStack, type RemoteStack } from '../fixtures/stack-client.ts';

describe('In a page of', () => {
  let stack: RemoteStack;
  before(async () => {
    stack = await openStack({ allowHeaders: ['X-Page'] });
  });
  beforeEach(() => stack.signer.reset());
  after(() => stack.close());

  for (const framework of ['react', 'vue', 'svelte', 'solid']) {
    it(`${framework}, the tag takes properties and their changes, and tells of its events`, async () => {
      const { mount } = (await import(`/__frameworks/${framework}.js`)) as { mount: Mount };
      const target = document.createElement('div');
      document.body.append(target);
      const unmount = mount(target, stack.endpoint);
      const element = await until('the tag', () => target.querySelector('s3-uploader'));
      await until('its attributes', () => element.endpoint === stack.endpoint && element.maxFileSize === '20MB');
      expect(element.multiple).to.equal(true);
      expect(element.headers).to.be.a('function');

      const stored = next(element, 'upload-complete');
      await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
      await stored;
      await until('what it told', () => /Stored: (a|b)\.txt.*Stored: (a|b)\.txt/s.test(target.textContent));
      const asked = (await stack.signer.log()).requests.map(({ headers }) => headers['x-page']);
      expect(new Set(asked)).to.deep.equal(new Set([framework]));

      [...target.querySelectorAll('button')].find(({ textContent }) => textContent === 'Allow more')!.click();
      await until('the change', () => element.maxFileSize === '40MB');
      expect(element.files).to.have.length(2);
      unmount();
      await until('its end', () => !element.isConnected);
      target.remove();
    });
  }
});
