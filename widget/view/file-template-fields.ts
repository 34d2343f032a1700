import { canSetMetadata, type UploadItem } from '../core/item.ts';
import type { Uploader } from '../core/uploader.ts';
import type { UploaderHost } from './host.ts';

/** A control of a form, be it the browser's own or a page's. */
type Control = HTMLInputElement;

interface Clone {
  readonly form: HTMLFormElement;
  /** As it was last seen. */
  item?: UploadItem;
  /** What the controls say, as far as it is known outside. */
  known?: UploadItem['metadata'];
  /** Controls that are disabled for as long as nothing can be said of the file. */
  readonly locked: Set<Control>;
}

/** Whether a name can be one of metadata; `name` and `path` are what the signer says of the file itself. */
const METADATA = /^(?!(name|path)$)[a-z\d-]{1,64}$/;

/** Attributes that name other elements by their ids. */
const REFERENCES = ['for', 'list', 'aria-labelledby', 'aria-describedby', 'aria-details', 'aria-controls'];

/**
 * What a page adds to each row: copies of its `<template slot="file">`, in the light DOM, where the page's styles and
 * scripts apply. Their named controls are the file's metadata. A copy is made when its row is first seen, and kept for as
 * long as the file: a list of ten thousand makes a few dozen.
 *
 * Each copy is a form of its own, so that its controls belong to no form around the tag, and its radio buttons to no other
 * copy.
 */
export class FileTemplateFields {
  /** Set before the first file. */
  queue!: Pick<Uploader, 'item' | 'setMetadata'>;
  readonly #tag: UploaderHost;
  readonly #template: HTMLTemplateElement;
  readonly #clones = new Map<string, Clone>();
  /** Stands for the copies that nobody has seen yet. */
  readonly #blank: HTMLFormElement;
  /** Files that were to start and may not yet: their rows say why. */
  readonly #asked = new Set<string>();

