import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { FilesView } from '../../widget/view/files.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { nextFrames, until } from '../fixtures/wait.ts';

describe('The files of an element', () => {
  let servers: RemoteServers;
  const { update } = FilesView.prototype;
  before(async () => {
    servers = await startRemoteServers();
  });
  afterEach(() => {
    FilesView.prototype.update = update;
  });
  after(() => servers.close());

  it('are drawn once a frame, after the request for their signatures', async () => {
    const element: S3UploaderElement = await fixture(html`<s3-uploader multiple></s3-uploader>`);
    const log: string[] = [];
    const missingRows: number[] = [];
    const sign = endpoint({ url: servers.endpoint });
    element.sign = (...request) => {
      log.push('request');
      return sign(...request);
    };
    // the code that signs is loaded with the first file
    void element.add([textFile('first.txt')]);
    await until('its announcement', () => byRole(element, 'status')?.textContent.endsWith('One file uploaded'));
    FilesView.prototype.update = function (this: FilesView) {
      log.push('drawing');
      update.call(this);
      missingRows.push(Math.min(element.files.length, 10) - allByRole(element, 'listitem').length);
    };
    log.length = 0;
    void element.add(Array.from({ length: 20 }, (_, i) => textFile(`${i}.txt`)));
    for (let i = 0; i < 4; i++) {
      await nextFrames(1);
      log.push('frame');
    }
    expect(log.filter((entry) => entry !== 'frame')[0]).to.equal('request');
    expect(log.join(' '))
      .to.match(/drawing/)
      .and.not.to.match(/drawing drawing/);
    expect(Math.max(...missingRows), 'rows in view that are not drawn').to.be.at.most(0);
    element.clear();
  });

  it('are announced by their number, even if they are many', async () => {
    const element: S3UploaderElement = await fixture(html`<s3-uploader no-auto multiple></s3-uploader>`);
    const file = textFile('a.txt');
    await element.add([file]); // opens the list, which then announces the next ones
    await element.add(Array.from({ length: 150_000 }, () => file));
    await until('the announcement', () => byRole(element, 'status')?.textContent === '150,000 files added');
  }).timeout(60_000);
});
