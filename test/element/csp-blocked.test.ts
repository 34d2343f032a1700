import { expect } from '@open-wc/testing';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';

import '../../widget/define.ts';

describe('A page whose Content-Security-Policy', () => {
  let servers: RemoteServers;
  let element: S3UploaderElement;

  before(async () => {
    servers = await startRemoteServers();
    const { origin } = new URL(servers.endpoint);
    const policy = Object.assign(document.createElement('meta'), {
      httpEquiv: 'Content-Security-Policy',
      content: `connect-src 'self' ${origin}`,
    });
    document.head.append(policy);
  });
  beforeEach(() => {
    element = document.createElement('s3-uploader');
    document.body.append(element);
  });
  afterEach(() => element.remove());
  after(() => servers.close());

  it('leaves the storage out of connect-src fails the file at once, and names directive and host', async () => {
    element.endpoint = servers.endpoint;
    const retries: unknown[] = [];
    element.addEventListener('upload-retry', ({ detail }) => retries.push(detail));
    const error = nextEvent(element, 'upload-error');
    await element.add([textFile()]);
    const { code, message } = (await error).detail;
    expect(code).to.equal('csp');
    expect(message).to.contain('connect-src').and.to.contain(new URL(servers.storageUrl).host);
    expect(retries).to.deep.equal([]);
  });

  it('leaves the signer out of connect-src fails the file at once, and names directive and host', async () => {
    element.endpoint = 'http://127.0.0.1:9/sign';
    const error = nextEvent(element, 'upload-error');
    await element.add([textFile()]);
    const { code, message, phase } = (await error).detail;
    expect([code, phase]).to.deep.equal(['csp', 'sign']);
    expect(message).to.contain('connect-src').and.to.contain('127.0.0.1:9');
  });
});
