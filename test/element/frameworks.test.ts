import { expect } from '@open-wc/testing';
import '../../widget/define.ts';
import type { Mount } from '../frameworks/mount.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

describe('The element in a framework', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers({ allowHeaders: ['X-Page'] });
  });
  beforeEach(() => servers.signer.reset());
  after(() => servers.close());

  for (const framework of ['react', 'vue', 'svelte', 'solid']) {
    it(`takes properties and their changes from ${framework}, and dispatches events to it`, async () => {
      const { mount } = (await import(`/__frameworks/${framework}.js`)) as { mount: Mount };
      const target = document.createElement('div');
      document.body.append(target);
      const unmount = mount(target, servers.endpoint);
      const element = await until('the element', () => target.querySelector('s3-uploader'));
      await until('the properties', () => element.endpoint === servers.endpoint && element.maxFileSize === '20MB');
      expect(element.multiple).to.equal(true);
      expect(element.headers).to.be.a('function');

      const stored = nextEvent(element, 'upload-complete');
      await element.add(['a.txt', 'b.txt'].map((name) => textFile(name)));
      await stored;
      await until('both file names', () => /Stored: (a|b)\.txt.*Stored: (a|b)\.txt/s.test(target.textContent));
      const pageHeaders = (await servers.signer.readLog()).requests.map(({ headers }) => headers['x-page']);
      expect(new Set(pageHeaders)).to.deep.equal(new Set([framework]));

      [...target.querySelectorAll('button')].find(({ textContent }) => textContent === 'Allow more')!.click();
      await until('the change', () => element.maxFileSize === '40MB');
      expect(element.files).to.have.length(2);
      unmount();
      await until('the unmount', () => !element.isConnected);
      target.remove();
    });
  }
});
