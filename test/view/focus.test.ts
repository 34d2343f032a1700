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
/** Presses a key on the focused control. @returns whether the element handled it */
const press = (element: S3UploaderElement, key: string, more: KeyboardEventInit = {}): boolean =>
  !focused(element)!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
/** Activates a button as the keyboard does: it has focus. */
const activate = async (element: S3UploaderElement, name: string): Promise<void> => {
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

  it('moves from the upload button to the first file, not to the pause button in its place', async () => {
    await servers.signer.setFaults({ do: 'swallow' });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple no-auto></s3-uploader>`,
    );
    await element.add(['a', 'b'].map((name) => textFile(name)));
    await activate(element, 'Upload 2 files');
    await until('pause', () => byRole(element, 'button', 'Pause all (2)'));
    await until('the row', () => focused(element) === rowOf(element, 'a'));
    element.clear();
  });

  it('stays on the button that pauses and resumes all, and moves to the first file once all files are stored', async () => {
    await servers.signer.setFaults({ do: 'swallow' });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`,
    );
    void element.add(['a', 'b'].map((name) => textFile(name)));
    await activate(element, 'Pause all (2)');
    await until('resume', () => focused(element) === byRole(element, 'button', 'Resume all (2)'));
    const end = nextEvent(element, 'upload-complete');
    focused(element)!.click();
    await until('pause again', () => focused(element) === byRole(element, 'button', 'Pause all (2)'));
    await servers.signer.reset();
    await end;
    await until('the row', () => focused(element) === rowOf(element, 'a'));
  });

  it('moves from the cancel button to the first file', async () => {
    await servers.signer.setFaults({ do: 'swallow' });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`,
    );
    void element.add(['a', 'b'].map((name) => textFile(name)));
    await activate(element, 'Cancel all (2)');
    await until('the row', () => focused(element) === rowOf(element, 'a'));
  });

  it('moves from the choose button to the chip that replaces it, and back', async () => {
    const form = await fixture<HTMLFormElement>(
      html`<form>
        <s3-uploader endpoint=${servers.endpoint} layout="compact" no-auto name="file"></s3-uploader>
      </form>`,
    );
    const element = form.querySelector('s3-uploader')!;
    (await until('the button', () => byRole(element, 'button', 'Choose a file'))).focus();
    pick(element, [textFile('a.txt')]);
    await until('the chip', () => focused(element) === rowOf(element, 'a.txt'));
    expect(byRole(element, 'button', 'Choose a file')).to.equal(undefined);
    // reportValidity() shows the message on a visible control
    focused(element)!.blur();
    await until('an invalid form', () => !form.checkValidity());
    expect(element.reportValidity()).to.equal(false);
    await until('focus', () => focused(element) === byRole(element, 'button', 'Upload'));
    rowOf(element, 'a.txt').focus();
    press(element, 'Delete');
    await until('the button', () => focused(element) === byRole(element, 'button', 'Choose a file'));
  });

  it('moves to the chip when the styles of the compact layout arrive after the file', async () => {
    const form = await fixture<HTMLFormElement>(
      html`<form><s3-uploader endpoint=${servers.endpoint} no-auto name="file" required></s3-uploader></form>`,
    );
    const element = form.querySelector('s3-uploader')!;
    await element.add([textFile('a.txt')]);
    await until('the row', () => rowOf(element, 'a.txt'));
    byRole(element, 'button', 'Replace')!.focus();
    element.layout = 'compact';
    await until('the chip', () => focused(element) === rowOf(element, 'a.txt'));
  });

  it('stays on the button of a compact element that accepts a folder', async () => {
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
  const focusedNames = (element: S3UploaderElement, ...keys: string[]): string[] =>
    keys.map((key) => {
      press(element, key);
      return focused(element)!.querySelector('.name > [aria-hidden]')!.textContent.trim();
    });

  it('move the focus through a grid by rows and columns, and to its ends', async () => {
    const element = await grid();
    expect(focusedNames(element, 'ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp')).to.deep.equal(
      ['b', 'd', 'c', 'a'].map((name) => `${name}.txt`),
    );
    // ArrowDown above an empty cell moves to the last file, and then no further
    expect(focusedNames(element, 'End', 'Home', 'ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowDown')).to.deep.equal(
      ['e', 'a', 'b', 'd', 'e', 'e'].map((name) => `${name}.txt`),
    );
    await expect(element).to.be.accessible();
  });

  it('move the focus in the opposite direction in right-to-left text', async () => {
    const element = await grid('rtl');
    expect(focusedNames(element, 'ArrowLeft', 'ArrowDown', 'ArrowRight')).to.deep.equal(
      ['b', 'd', 'c'].map((name) => `${name}.txt`),
    );
  });

  it('move the focus to the last of thousands of files, whose row is then rendered', async () => {
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint="/sign" multiple no-auto></s3-uploader>`,
    );
    await element.add(Array.from({ length: 2000 }, (_, i) => textFile(`file-${i}.txt`)));
    const first = await until('a row', () => rowOf(element, 'file-0.txt'));
    await until('all files', () => first.ariaSetSize === '2000');
    first.focus();
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

  it('are left to the browser when they have a modifier', async () => {
    const element = await grid();
    for (const more of [{ altKey: true }, { ctrlKey: true }, { metaKey: true }]) {
      for (const key of ['ArrowRight', 'Delete', 'End']) expect(press(element, key, more)).to.equal(false);
    }
    expect(element.files).to.have.length(names.length);
  });

  it('remove a file: Delete everywhere, and Backspace on a Mac', async () => {
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

describe('A disabled element with files', () => {
  let servers: RemoteServers;
  before(async () => {
    servers = await startRemoteServers();
  });
  beforeEach(() => Promise.all([servers.storage.reset(), servers.signer.reset()]));
  after(() => servers.close());

  const isDisabled = (element: S3UploaderElement, name: string): boolean | undefined =>
    (byRole(element, 'button', name) as HTMLButtonElement | undefined)?.disabled;

  for (const [how, disable] of [
    ['by its own attribute', (element: S3UploaderElement, is: boolean) => (element.disabled = is)],
    ['by its fieldset', (element: S3UploaderElement, is: boolean) => (element.closest('fieldset')!.disabled = is)],
  ] as const) {
    it(`keeps its value when it is disabled ${how}: no file can be removed, retried or started`, async () => {
      const fieldset = await fixture<HTMLFieldSetElement>(
        html`<fieldset><s3-uploader endpoint=${servers.endpoint} multiple no-auto></s3-uploader></fieldset>`,
      );
      const element = fieldset.querySelector('s3-uploader')!;
      await element.add(['stored.txt', 'canceled.txt', 'ready.txt'].map((name) => textFile(name)));
      const [stored, canceled] = element.files;
      element.upload(stored!.id);
      await nextEvent(element, 'upload-success');
      element.cancel(canceled!.id);
      const buttons = [...['Remove stored.txt', 'Remove canceled.txt', 'Retry canceled.txt', 'Upload']];
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

  it('continues uploads in progress, which can be paused, resumed and canceled', async () => {
    await servers.storage.setFaults({ do: 'stall', at: { share: 0.1 }, method: 'PUT' });
    const element = await fixture<S3UploaderElement>(
      html`<s3-uploader endpoint=${servers.endpoint} multiple></s3-uploader>`,
    );
    void element.add([textFile('film.mp4', 20_000_000)]);
    await until('pause', () => byRole(element, 'button', 'Pause film.mp4'));
    element.disabled = true;
    await element.updateComplete;
    for (const action of ['Pause', 'Resume', 'Cancel']) await activate(element, `${action} film.mp4`);
    await until('the canceled file', () => element.files[0]?.status === 'canceled');
  });
});
