import { canSetMetadata, type UploadItem } from '../core/item.ts';
import type { Uploader } from '../core/uploader.ts';
import type { UploaderHost } from './host.ts';

/** A form control, built in or a custom element of the page. */
type Control = HTMLInputElement;

interface Copy {
  readonly form: HTMLFormElement;
  /** The file as it was last shown. */
  item?: UploadItem;
  /** The metadata that the controls and the queue had in common last. */
  synced?: UploadItem['metadata'];
  /** Controls that are disabled as long as the file's metadata cannot change. */
  readonly locked: Set<Control>;
}

/** Names that metadata can have. `name` and `path` are set by the signer. */
const METADATA_NAME = /^(?!(name|path)$)[a-z\d-]{1,64}$/;

/** Attributes that refer to other elements by id. */
const ID_REFERENCES = ['for', 'list', 'aria-labelledby', 'aria-describedby', 'aria-details', 'aria-controls'];

/**
 * The content that a page adds to each row: copies of its `<template slot="file">`. They are in the light DOM, where the
 * page's styles and scripts apply, and their named controls are the file's metadata. A copy is made when its row is first
 * drawn, and exists as long as the file. A list of ten thousand files makes a few dozen copies.
 *
 * Each copy is a form: its controls then belong neither to a form around the element nor to the radio groups of other copies.
 */
export class FileTemplateFields {
  readonly #host: UploaderHost;
  readonly #queue: Uploader;
  readonly #template: HTMLTemplateElement;
  readonly #copies = new Map<string, Copy>();
  /** A copy that is in no document. It is used for files whose copy is not made yet. */
  readonly #blank: HTMLFormElement;
  /** Ids of files that were started although they are incomplete. Their rows show a message. */
  readonly #started = new Set<string>();

  /** @param template the page's `<template slot="file">` */
  constructor(host: UploaderHost, queue: Uploader, template: HTMLTemplateElement) {
    this.#host = host;
    this.#queue = queue;
    this.#template = template;
    this.#blank = this.#copy('');
  }

  /** Whether a row has something to fill in, so that files wait for the visitor. */
  get needsInput(): boolean {
    return controlsOf(this.#blank).some(({ type, disabled }) => type !== 'hidden' && !disabled);
  }

  /** The template's problem and how to fix it, in English for the page's author; empty if there is none. */
  get problem(): string {
    const wrong = controlsOf(this.#blank).find(({ name }) => !METADATA_NAME.test(name));
    return wrong
      ? `The control "${wrong.name}" in <template slot="file"> cannot be metadata. Give it a name of a-z, 0-9 and "-", other than "name" and "path", as in name="title".`
      : '';
  }

  /** Whether the file's row has a copy: not for rejected files, nor for files of an earlier visit. */
  has(item: UploadItem): boolean {
    return item.status !== 'rejected' && !!(item.file ?? item.metadata);
  }

  /** Makes the file's copy, when its row is first drawn. */
  enter(item: UploadItem): void {
    if (!this.has(item) || this.#copies.has(item.id)) return;
    const copy: Copy = { form: this.#copy(item.id), locked: new Set() };
    const { form } = copy;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (event.submitter) this.#host.upload(item.id);
    });
    for (const type of ['input', 'change']) {
      form.addEventListener(type, () => {
        this.#commit(this.#queue.item(item.id));
        this.#host.requestUpdate();
      });
    }
    this.#copies.set(item.id, copy);
    this.#host.append(form);
    this.#show(copy, item);
  }

  /** Updates the copies from their files, and removes those whose file was removed. */
  sync(): void {
    for (const [id, copy] of this.#copies) {
      const item = this.#queue.item(id);
      if (item) {
        this.#show(copy, item);
        continue;
      }
      copy.form.remove();
      this.#copies.delete(id);
      this.#started.delete(id);
    }
  }

  /** The browser's message for a started file that is incomplete; undefined if it is complete or was not started. */
  message(item: UploadItem): string | undefined {
    const control = this.#started.has(item.id) && this.#firstInvalid(item);
    return control ? messageOf(control) : undefined;
  }

  /** The first incomplete file, with its message, and with its invalid control if that is rendered. */
  get firstIncomplete(): { item: UploadItem; message: string; control: HTMLElement | undefined } | undefined {
    const blank = controlsOf(this.#blank).find(isInvalid);
    for (const item of this.#queue.items) {
      const form = this.#copies.get(item.id)?.form;
      const control = !(form ?? blank) || item.status === 'canceled' ? undefined : this.#firstInvalid(item);
      // the browser shows its message only at a control that is rendered
      if (control) return { item, message: messageOf(control), control: form?.assignedSlot ? control : undefined };
    }
    return undefined;
  }

  /**
   * Prepares the start of a file: commits its metadata if it is complete, or else shows its message from then on.
   *
   * @returns whether the file is complete
   */
  prepareStart(item: UploadItem): boolean {
    if (this.#firstInvalid(item)) {
      this.#started.add(item.id);
      return false;
    }
    this.#started.delete(item.id);
    this.#commit(item);
    return true;
  }

  /** Shows the browser's message at the first invalid control of a file. */
  report({ id }: UploadItem): void {
    const form = this.#copies.get(id)?.form;
    if (form) controlsOf(form).find(isInvalid)?.reportValidity?.();
  }

  #formOf({ id }: UploadItem): HTMLFormElement {
    return this.#copies.get(id)?.form ?? this.#blank;
  }

  #firstInvalid(item: UploadItem): Control | undefined {
    if (!this.has(item) || !canSetMetadata(item)) return undefined;
    return controlsOf(this.#formOf(item)).find(isInvalid);
  }

  /** Passes the values of the controls to the queue. */
  #commit(item: UploadItem | undefined): void {
    if (!item || !canSetMetadata(item) || !this.has(item)) return;
    const form = this.#formOf(item);
    const data = new FormData(form);
    const texts = (name: string): string[] =>
      data.getAll(name).flatMap((value) => (typeof value === 'string' ? value.trim() : []));
    const metadata = controlsOf(form).map(({ name }): [string, string] => [
      name,
      texts(name).filter(Boolean).join(', '),
    ]);
    this.#queue.setMetadata(item.id, Object.fromEntries(metadata));
    const copy = this.#copies.get(item.id);
    if (copy) copy.synced = this.#queue.item(item.id)?.metadata;
  }

  #show(copy: Copy, item: UploadItem): void {
    const { form, locked, item: before } = copy;
    if (item === before) return;
    copy.item = item;
    form.dataset.status = item.status;
    // metadata from the controls is trimmed and joined: writing it back would change the visitor's input
    if (item.metadata !== copy.synced) {
      fill(form, item.metadata ?? {}, copy.synced ?? {});
      copy.synced = item.metadata;
    }
    const isLocked = !canSetMetadata(item);
    const focused = form.querySelector(':focus');
    for (const control of [...form.elements] as Control[]) {
      const isData = (control.name && control.type !== 'button') || control.type === 'submit';
      if (isLocked && isData && !control.disabled) {
        control.toggleAttribute('disabled', true);
        locked.add(control);
      } else if (!isLocked && locked.delete(control)) control.toggleAttribute('disabled', false);
    }
    if (focused?.matches(':disabled')) form.assignedSlot?.closest('li')?.focus();
  }

