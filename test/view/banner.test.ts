import { expect, html } from '@open-wc/testing';
import '../../widget/define.ts';
import { UploadError, type UploadErrorCode } from '../../widget/core/errors.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { createElement } from '../fixtures/create-element.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

const banner = (element: S3UploaderElement): string =>
  element.shadowRoot!.querySelector('[part=total] .status')?.textContent.trim() ?? '';
const hasErrorColor = (element: S3UploaderElement): boolean =>
  !!element.shadowRoot!.querySelector('.item:is(.failed, .rejected)');
const THREE = ['a.txt', 'b.txt', 'c.txt'].map((name) => textFile(name));

describe('What concerns all files is said once, and the rows stay neutral', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.signer.reset(), servers.storage.reset()]));
  afterEach(() => Reflect.deleteProperty(navigator, 'onLine'));
  after(() => servers.close());

  const create = (): Promise<S3UploaderElement> =>
    createElement(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);

  it('if the visitor must sign in; the button resumes all', async () => {
    await servers.signer.setFaults({ do: 'answer', status: 401, times: 1 });
    const element = await create();
    await element.add(THREE);
    await until('the sentence', () => banner(element) === 'Sign in, then choose Resume.');
    await until('neutral rows', () => rowTexts(element).every((text) => text.endsWith('Paused · 12 bytes')));
    await expect(element).to.be.accessible();
    const end = nextEvent(element, 'upload-complete');
    byRole(element, 'button', 'Resume all (3)')!.click();
    expect((await end).detail.done).to.have.length(3);
    await until('the result', () => banner(element).startsWith('3 uploaded'));
  });

  it('if the visitor is offline', async () => {
    const element = await create();
    await servers.storage.setFaults({ do: 'reset', stored: false });
    Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => false });
    await element.add(THREE);
    await until('the sentence', () => banner(element) === "You're offline. Uploading continues when you're back.");
    await until('neutral rows', () => rowTexts(element).every((text) => text.endsWith('Waiting · 12 bytes')));
    element.clear();
  });

  const failures: [UploadErrorCode, string][] = [
    ['network', 'The connection failed. Check your internet connection and try again.'],
    ['storage-busy', 'The server is busy. Try again in a few minutes.'],
    ['quota-exceeded', 'The upload limit is reached. Try again later.'],
  ];
  for (const [code, sentence] of failures) {
    it(`if all files have failed by ${code}; the button retries all`, async () => {
      const element = await create();
      element.sign = () => Promise.reject(new UploadError(code, 'No.', { phase: 'sign' }));
      await element.add(THREE);
      await until('the failures', () => element.files.every(({ status }) => status === 'failed'));
      await until('the sentence', () => banner(element) === sentence);
      await until('neutral rows', () => !hasErrorColor(element) && rowTexts(element)[0]?.endsWith('Paused · 12 bytes'));
      expect(allByRole(element, 'button', /^Retry/).map(({ textContent }) => textContent.trim())).to.deep.equal([
        'Retry failed (3)',
      ]);
      await expect(element).to.be.accessible();
    });
  }

  it('but one file of several says itself why it failed', async () => {
    const element = await create();
    element.sign = async (files) => files.map(({ id }) => ({ id, error: { code: 'no', message: 'No.' } }));
    await element.add(THREE);
    await until('the failures', () =>
      rowTexts(element).every((text) => text.includes('The server refused this file.')),
    );
    await until('the result', () => banner(element) === '3 failed');
    expect(hasErrorColor(element)).to.equal(true);
  });
});
