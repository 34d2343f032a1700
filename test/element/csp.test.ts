import { expect } from '@open-wc/testing';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { pictureFile } from '../fixtures/pictures.ts';
import { byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

describe('The element under a strict Content-Security-Policy with Trusted Types', () => {
  let servers: RemoteServers;
  const violations: string[] = [];

  before(async () => {
    servers = await startRemoteServers();
    const signerOrigin = new URL(servers.endpoint).origin;
    const policy = Object.assign(document.createElement('meta'), {
      httpEquiv: 'Content-Security-Policy',
      content: [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        `img-src blob: ${location.origin}/favicon.ico`, // the page's icon, which WebKit may request only now
        `connect-src 'self' ${signerOrigin} ${servers.storageUrl}`,
        "require-trusted-types-for 'script'",
        'trusted-types lit-html',
      ].join('; '),
    });
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>
      violations.push(`${violatedDirective} ${blockedURI} in ${sourceFile}`),
    );
    document.head.append(policy);
    await import('../../widget/define.ts');
  });
  after(() => servers.close());

  it('renders, uploads, shows thumbnails and rejects files without a violation', async () => {
    // a style attribute violates the policy: proves that it is in force
    const probe = document.createElement('div');
    probe.setAttribute('style', 'color: red');
    await until('the policy to be in force', () => violations.length === 1);

    const element = document.createElement('s3-uploader');
    element.endpoint = servers.endpoint;
    element.multiple = true;
    element.maxFileSize = 100_000;
    document.body.append(element);
    await element.updateComplete;
    void element.add([await pictureFile('cat.png'), textFile('huge.txt', 100_001)]);
    await nextEvent(element, 'upload-complete');
    await until('both rows', () => rowTexts(element).length === 2);
    await until('the thumbnail', () => element.shadowRoot?.querySelector('canvas'));
    await element.add(Array.from({ length: 100 }, (_, i) => textFile(`${i}.txt`)));
    await until('a long list', () => byRole(element, 'list')!.scrollHeight > 1000);
    element.remove();
    expect(violations.slice(1)).to.deep.equal([]);
  });
});