  constructor(tag: UploaderHost, template: HTMLTemplateElement) {
    this.#tag = tag;
    this.#template = template;
    this.#blank = this.#make('');
    // who is to fill in something, says when it is done
    if (controls(this.#blank).some(({ type, disabled }) => type !== 'hidden' && !disabled)) tag.noAuto = true;
  }

  /** What is wrong with the template and how to mend it; for the page's author, in English. */
  get problem(): string {
    const wrong = controls(this.#blank).find(({ name }) => !METADATA.test(name));
    return wrong
      ? `The control "${wrong.name}" in <template slot="file"> cannot be metadata. Write a name of a-z, 0-9 and "-", other than "name" and "path", as in name="title".`
      : '';
  }

  /** Whether the file's row has a copy: it is to be stored, or was here, and is not only known to be stored. */
  has(item: UploadItem): boolean {
    return item.status !== 'rejected' && !!(item.file ?? item.metadata);
  }

  /** The file's row is seen. */
  enter(item: UploadItem): void {
    if (!this.has(item) || this.#clones.has(item.id)) return;
    const clone: Clone = { form: this.#make(item.id), locked: new Set() };
    const { form } = clone;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (event.submitter) this.#tag.upload(item.id);
    });
    for (const type of ['input', 'change']) {
      form.addEventListener(type, () => {
        this.#commit(this.queue.item(item.id));
        this.#tag.requestUpdate();
      });
    }
    this.#clones.set(item.id, clone);
    this.#tag.append(form);
    this.#show(clone, item);
  }

  /** Brings the copies up to their files, and takes away those whose file is gone. */
  sync(): void {
    for (const [id, clone] of this.#clones) {
      const now = this.queue.item(id);
      if (now) {
        this.#show(clone, now);
        continue;
      }
      clone.form.remove();
      this.#clones.delete(id);
      this.#asked.delete(id);
    }
  }

  /** Why the file cannot start yet, in the browser's own words, once somebody has wanted it to. */
  message(item: UploadItem): string | undefined {
    const control = this.#asked.has(item.id) && this.#invalid(item);
    return control ? wordsOf(control) : undefined;
  }

  /** The first file that cannot start as it is: why, and where. */
  get held(): { item: UploadItem; message: string; control: HTMLElement | undefined } | undefined {
    const blank = controls(this.#blank).find(isInvalid);
    for (const item of this.#tag.files) {
      const form = this.#clones.get(item.id)?.form;
      const control = !(form ?? blank) || item.status === 'canceled' ? undefined : this.#invalid(item);
      // the browser can point only at what it shows
      if (control) return { item, message: wordsOf(control), control: form?.assignedSlot ? control : undefined };
    }
    return undefined;
  }

  /** Fixes what is said of a file that is to start. @returns whether it may */
  admit(item: UploadItem): boolean {
    if (this.#invalid(item)) {
      this.#asked.add(item.id);
      return false;
    }
    this.#asked.delete(item.id);
    this.#commit(item);
    return true;
  }

  /** Shows the browser's own words at the control that must be mended first. */
  report({ id }: UploadItem): void {
    const form = this.#clones.get(id)?.form;
    if (form) controls(form).find(isInvalid)?.reportValidity?.();
  }

  #formOf({ id }: UploadItem): HTMLFormElement {
    return this.#clones.get(id)?.form ?? this.#blank;
  }

  #invalid(item: UploadItem): Control | undefined {
    if (!this.has(item) || !canSetMetadata(item)) return undefined;
    return controls(this.#formOf(item)).find(isInvalid);
  }

  #commit(item: UploadItem | undefined): void {
    if (!item || !canSetMetadata(item) || !this.has(item)) return;
    const form = this.#formOf(item);
    const data = new FormData(form);
    const texts = (name: string): string[] =>
      data.getAll(name).flatMap((value) => (typeof value === 'string' ? value.trim() : []));
    const said = controls(form).map(({ name }): [string, string] => [name, texts(name).filter(Boolean).join(', ')]);
    this.queue.setMetadata(item.id, Object.fromEntries(said));
    const clone = this.#clones.get(item.id);
    if (clone) clone.known = this.queue.item(item.id)?.metadata;
  }

  #show(clone: Clone, item: UploadItem): void {
    const { form, locked, item: before } = clone;
    if (item === before) return;
    clone.item = item;
    form.dataset['status'] = item.status;
    // what was typed comes back as it was meant, and is left as it was typed
    if (item.metadata !== clone.known) {
      fill(form, item.metadata ?? {}, clone.known ?? {});
      clone.known = item.metadata;
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

  #make(id: string): HTMLFormElement {
    const { content } = this.#template;
    const form = document.createElement('form');
    // frameworks put the children into the template itself
    const parts = content.hasChildNodes() ? content : this.#template;
    form.append(...[...parts.childNodes].map((node) => document.importNode(node, true)));
    for (const element of form.querySelectorAll('[id]')) element.id += `-${id}`;
    for (const name of REFERENCES) {
      for (const element of form.querySelectorAll(`[${name}]`)) {
        const ids = element.getAttribute(name)!.split(' ');
        const own = ids.map((each) => (form.querySelector(`#${CSS.escape(`${each}-${id}`)}`) ? `${each}-${id}` : each));
        element.setAttribute(name, own.join(' '));
      }
    }
    form.noValidate = true;
    form.slot = `file-${id}`;
    form.dataset['file'] = id;
    // a page's own look of forms is not meant
    form.style.display = 'contents';
    return form;
  }
}

/** What has a name, and so a value. */
const controls = (form: HTMLFormElement): Control[] =>
  ([...form.elements] as Control[]).filter(
    ({ name, type }) => name && !/^(button|submit|reset|image|fieldset|output)$/.test(type),
  );

const isInvalid = (control: Control): boolean => control.matches(':invalid');

const wordsOf = ({ validationMessage, title, name }: Control): string => validationMessage || title || name;

type Texts = Readonly<Record<string, string>>;

/** Shows what is said of a file. What nothing was said of keeps what the template has. */
function fill(form: HTMLFormElement, metadata: Texts, before: Texts): void {
  // what is said no more is empty
  const texts = new Map([...Object.keys(before).map((name) => [name, ''] as const), ...Object.entries(metadata)]);
  for (const control of controls(form)) {
    const text = texts.get(control.name);
    if (text === undefined) continue;
    const { type } = control;
    // several are joined, and one may hold what joins them
    const isSaid = ({ value }: { value: string }): boolean => `, ${text}, `.includes(`, ${value.trim()}, `);
    if (type === 'radio') control.checked = control.value.trim() === text;
    else if (type === 'checkbox') control.checked = isSaid(control);
    else if (type === 'select-multiple') {
      for (const option of (control as unknown as HTMLSelectElement).options) option.selected = isSaid(option);
    } else if (type !== 'file' && control.value.trim() !== text) control.value = text;
  }
}
