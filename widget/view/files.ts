import { html, render } from 'lit';
import type { UploadItem } from '../core/item.ts';
import type { Uploader } from '../core/uploader.ts';
import type { RELAYED } from '../element/events.ts';
import { enFiles } from '../locales/en-files.ts';
import { en } from '../locales/en.ts';
import type { Labels } from '../locales/labels.ts';
import { Announcer, listed } from './announcer.ts';
import { errorText } from './error-text.ts';
import type { FileTemplateFields } from './file-template-fields.ts';
import { filesCss } from './files.css.ts';
import { onListKey } from './list-keys.ts';
import { type List, list } from './list.ts';
import { SpeedMeter } from './speed-meter.ts';
import { type Action, row } from './row.ts';
import { summarize } from './summary.ts';
import type { UploaderHost } from './host.ts';
import type { MakeThumbnail } from '../media/thumbnail.ts';
import { overallProgress, type OverallAction } from './overall-progress.ts';
import { Localizer } from './localizer.ts';

/** Pixels that a file needs at least, across, in a grid. */
const CELL = 144;

/** What is heard of an event: some of its detail. */
interface Heard {
  readonly id?: string;
  readonly name?: string;
  readonly done?: readonly string[];
}

export interface FilesHost {
  readonly tag: UploaderHost;
  readonly queue: Uploader;
  /** What the page adds to each row, if anything. */
  readonly fields: FileTemplateFields | undefined;
  readonly thumbnail: MakeThumbnail;
  readonly root: ShadowRoot;
  readonly internals: ElementInternals;
}

/**
 * The files of a tag: rows, the bar of all, and what is said of them. A chunk of its own, which loads when a visitor
 * reaches for the tag: the first file it shows is not there before.
 */
