import { expect, fixture, html } from '@open-wc/testing';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { nextEvent } from '../fixtures/events.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { pick } from '../fixtures/user-input.ts';
import { nextFrames, until } from '../fixtures/wait.ts';

const focused = (element: S3UploaderElement): HTMLElement | null =>
  element.shadowRoot!.activeElement as HTMLElement | null;
/** Presses a key where the focus is. @returns whether the tag made use of it */
const press = (element: S3UploaderElement, key: string, more: KeyboardEventInit = {}): boolean =>
  !focused(element)!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
/** Activates a button as the keyboard does: it has the focus. */
const use = async (element: S3UploaderElement, name: string): Promise<void> => {
  const button = await until(name, () => byRole(element, 'button', name));
  button.focus();
  expect(focused(element)).to.equal(button);
  button.click();
};
const rowOf = (element: S3UploaderElement, name: string): HTMLElement =>
  allByRole(element, 'listitem').find((row) => row.textContent.includes(name))!;

describe('Focus', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  it('goes from the upload button to the first file, not to the pause button in its place', async () => {
    await servers.signer.setFaults({ do: 'swallow' });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple no-auto></s3-uploader>`,
    );
    await element.add(['a', 'b'].map((name) => textFile(name)));
    await use(element, 'Upload');
    await until('pause', () => byRole(element, 'button', 'Pause'));
    await until('the row', () => focused(element) === rowOf(element, 'a'));
    element.clear();
  });

  it('stays on the button that pauses and resumes all, and goes to the first file once all is stored', async () => {
    await servers.signer.setFaults({ do: 'swallow' });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`,
    );
    void element.add(['a', 'b'].map((name) => textFile(name)));
    await use(element, 'Pause');
    await until('resume', () => focused(element) === byRole(element, 'button', 'Resume'));
    const end = nextEvent(element, 'upload-complete');
    focused(element)!.click();
    await until('pause again', () => focused(element) === byRole(element, 'button', 'Pause'));
    await servers.signer.reset();
    await end;
    await until('the row', () => focused(element) === rowOf(element, 'a'));
  });

  it('goes from the cancel button to the first file', async () => {
    await servers.signer.setFaults({ do: 'swallow' });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`,
    );
    void element.add(['a', 'b'].map((name) => textFile(name)));
    await use(element, 'Cancel');
    await until('the row', () => focused(element) === rowOf(element, 'a'));
  });

  it('goes from a button that gives way to a chip to that chip, and back', async () => {
    const form = await fixture<HTMLFormElement>(
      html`<form>
        <s3-uploader endpoint=${servers.endpoint} layout="compact" no-auto name="file"></s3-uploader>
      </form>`,
    );
    const element = form.querySelector('s3-uploader')!;
    byRole(element, 'button', 'Choose a file')!.focus();
    pick(element, [textFile('a.txt')]);
    await until('the chip', () => focused(element) === rowOf(element, 'a.txt'));
    expect(byRole(element, 'button', 'Choose a file')).to.equal(undefined);
    // what keeps the form from being submitted is told where there is something to see
    focused(element)!.blur();
    await until('it to be invalid', () => !form.checkValidity());
    expect(element.reportValidity()).to.equal(false);
    await until('focus', () => focused(element) === byRole(element, 'button', 'Upload'));
    rowOf(element, 'a.txt').focus();
    press(element, 'Delete');
    await until('the button', () => focused(element) === byRole(element, 'button', 'Choose a file'));
  });

  it('of a compact tag that takes a folder stays on its button', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} layout="compact" no-auto directory></s3-uploader>`,
    );
    byRole(element, 'button', 'Choose a folder')!.focus();
    await element.add([textFile('a.txt')]);
    await until('the row', () => rowOf(element, 'a.txt'));
    await nextFrames(2);
    expect(focused(element)).to.equal(byRole(element, 'button', 'Choose a folder'));
    expect(element.matches(':state(full)')).to.equal(false);
  });
});

