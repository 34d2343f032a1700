import { expect, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { createElement } from '../fixtures/create-element.ts';
import type { Fault } from '../helpers/faults.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { alertText, allByRole, byRole, rowTexts } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

const noticeText = (element: S3UploaderElement): string =>
  element.shadowRoot!.querySelector('[part=total] .status')?.textContent ?? '';

describe('A signer that does not answer', () => {
  let servers: RemoteServers;

  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => servers.signer.reset());
  after(() => servers.close());

  const failures: Record<string, Fault> = {
    'responds with 500': { do: 'answer', status: 500, headers: { 'retry-after': '60' } },
    'closes the connection': { do: 'cut', at: { bytes: 0 }, method: '*' },
  };
  for (const [failure, fault] of Object.entries(failures)) {
    it(`is one state of all files, and the button tries again now, if it ${failure}`, async () => {
      await servers.signer.setFaults(fault);
      const element = await createElement(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);
      await element.add([textFile('a.txt'), textFile('b.txt'), textFile('c.txt'), textFile('d.txt')]);
      await until('the state', () => noticeText(element).startsWith("The server isn't answering."));
      await until('the countdown', () =>
        /^The server isn't answering. Next try in \d+\ss\.$/.test(noticeText(element)),
      );
      await until('the rows', () => rowTexts(element).every((text) => text.endsWith('txt Waiting · 12 bytes')));
      expect(allByRole(element, 'button', 'Try now')).to.have.length(1);
      expect(element.shadowRoot!.textContent).to.not.include('Connection lost');
      expect(alertText(element)).to.equal('');
      await expect(element).to.be.accessible();
      await servers.signer.reset();
      const complete = nextEvent(element, 'upload-complete');
      byRole(element, 'button', 'Try now')!.click();
      expect((await complete).detail.done).to.have.length(4);
      await until('no state', () => noticeText(element).startsWith('4 uploaded'));
    });
  }
});