export class FilesView {
  readonly #host: FilesHost;
  readonly #announcer = new Announcer(
    () => this.#words,
    () => this.update(),
  );
  readonly #pace = new SpeedMeter();
  readonly #frame: HTMLElement;
  #words = new Localizer('en', { ...en, ...enFiles });
  #list: List | undefined;
  /** Whether one file runs by itself. */
  #isAlone = false;
  #isDisabled = false;
  /** Ids of files stored before the present run: its bar starts at nothing. */
  #settled: ReadonlySet<string> = new Set();

  constructor(host: FilesHost) {
    this.#host = host;
    if (host.fields) host.fields.queue = host.queue;
    host.root.adoptedStyleSheets.push(filesCss.styleSheet!);
    this.#frame = host.root.querySelector('.files')!;
  }

  /** Says everything in a language; where `labels` has no words, in English. */
  speak(lang: string, labels: Partial<Labels>): void {
    this.#words = new Localizer(lang, { ...en, ...enFiles, ...labels });
    this.#frame.lang = lang;
    this.redraw();
  }

  /** Draws all anew, as after a change of language or layout. */
  redraw(): void {
    this.update();
    this.#list?.show(this.#host.tag.files, true);
  }

  update(): void {
    const { root, tag, fields } = this.#host;
    const focused = root.activeElement as HTMLElement | null;
    const isDisabled = tag.matches(':disabled');
    const isAnew = isDisabled !== this.#isDisabled;
    this.#isDisabled = isDisabled;
    const { files } = tag;
    const summary = summarize(files, this.#settled);
    const words = this.#words;
    this.#pace.update(summary.loaded, summary.active > 0);
    this.#isAlone = summary.files === 1;
    this.#state(summary);
    const template = html`
      ${overallProgress(summary, words, this.#pace, (action) => this.#act(action), isDisabled)}
      <ul
        part="list"
        role="list"
        aria-label=${words.term('files')}
        ?hidden=${!files.length}
        @keydown=${(event: KeyboardEvent) => onListKey(event, this.#list!, isDisabled ? undefined : (id) => tag.remove(id))}
      ></ul>
      <div class="said" role="status">${this.#announcer.polite}</div>
      <div class="said" role="alert">${this.#announcer.urgent}</div>
    `;
    render(template, this.#frame);
    this.#list ??= this.#makeList();
    fields?.sync();
    this.#list.show(files, isAnew);
    // a button of the bar, or that of a compact tag that is full, may be gone with the focus on it
    if (focused && !focused.closest('li') && !focused.offsetParent) this.#list.focus();
  }

  /** The first file that waits for its fields to be filled in. */
  get held(): FileTemplateFields['held'] {
    return this.#host.fields?.held;
  }

  /** Lets go what waits for it, or has failed; what has fields to fill in still, waits on and says so. */
  begin(how: 'start' | 'retry', id?: string): void {
    const { tag, queue, fields } = this.#host;
    // what a policy form asks for goes with each file
    const form = tag.querySelector<HTMLFormElement>('form[slot=form], [slot=form] form');
    if (form?.noValidate === false && !form.reportValidity()) return;
    if (!fields) {
      queue[how](id);
      return;
    }
    const statuses = how === 'start' ? ['ready'] : id ? ['failed', 'canceled'] : ['failed'];
    const items = (id ? [queue.item(id)] : queue.items).filter((item) => item && statuses.includes(item.status));
    const held = (items as UploadItem[]).filter((item) => !fields.admit(item) || void queue[how](item.id));
    if (!held.length) return;
    this.redraw();
    this.#list!.reveal(held[0]!.id);
    fields.report(held[0]!);
  }

  /** Tells a screen reader of files that were added. */
  tellAdded(items: readonly UploadItem[]): void {
    this.#announcer.tell('added', items.filter(({ status }) => status !== 'rejected').length);
  }

  /** Tells a screen reader of what an earlier page has left unfinished and a visitor can give back. */
  tellUnfinished(): void {
    const lost = this.#host.tag.files.flatMap((item) =>
      item.status === 'paused' && item.error?.code === 'file-missing' ? item.name : [],
    );
    if (lost.length) this.say(`${listed(lost, this.#words)}: ${this.#words.term('pick-again')}`);
  }

  /** Tells a screen reader of an event of the queue's, where there is something to tell. */
  hear(type: (typeof RELAYED)[number], { id = '', name = '', done = [] }: Heard): void {
    const announcer = this.#announcer;
    if (type === 'file-reject' || type === 'upload-error') {
      const item = this.#host.queue.item(id);
      if (item && 'error' in item && item.error) announcer.error(`${name}: ${errorText(item.error, this.#words)}`);
    } else if (type === 'file-remove') announcer.gone(name, 'removed');
    else if (type === 'delete-error') announcer.gone(name, 'undeleted');
    else if (type === 'auth-required') announcer.say(this.#words.term(type), 'warnings');
    else if (type === 'upload-complete') {
      announcer.tell('done', done.length);
      this.#settled = new Set(this.#host.tag.files.flatMap(({ id, status }) => (status === 'done' ? id : [])));
      this.update();
    }
  }

  say(text: string): void {
    this.#announcer.say(text);
  }

  #act(action: Action | OverallAction, id?: string): void {
    const { tag } = this.#host;
    if (action === 'upload') tag.upload();
    else if (action === 'remove') tag.remove(id!);
    else tag[action](id);
  }

  #makeList(): List {
    return list({
      ul: this.#frame.querySelector('ul')!,
      draw: (item) => this.#draw(item),
      entered: (item, li) => {
        this.#host.fields?.enter(item);
        this.#preview(item, li);
      },
      cell: () => (this.#host.tag.layout === 'grid' ? CELL : 0),
      leave: () => this.#host.root.querySelector('button')?.focus(),
    });
  }

  #draw(item: UploadItem): unknown {
    const { tag, fields } = this.#host;
    return row(item, {
      words: this.#words,
      act: (action, id) => this.#act(action, id),
      pace: this.#isAlone ? this.#pace : undefined,
      layout: tag.layout,
      isExtended: !!fields?.has(item),
      held: fields?.message(item),
      isDisabled: this.#isDisabled,
    });
  }

  #preview({ file, type, picture }: UploadItem, li: HTMLElement): void {
    const slot = li.querySelector('.thumbnail');
    if (picture && !slot?.querySelector('img')) {
      slot?.append(Object.assign(new Image(), { src: picture, alt: '', loading: 'lazy' }));
    }
    if (!file || !slot || this.#host.tag.noPreviews || !/^image|^video|octet/.test(type)) return;
    void import('./preview.ts').then(
      ({ preview }) => preview(file, slot, this.#host.thumbnail),
      () => {}, // the icon stays
    );
  }

  #state({ active, paused, offline, kept }: ReturnType<typeof summarize>): void {
    const { tag, queue, internals } = this.#host;
    const wasOffline = internals.states.has('offline');
    const full = kept >= (tag.maxFiles ?? (queue.options.limits?.multiple === false ? 1 : Infinity));
    const filled = tag.files.some(({ status }) => status !== 'rejected');
    const now = { uploading: active, paused: paused && !active, offline, filled, full };
    for (const [name, isOn] of Object.entries(now)) internals.states[isOn ? 'add' : 'delete'](name);
    if (offline && !wasOffline) this.#announcer.say(this.#words.term('offline'));
  }
}