describe('Keys', () => {
  const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.txt`);
  const grid = async (dir = 'ltr'): Promise<S3UploaderElement> => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" multiple no-auto layout="grid" dir=${dir}></s3-uploader>`,
    );
    element.style.inlineSize = '360px'; // two columns
    await element.add(names.map((name) => textFile(name)));
    await until('two columns', () => {
      const [a, b, c] = names.map((name) => rowOf(element, name)?.getBoundingClientRect());
      return a && b && c && a.top === b.top && c.top > a.top;
    });
    rowOf(element, 'a.txt').focus();
    return element;
  };
  const walk = (element: S3UploaderElement, ...keys: string[]): string[] =>
    keys.map((key) => {
      press(element, key);
      return focused(element)!.querySelector('.name')!.textContent.trim();
    });

  it('move through a grid by rows and columns, and to its ends', async () => {
    const element = await grid();
    expect(walk(element, 'ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp')).to.deep.equal(
      ['b', 'd', 'c', 'a'].map((name) => `${name}.txt`),
    );
    // down from above an empty cell is the last file; further there is nothing
    expect(walk(element, 'End', 'Home', 'ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowDown')).to.deep.equal(
      ['e', 'a', 'b', 'd', 'e', 'e'].map((name) => `${name}.txt`),
    );
    await expect(element).to.be.accessible();
  });

  it('move the other way where one reads from right to left', async () => {
    const element = await grid('rtl');
    expect(walk(element, 'ArrowLeft', 'ArrowDown', 'ArrowRight')).to.deep.equal(
      ['b', 'd', 'c'].map((name) => `${name}.txt`),
    );
  });

  it('reach the last of thousands, which is drawn for it', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" multiple no-auto></s3-uploader>`,
    );
    await element.add(Array.from({ length: 2000 }, (_, i) => textFile(`file-${i}.txt`)));
    (await until('a row', () => rowOf(element, 'file-0.txt'))).focus();
    press(element, 'End');
    expect(focused(element)!.textContent).to.contain('file-1999.txt');
    press(element, 'ArrowUp');
    expect(focused(element)!.textContent).to.contain('file-1998.txt');
    await nextFrames(2);
    const { top, bottom } = focused(element)!.getBoundingClientRect();
    const list = byRole(element, 'list')!.getBoundingClientRect();
    expect(top).to.be.at.least(list.top - 1);
    expect(bottom).to.be.at.most(list.bottom + 1);
  });

  it('with a modifier are the browser’s own', async () => {
    const element = await grid();
    for (const more of [{ altKey: true }, { ctrlKey: true }, { metaKey: true }]) {
      for (const key of ['ArrowRight', 'Delete', 'End']) expect(press(element, key, more)).to.equal(false);
    }
    expect(element.files).to.have.length(names.length);
  });

  it('remove a file, on a Mac by Backspace too, which is its Delete', async () => {
    const element = await grid();
    expect(press(element, 'Backspace')).to.equal(false);
    Object.defineProperty(navigator, 'platform', { configurable: true, get: () => 'MacIntel' });
    try {
      expect(press(element, 'Backspace')).to.equal(true);
    } finally {
      Reflect.deleteProperty(navigator, 'platform');
    }
    await until('the next file', () => focused(element)?.textContent.includes('b.txt'));
    expect(element.files.map(({ name }) => name)).to.deep.equal(names.slice(1));
  });
});

describe('A disabled tag with files', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const isDisabled = (element: S3UploaderElement, name: string): boolean | undefined =>
    (byRole(element, 'button', name) as HTMLButtonElement | undefined)?.disabled;

  for (const [how, disable] of [
    ['itself', (element: S3UploaderElement, is: boolean) => (element.disabled = is)],
    ['by its fieldset', (element: S3UploaderElement, is: boolean) => (element.closest('fieldset')!.disabled = is)],
  ] as const) {
    it(`keeps its value, ${how}: nothing can be removed, tried again or started`, async () => {
      const fieldset = await fixture<HTMLFieldSetElement>(
        html`<fieldset><s3-uploader endpoint=${servers.endpoint} multiple no-auto></s3-uploader></fieldset>`,
      );
      const element = fieldset.querySelector('s3-uploader')!;
      await element.add(['stored.txt', 'canceled.txt', 'ready.txt'].map((name) => textFile(name)));
      const [stored, canceled] = element.files;
      element.upload(stored!.id);
      await nextEvent(element, 'upload-success');
      element.cancel(canceled!.id);
      const buttons = [...['Remove stored.txt', 'Remove canceled.txt', 'Try canceled.txt again', 'Upload']];
      await until('the buttons', () => buttons.every((name) => isDisabled(element, name) === false));
      disable(element, true);
      await until('disabled buttons', () => buttons.every((name) => isDisabled(element, name)));
      rowOf(element, 'stored.txt').focus();
      press(element, 'Delete');
      press(element, 'ArrowDown');
      expect(focused(element)).to.equal(rowOf(element, 'canceled.txt'));
      press(element, 'Delete');
      expect(element.files).to.have.length(3);
      await expect(element).to.be.accessible();
      disable(element, false);
      await until('the buttons', () => buttons.every((name) => isDisabled(element, name) === false));
    });
  }

  it('goes on with what is under way, which can be paused, resumed and canceled', async () => {
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.1 }, method: 'PUT' });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`,
    );
    void element.add([textFile('film.mp4', 20_000_000)]);
    await until('pause', () => byRole(element, 'button', 'Pause film.mp4'));
    element.disabled = true;
    await element.updateComplete;
    for (const action of ['Pause', 'Resume', 'Cancel']) await use(element, `${action} film.mp4`);
    await until('the end', () => element.files[0]?.status === 'canceled');
  });
});
