import { expect, fixture, html } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import '../../widget/define.ts';
import type { S3UploaderElement } from '../../widget/element/s3-uploader.ts';
import { textFile } from '../fixtures/files.ts';
import { allByRole, byRole, statusText } from '../fixtures/queries.ts';
import { type RemoteServers, startRemoteServers } from '../fixtures/remote-servers.ts';
import { storeFile } from '../fixtures/store-file.ts';
import { holdUndoTime, type UndoTime } from '../fixtures/undo-time.ts';
import { nextFrames, until } from '../fixtures/wait.ts';

describe('The removal of a stored file', () => {
  let servers: RemoteServers;
  let time: UndoTime;
  before(async () => {
    servers = await startRemoteServers({ allowDelete: true });
  });
  beforeEach(async () => {
    await Promise.all([servers.storage.reset(), servers.signer.reset()]);
    time = holdUndoTime();
  });
  afterEach(() => time.release());
  after(() => servers.close());

  /** Creates an element in a form, with stored files of these names. */
  async function createElement(
    stored = ['a', 'b', 'c'],
    properties: Partial<S3UploaderElement> = {},
    content: unknown = undefined,
  ): Promise<{ element: S3UploaderElement; form: HTMLFormElement; keys: readonly string[] }> {
    const form = await fixture<HTMLFormElement>(
      html`<form><s3-uploader endpoint=${servers.endpoint} name="files" multiple>${content}</s3-uploader></form>`,
    );
    const element = form.querySelector('s3-uploader')!;
    Object.assign(element, properties);
    await element.updateComplete;
    await element.add(stored.map((name) => textFile(name)));
    element.upload();
    await until('the value', () => new FormData(form).getAll('files').length === stored.length);
    await until('the rows', () => allByRole(element, 'listitem').length === stored.length);
    return { element, form, keys: element.value };
  }
  const submitted = (form: HTMLFormElement): string => (new FormData(form).getAll('files') as string[]).join();
  const names = (element: S3UploaderElement): string => element.files.map(({ name }) => name).join();
  const button = (element: S3UploaderElement, name: string): Promise<HTMLElement> =>
    until(`the button ${name}`, () => byRole(element, 'button', name));
  const remove = async (element: S3UploaderElement, name: string): Promise<void> => {
    const there = await button(element, `Remove ${name}`);
    there.focus();
    there.click();
  };
  const notice = (element: S3UploaderElement): Element | null | undefined =>
    byRole(element, 'button', 'Undo')?.closest('[part=notice]');
  const noticeText = (element: S3UploaderElement): string | undefined =>
    notice(element)?.querySelector('.status')?.textContent;
  const untilNotice = (element: S3UploaderElement, text: string | undefined): Promise<unknown> =>
    until(`the notice ${text}`, () => noticeText(element) === text);
  const isStored = async (key: string): Promise<boolean> => !!(await servers.storedObject(key));
  const untilDeleted = (key: string): Promise<unknown> => until('the deletion', async () => !(await isStored(key)));
  const focused = (element: S3UploaderElement): HTMLElement =>
    (element.shadowRoot!.activeElement ?? element) as HTMLElement;
  /** Presses Ctrl+Z on an element. @returns whether it was handled */
  const pressUndo = (target: HTMLElement, more: KeyboardEventInit = { ctrlKey: true }): boolean =>
    !target.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'z', bubbles: true, composed: true, cancelable: true, ...more }),
    );

  it('takes the file out of the list and the value at once, and deletes it when it can no longer be undone', async () => {
    const { element, form, keys } = await createElement();
    await remove(element, 'b');
    expect(names(element)).to.equal('a,c');
    await until('the value', () => submitted(form) === `${keys[0]},${keys[2]}`);
    await untilNotice(element, 'b removed');
    expect(byRole(element, 'button', 'Undo')!.part.contains('undo')).to.equal(true);
    await until('the next row', () => focused(element).textContent.includes('c'));
    await expect(element).to.be.accessible();
    expect(time.left()).to.deep.equal([8000]);
    expect(await isStored(keys[1]!)).to.equal(true);
    time.end();
    await untilDeleted(keys[1]!);
    await untilNotice(element, undefined);
    expect(pressUndo(focused(element))).to.equal(false);
    expect(names(element)).to.equal('a,c');
  });

  it('is undone by the button: the file has its place, id and value again, and its row the focus', async () => {
    const { element, form, keys } = await createElement();
    const before = element.files;
    const events: string[] = [];
    await remove(element, 'b');
    await untilNotice(element, 'b removed');
    await until('the announcement', () => statusText(element).endsWith('b removed'));
    await until('the value', () => new FormData(form).getAll('files').length === 2);
    for (const type of ['input', 'change'] as const) element.addEventListener(type, () => events.push(type));
    element.addEventListener('file-restore', ({ type, detail }) => events.push(`${type} ${detail.key} ${detail.id}`));
    (await button(element, 'Undo')).click();
    expect(element.files).to.deep.equal(before);
    await until('the value', () => submitted(form) === keys.join());
    expect(events).to.deep.equal([`file-restore ${keys[1]} ${before[1]!.id}`, 'input', 'change']);
    await until('the focus', () => focused(element) === allByRole(element, 'listitem')[1]);
    await untilNotice(element, undefined);
    await until('the announcement', () => statusText(element).endsWith('b is back in the list'));
    time.end();
    await element.deleteRemoved();
    for (const key of keys) expect(await isStored(key)).to.equal(true);
  });

  it('is undone with those before by one press of the button', async () => {
    const { element } = await createElement(['a', 'b', 'c', 'd', 'e']);
    for (const name of ['b', 'a', 'd', 'e']) await remove(element, name);
    await untilNotice(element, '4 files removed');
    expect(time.left()).to.deep.equal([8000]);
    (await button(element, 'Undo')).click();
    expect(names(element)).to.equal('a,b,c,d,e');
    await until('the focus', () => focused(element) === allByRole(element, 'listitem')[0]);
    await until('the announcement', () => statusText(element).endsWith('4 files added'));
  });

  it('is undone by Ctrl+Z or ⌘Z, the last one first', async () => {
    const { element } = await createElement();
    await remove(element, 'b');
    await until('the next row', () => focused(element).textContent.includes('c'));
    focused(element).dispatchEvent(new KeyboardEvent('keydown', { key: 'Delete', bubbles: true }));
    await untilNotice(element, '2 files removed');
    for (const more of [{}, { ctrlKey: true, shiftKey: true }, { ctrlKey: true, altKey: true }])
      expect(pressUndo(focused(element), more)).to.equal(false);
    expect(pressUndo(focused(element))).to.equal(true);
    expect(names(element)).to.equal('a,c');
    await until('the focus', () => focused(element).textContent.includes('c'));
    await untilNotice(element, 'b removed');
    // a keyboard with Cyrillic letters
    expect(pressUndo(focused(element), { key: 'я', code: 'KeyZ', metaKey: true })).to.equal(true);
    expect(names(element)).to.equal('a,b,c');
    expect(pressUndo(focused(element))).to.equal(false);
  });

  it('is not undone by a key in a text field of the page, which undoes what was typed there', async () => {
    const template = html`<template slot="file"><input name="caption" aria-label="Caption" /></template>`;
    const { element } = await createElement(['a', 'b'], {}, template);
    await remove(element, 'b');
    await untilNotice(element, 'b removed');
    const field = element.querySelector<HTMLInputElement>('input[name=caption]')!;
    expect(pressUndo(field)).to.equal(false);
    expect(names(element)).to.equal('a');
  });

  it('can be undone by the keyboard alone', async () => {
    const { element } = await createElement(['a']);
    await remove(element, 'a');
    await until('the focus', () => focused(element) === byRole(element, 'button', 'Choose files'));
    await untilNotice(element, 'a removed');
    await sendKeys({ press: 'Tab' });
    await until('the focus', () => focused(element) === byRole(element, 'button', 'Undo'));
    await sendKeys({ press: 'Enter' });
    await until('the file', () => names(element) === 'a');
    await until('the focus', () => focused(element) === byRole(element, 'listitem'));
  });

  for (const [how, enter, leave] of [
    ['the pointer is over its notice', 'pointerenter', 'pointerleave'],
    ['the focus is in its notice', 'focusin', 'focusout'],
  ] as const) {
    it(`can be undone for as long as ${how}`, async () => {
      const { element, keys } = await createElement(['a', 'b']);
      await remove(element, 'b');
      await untilNotice(element, 'b removed');
      notice(element)!.dispatchEvent(new Event(enter));
      expect(time.left()).to.deep.equal([]);
      await remove(element, 'a');
      await untilNotice(element, '2 files removed');
      expect(time.left()).to.deep.equal([]);
      notice(element)!.dispatchEvent(new Event(leave));
      const [left] = time.left();
      expect(left).to.be.within(7000, 8000);
      time.end();
      for (const key of keys) await untilDeleted(key);
    });
  }

  it('cannot be undone if the page removes it, or the file is not stored', async () => {
    const { element, keys } = await createElement(['a', 'b'], { noAuto: true });
    await element.add([textFile('unsent')]);
    await remove(element, 'unsent');
    element.removeFile(element.files[0]!.id);
    await untilDeleted(keys[0]!);
    await nextFrames(2);
    expect(notice(element)).to.equal(undefined);
    expect(pressUndo(focused(element))).to.equal(false);
    expect(names(element)).to.equal('b');
  });

  it('is final once the page closes: the requests outlive it', async () => {
    const existing = await storeFile(servers, 'c');
    const { element, keys } = await createElement(['a', 'b']);
    element.existing = [existing];
    await remove(element, 'b');
    await remove(element, 'c');
    await untilNotice(element, '2 files removed');
    const { fetch } = window;
    const kept: boolean[] = [];
    window.fetch = (target, init) => {
      if (target instanceof URL && target.pathname.endsWith('/delete')) kept.push(!!init?.keepalive);
      return fetch(target, init);
    };
    try {
      dispatchEvent(new PageTransitionEvent('pagehide'));
      // a page that closes runs no further task
      for (let i = 0; i < 50; i++) await Promise.resolve();
      expect(kept).to.deep.equal([true, true]);
      for (const key of [keys[1]!, existing.key]) await untilDeleted(key);
      await untilNotice(element, undefined);
    } finally {
      window.fetch = fetch;
    }
  });

  it('is final once the element has left the document', async () => {
    const { element, form, keys } = await createElement(['a', 'b']);
    await remove(element, 'b');
    await untilNotice(element, 'b removed');
    element.remove();
    form.append(element); // moved
    await nextFrames(2);
    expect(await isStored(keys[1]!)).to.equal(true);
    element.remove();
    await untilDeleted(keys[1]!);
  });

  it('is final once the page clears the list', async () => {
    const { element, keys } = await createElement(['a', 'b']);
    await remove(element, 'b');
    await untilNotice(element, 'b removed');
    element.clear();
    await untilDeleted(keys[1]!);
    await untilNotice(element, undefined);
    expect(await isStored(keys[0]!)).to.equal(true);
  });

  it('is final once another file has taken its place', async () => {
    for (const properties of [{ multiple: false }, { maxFiles: 1 }]) {
      const { element, keys } = await createElement(['a'], properties);
      await remove(element, 'a');
      await untilNotice(element, 'a removed');
      await element.add([textFile('b')]);
      await untilDeleted(keys[0]!);
      await untilNotice(element, undefined);
      expect(names(element)).to.equal('b');
    }
  });

  it('can be undone although other files were added, if there is room for all', async () => {
    const { element } = await createElement(['a', 'b'], { maxFiles: 3 });
    await remove(element, 'a');
    await untilNotice(element, 'a removed');
    await element.add([textFile('c')]);
    await until('the upload', () => element.files.every(({ status }) => status === 'done'));
    await nextFrames(2);
    (await button(element, 'Undo')).click();
    expect(names(element)).to.equal('a,b,c');
  });

  it('cannot be undone while the element is disabled', async () => {
    const { element } = await createElement(['a', 'b']);
    await remove(element, 'b');
    await untilNotice(element, 'b removed');
    element.disabled = true;
    await until('the disabled button', () => (byRole(element, 'button', 'Undo') as HTMLButtonElement).disabled);
    expect(pressUndo(allByRole(element, 'listitem')[0]!)).to.equal(false);
    expect(names(element)).to.equal('a');
  });
});
