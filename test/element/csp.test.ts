import { expect } from '@open-wc/testing';
import { byRole, lines, next, picture, textFile, until } from '../fixtures/page.ts';
import { openStack, type RemoteStack } from '../fixtures/stack-client.ts';

describe('Under a strict Content-Security-Policy with Trusted Types', () => {
  let stack: RemoteStack;
  const violations: string[] = [];

  before(async () => {
    stack = await openStack();
    const own = new URL(stack.endpoint).origin;
    const policy = Object.assign(document.createElement('meta'), {
      httpEquiv: 'Content-Security-Policy',
      content: [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        'img-src blob:',
        `connect-src 'self' ${own} ${stack.storageUrl}`,
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
  after(() => stack.close());

  it('the tag shows, uploads, previews and refuses, and nothing is violated', async () => {
    // proof that the policy is in force
    const tried = document.createElement('div');
    tried.setAttribute('style', 'color: red');
    await until('the policy to be in force', () => violations.length === 1);

    const element = document.createElement('s3-uploader');
    element.endpoint = stack.endpoint;
    element.multiple = true;
    element.maxFileSize = 100_000;
    document.body.append(element);
    await element.updateComplete;
    void element.add([await picture('cat.png'), textFile('huge.txt', 100_001)]);
    await next(element, 'upload-complete');
    await until('both rows', () => lines(element).length === 2);
    await until('the thumbnail', () => element.shadowRoot?.querySelector('canvas'));
    await element.add(Array.from({ length: 100 }, (_, i) => textFile(`${i}.txt`)));
    await until('a long list', () => byRole(element, 'list')!.scrollHeight > 1000);
    element.remove();
    expect(violations.slice(1)).to.deep.equal([]);
  });
});
