import { expect, html } from '@open-wc/testing';
import { computeAccessibleDescription, computeAccessibleName } from 'dom-accessibility-api';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { createElement } from '../fixtures/create-element.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole, statusText } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';

const focusedRow = (element: S3UploaderElement): string =>
  element.shadowRoot!.activeElement?.querySelector('.unseen')?.textContent ?? '';
const press = (element: S3UploaderElement, key: string, more: KeyboardEventInit = {}): boolean =>
  !element.shadowRoot!.activeElement!.dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }),
  );

describe('With a keyboard', () => {
  it('F8 moves to the next failed file, Shift+F8 to the previous one, and both wrap around', async () => {
    const element = await createElement(
      html`<s3-uploader endpoint="/sign" multiple no-auto max-file-size="100"></s3-uploader>`,
    );
    const names = Array.from({ length: 60 }, (_, i) => `${i}.txt`);
    await element.add(names.map((name, i) => textFile(name, [10, 30, 59].includes(i) ? 101 : 12)));
    await until('all files', () => allByRole(element, 'listitem')[0]?.ariaSetSize === '60');
    byRole(element, 'button', 'Upload 57 files')!.focus();
    const visited = ['F8', 'F8', 'F8', 'F8'].map((key) => press(element, key) && focusedRow(element));
    expect(visited).to.deep.equal(['10.txt', '30.txt', '59.txt', '10.txt']);
    expect(press(element, 'F8', { shiftKey: true })).to.equal(true);
    expect(focusedRow(element)).to.equal('59.txt');
  });

  it('the list says which keys work', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" multiple no-auto></s3-uploader>`);
    await element.add([textFile('a.txt')]);
    const list = await until('the list', () => byRole(element, 'list'));
    expect(computeAccessibleDescription(list)).to.equal(
      'The arrow keys move between files, F8 moves to the next failed file, and Delete removes a file from the list.',
    );
  });
});

describe('A screen reader', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.signer.reset(), servers.storage.reset()]));
  after(() => servers.close());

  it('reads no name twice, and a name without a space before its extension', async () => {
    const element = await createElement(html`<s3-uploader endpoint="/sign" multiple no-auto></s3-uploader>`);
    await element.add([textFile('Quarterly report.pdf')]);
    const row = await until('the row', () => byRole(element, 'listitem'));
    const read = [...row.querySelectorAll('.name > :not([aria-hidden])')].map(({ textContent }) => textContent);
    expect(read).to.deep.equal(['Quarterly report.pdf']);
    for (const button of allByRole(element, 'button')) {
      if (button.title) expect(button.title, 'an equal label is read, too').to.not.equal(button.ariaLabel);
      expect(computeAccessibleName(button).split('Quarterly report.pdf').length).to.be.at.most(2);
    }
  });

  it('is told that files were paused, go on, and were canceled', async () => {
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.1 }, method: 'PUT' });
    for (const [count, pauseButton, paused, resumeButton, resumed, cancelButton, canceled] of [
      [1, 'Pause 0.mp4', 'One file paused', 'Resume 0.mp4', 'Upload of one file continues', 'Cancel 0.mp4', 'One file'],
      [
        2,
        'Pause all (2)',
        '2 files paused',
        'Resume all (2)',
        'Upload of 2 files continues',
        'Cancel all (2)',
        '2 files',
      ],
    ] as const) {
      const element = await createElement(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);
      await element.add(Array.from({ length: count }, (_, i) => textFile(`${i}.mp4`, 20_000_000, 'video/mp4')));
      for (const [button, news] of [
        [pauseButton, paused],
        [resumeButton, resumed],
        [cancelButton, `${canceled} canceled`],
      ] as const) {
        (await until(button, () => byRole(element, 'button', button))).click();
        await until(news, () => statusText(element).includes(news));
      }
    }
  });

  it('hears the number of files in the buttons for all', async () => {
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.1 } });
    const element = await createElement(html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`);
    await element.add(['a', 'b', 'c'].map((name) => textFile(`${name}.mp4`, 20_000_000, 'video/mp4')));
    const pause = await until('pause', () => byRole(element, 'button', 'Pause all (3)'));
    // the name begins with what is seen, which speech control needs
    expect(pause.textContent.trim()).to.equal('Pause all');
    expect(byRole(element, 'button', 'Cancel all (3)')).to.not.equal(undefined);
    element.clear();
  });
});
