import { expect, html } from '@open-wc/testing';
import '../../widget/define.ts';
import { UploadError, type UploadErrorCode } from '../../widget/core/errors.ts';
import type { Sign } from '../../widget/core/sign.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { createElement } from '../fixtures/create-element.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { alertText, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

const SENTENCE = "Uploads aren't working on this site. Please tell its owner";
const CODES: readonly UploadErrorCode[] = [
  'config',
  'cors',
  'csp',
  'bad-signer-response',
  'signer-clock',
  'storage-config',
  'storage-refused',
];

/** Everything that the element shows. */
const shownText = (element: S3UploaderElement): string =>
  [...element.shadowRoot!.querySelectorAll('[part=problem], .files')].map(({ textContent }) => textContent).join(' ');
const createWith = (sign: Sign): Promise<S3UploaderElement> =>
  createElement(html`<s3-uploader .sign=${sign} multiple></s3-uploader>`);
const failWith = (code: UploadErrorCode, message: string): never => {
  throw new UploadError(code, message, { phase: 'sign' });
};

describe('A fault of the set-up', () => {
  let servers: RemoteServers;
  let printed: string[];
  const { error } = console;

  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => {
    printed = [];
    console.error = (text: string) => printed.push(text);
  });
  afterEach(() => {
    console.error = error;
  });
  after(() => servers.close());

  for (const code of CODES) {
    it(`is shown once for all files and printed once with its fix, if it is ${code}`, async () => {
      const element = await createWith(async () => failWith(code, 'No such bucket: photos.'));
      const complete = nextEvent(element, 'upload-complete');
      const errors: string[] = [];
      element.addEventListener('upload-error', ({ detail }) => errors.push(detail.code));
      await element.add([textFile('a.txt'), textFile('b.txt'), textFile('c.txt')]);
      await complete;
      await until('the sentence', () => alertText(element) === `${SENTENCE} (error: ${code}).`);
      await until('the console', () => printed.length);
      expect(errors).to.deep.equal([code, code, code]);
      expect(shownText(element).split(SENTENCE)).to.have.length(2);
      expect(rowTexts(element).every((text) => /txt Paused · 12 bytes$/.test(text))).to.equal(true);
      expect(element.shadowRoot!.querySelectorAll('.failed')).to.have.length(0);
      expect(printed).to.have.length(1);
      expect(printed[0])
        .to.include(code)
        .and.to.include('No such bucket: photos.')
        .and.to.match(/Fix: ./);
      await expect(element).to.be.accessible();
    });
  }

  it('is no longer shown once a retry succeeds after the fix', async () => {
    const element = await createWith(async () => failWith('cors', 'Not allowed.'));
    const complete = nextEvent(element, 'upload-complete');
    await element.add([textFile('a.txt'), textFile('b.txt')]);
    await complete;
    await until('the sentence', () => alertText(element).startsWith(SENTENCE));
    element.sign = endpoint({ url: servers.endpoint });
    await element.updateComplete;
    const stored = nextEvent(element, 'upload-complete');
    (await until('the button', () => byRole(element, 'button', 'Retry failed (2)'))).click();
    expect((await stored).detail.done).to.have.length(2);
    await until('no sentence', () => alertText(element) === '');
  });

  it('prints each distinct message once, and shows the first', async () => {
    const sign: Sign = async ([file]) =>
      file!.name === 'a.txt' ? failWith('cors', 'One.') : failWith('signer-clock', 'Two.');
    const element = await createWith(Object.assign(sign, { batchSize: 1 }));
    const complete = nextEvent(element, 'upload-complete');
    await element.add([textFile('a.txt'), textFile('b.txt'), textFile('c.txt')]);
    await complete;
    await until('the sentence', () => alertText(element) === `${SENTENCE} (error: cors).`);
    await until('the console', () => printed.length === 2);
    expect(printed[0]).to.include('One.');
    expect(printed[1]).to.include('Two.');
  });
});
