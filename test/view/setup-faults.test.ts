import { expect, html } from '@open-wc/testing';
import '../../widget/define.ts';
import { UploadError, type UploadErrorCode } from '../../widget/core/errors.ts';
import type { Sign } from '../../widget/core/sign.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { endpoint } from '../../widget/sign/contract/endpoint.ts';
import { createElement } from '../fixtures/create-element.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { alertText, allByRole, rowTexts } from '../fixtures/queries.ts';
import type { Fault } from '../helpers/faults.ts';
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
  beforeEach(async () => {
    await servers.signer.reset();
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
      const errors: string[] = [];
      element.addEventListener('upload-error', ({ detail }) => errors.push(detail.code));
      await element.add([textFile('a.txt'), textFile('b.txt'), textFile('c.txt')]);
      await until('the errors', () => errors.length === 3);
      await until('the sentence', () => alertText(element) === `${SENTENCE} (error: ${code}).`);
      await until('the console', () => printed.length);
      expect(errors).to.deep.equal([code, code, code]);
      expect(shownText(element).split(SENTENCE)).to.have.length(2);
      await until('the rows', () => rowTexts(element).every((text) => /txt Paused · 12 bytes$/.test(text)));
      expect(element.shadowRoot!.querySelectorAll('.failed')).to.have.length(0);
      expect(printed).to.have.length(1);
      expect(printed[0])
        .to.include(code)
        .and.to.include('No such bucket: photos.')
        .and.to.match(/Fix: ./);
      await expect(element).to.be.accessible();
    });
  }

  const origin = JSON.stringify({ code: 'origin-refused', title: 'Forbidden', status: 403 });
  const page = { 'content-type': 'text/html' };
  const answers: [title: string, fault: Fault, code: UploadErrorCode, fix: string][] = [
    ['responds with 404', { do: 'answer', status: 404, body: 'Not Found' }, 'config', 'endpoint'],
    ['responds with 405', { do: 'answer', status: 405 }, 'config', 'must accept POST'],
    [
      'responds with a page',
      { do: 'answer', status: 200, headers: page, body: '<!doctype html><title>Shop</title>' },
      'bad-signer-response',
      'it is a page',
    ],
    [
      'responds with 404 and a page',
      { do: 'answer', status: 404, headers: page, body: '<!doctype html><title>Not found</title>' },
      'config',
      'endpoint',
    ],
    ['refuses the origin of the page', { do: 'answer', status: 403, body: origin }, 'config', 'SIGNER_ORIGINS'],
    [
      'refuses the origin of the page, without CORS',
      { do: 'answer', status: 403, body: origin, cors: false, method: '*' },
      'cors',
      'SIGNER_ORIGINS',
    ],
  ];
  for (const [title, fault, code, fix] of answers) {
    it(`is shown once for all files and printed once, if the endpoint ${title}`, async () => {
      await servers.signer.setFaults(fault);
      await expectOneSentence(servers.endpoint, code, fix);
    });
  }

  it('is shown once for all files and printed once, if the endpoint lacks the path of the signer', async () => {
    await expectOneSentence(new URL('/', servers.endpoint).href, 'cors', 'the attribute "endpoint"');
  });

  /** Adds three files, which fail by the fault alone: no row blames its file, or says that the visitor is signed out. */
  async function expectOneSentence(endpoint: string, code: UploadErrorCode, fix: string): Promise<void> {
    const element = await createElement(html`<s3-uploader endpoint=${endpoint} multiple></s3-uploader>`);
    await element.add([textFile('a.txt'), textFile('b.txt'), textFile('c.txt')]);
    await until('the failures', () => element.files.every(({ status }) => status === 'failed'));
    await until('the sentence', () => alertText(element) === `${SENTENCE} (error: ${code}).`);
    await until('the console', () => printed.length);
    expect(shownText(element).split(SENTENCE)).to.have.length(2);
    await until('the rows', () => rowTexts(element).every((text) => /txt Paused · 12 bytes$/.test(text)));
    expect(printed).to.have.length(1);
    expect(printed[0]).to.include(fix);
  }

  it('is no longer shown once a retry succeeds after the fix', async () => {
    const element = await createWith(async () => failWith('cors', 'Not allowed.'));
    await element.add([textFile('a.txt'), textFile('b.txt')]);
    await until('the failures', () => element.files.every(({ status }) => status === 'failed'));
    await until('the sentence', () => alertText(element).startsWith(SENTENCE));
    element.sign = endpoint({ url: servers.endpoint });
    await element.updateComplete;
    const stored = nextEvent(element, 'upload-complete');
    // a visitor can do nothing about it, so that no button offers another attempt
    expect(allByRole(element, 'button', /^Retry/)).to.deep.equal([]);
    element.retry();
    expect((await stored).detail.done).to.have.length(2);
    await until('no sentence', () => alertText(element) === '');
  });

  describe('that only one of several files has', () => {
    const refused: Fault = {
      ...{ do: 'answer', status: 403, times: 1 },
      body: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
    };
    const ownText = /The server refused this file\. Try another file, or contact the site's owner\.$/;
    const shown = (element: S3UploaderElement): string =>
      rowTexts(element).find((text) => text.startsWith('refused.txt'))!;
    const create = (): Promise<S3UploaderElement> =>
      createElement(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);

    afterEach(() => servers.storage.reset());

    it('is of this file once another one is stored', async () => {
      await servers.storage.setFaults(refused);
      const element = await create();
      await element.add([textFile('refused.txt')]);
      await until('the sentence', () => alertText(element) === `${SENTENCE} (error: storage-refused).`);
      await element.add([textFile('a.txt'), textFile('b.txt')]);
      await until('the result', () => /2 uploaded\s·\s1 failed/.test(element.shadowRoot!.textContent));
      expect(shownText(element)).to.not.include(SENTENCE);
      expect(shown(element)).to.match(ownText);
      expect(allByRole(element, 'button', /^Retry/)).to.have.length(2);
      expect(printed).to.have.length(1);
      for (const { id, status } of element.files) if (status === 'done') element.removeFile(id);
      await until('one row', () => rowTexts(element).length === 1);
      expect(shownText(element), 'without the stored files').to.not.include(SENTENCE);
      expect(shown(element)).to.match(ownText);
    });

    it('is of this file while others can still be stored', async () => {
      await servers.storage.setFaults(refused);
      await servers.storage.setPace({ bytesPerSecond: 20_000 });
      const element = await create();
      await element.add([textFile('refused.txt'), textFile('a.txt', 45_000), textFile('b.txt', 45_000)]);
      await until('its text', () => ownText.test(shown(element)));
      element.pause();
      await until('the pause', () => rowTexts(element).filter((text) => text.includes('Paused')).length === 2);
      expect(shown(element)).to.match(ownText);
      expect(shownText(element)).to.not.include(SENTENCE);
      expect(element.files.map(({ status }) => status)).to.not.include('done');
      await until('the announcement', () => alertText(element).startsWith('refused.txt: The server refused'));
      element.clear();
    });

    it('is told once when three have it and none is stored, even if others still wait', async () => {
      await servers.storage.setFaults({ ...refused, times: 3 });
      await servers.storage.setPace({ bytesPerSecond: 20_000 });
      const element = await create();
      element.maxConcurrentUploads = 1;
      await element.add([...'abc'].map((name) => textFile(`${name}.txt`)).concat(textFile('d.txt', 60_000)));
      await until('the sentence', () => shownText(element).includes(`${SENTENCE} (error: storage-refused).`));
      expect(element.files[3]!.status).to.not.equal('done');
      await until('the rows', () => rowTexts(element).filter((text) => text.includes('Paused')).length === 3);
      element.clear();
    });
  });

  it('prints each distinct message once, and shows the first', async () => {
    const sign: Sign = async ([file]) =>
      file!.name === 'a.txt' ? failWith('cors', 'One.') : failWith('signer-clock', 'Two.');
    const element = await createWith(Object.assign(sign, { batchSize: 1 }));
    await element.add([textFile('a.txt'), textFile('b.txt'), textFile('c.txt')]);
    await until('the sentence', () => alertText(element) === `${SENTENCE} (error: cors).`);
    await until('the console', () => printed.length === 2);
    expect(printed[0]).to.include('One.');
    expect(printed[1]).to.include('Two.');
  });
});