  /** Copies the template into a form. Ids, and references to them, get the file's id as a suffix. */
  #copy(id: string): HTMLFormElement {
    const { content } = this.#template;
    const form = document.createElement('form');
    // frameworks append children to the template element itself
    const parts = content.hasChildNodes() ? content : this.#template;
    form.append(...[...parts.childNodes].map((node) => document.importNode(node, true)));
    for (const element of form.querySelectorAll('[id]')) element.id += `-${id}`;
    for (const name of ID_REFERENCES) {
      for (const element of form.querySelectorAll(`[${name}]`)) {
        const ids = element.getAttribute(name)!.split(' ');
        const own = ids.map((each) => (form.querySelector(`#${CSS.escape(`${each}-${id}`)}`) ? `${each}-${id}` : each));
        element.setAttribute(name, own.join(' '));
      }
    }
    form.noValidate = true;
    form.slot = `file-${id}`;
    form.dataset.file = id;
    // the page's styles for forms then do not change the layout
    form.style.display = 'contents';
    return form;
  }
}

/** The controls with a name and a value. */
const controlsOf = (form: HTMLFormElement): Control[] =>
  ([...form.elements] as Control[]).filter(
    ({ name, type }) => name && !/^(button|submit|reset|image|fieldset|output)$/.test(type),
  );

const isInvalid = (control: Control): boolean => control.matches(':invalid');

const messageOf = ({ validationMessage, title, name }: Control): string => validationMessage || title || name;

type Texts = Readonly<Record<string, string>>;

/** Writes metadata into the controls. Controls that neither `metadata` nor `before` name keep the template's value. */
function fill(form: HTMLFormElement, metadata: Texts, before: Texts): void {
  // controls are emptied if the metadata no longer has their name
  const texts = new Map([...Object.keys(before).map((name) => [name, ''] as const), ...Object.entries(metadata)]);
  for (const control of controlsOf(form)) {
    const text = texts.get(control.name);
    if (text === undefined) continue;
    const { type } = control;
    // several values are joined by ', ', which a single value may contain too
    const isIncluded = ({ value }: { value: string }): boolean => `, ${text}, `.includes(`, ${value.trim()}, `);
    if (type === 'radio') control.checked = control.value.trim() === text;
    else if (type === 'checkbox') control.checked = isIncluded(control);
    else if (type === 'select-multiple') {
      for (const option of (control as unknown as HTMLSelectElement).options) option.selected = isIncluded(option);
    } else if (type !== 'file' && control.value.trim() !== text) control.value = text;
  }
}
