import { html, render } from 'lit';
import type { UploadItem } from '../core/item.ts';
import type { Limits } from '../core/limits.ts';
import type { Uploader } from '../core/uploader.ts';
import type { RelayedEvent } from '../element/events.ts';
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

/** The members of event details that announcements need. */
interface EventDetail {
  readonly id?: string;
  readonly name?: string;
  readonly done?: readonly string[];
}

export interface FilesViewOptions {
  readonly host: UploaderHost;
  readonly queue: Uploader;
  /** What the page adds to each row, if anything. */
  readonly fields: FileTemplateFields | undefined;
  readonly thumbnail: MakeThumbnail;
  readonly internals: ElementInternals;
  /** The limits that hold now. */
  readonly limits: () => Limits;
}

/**
 * The files of a tag: rows, the bar of all, and what is said of them. A chunk of its own, which loads when a visitor
 * reaches for the tag: the first file it shows is not there before.
 */
export class FilesView {
  readonly #options: FilesViewOptions;
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

  constructor(options: FilesViewOptions) {
    this.#options = options;
    const root = options.host.shadowRoot!;
    root.adoptedStyleSheets.push(filesCss.styleSheet!);
    this.#frame = root.querySelector('.files')!;
  }

  /** @param labels texts of that language; where it has none, English is used */
  setLanguage(lang: string, labels: Partial<Labels>): void {
    this.#words = new Localizer(lang, { ...en, ...enFiles, ...labels });
    this.#frame.lang = lang;
    this.redraw();
  }

  /** Draws all anew, as after a change of language or layout. */
  redraw(): void {
    this.update();
    this.#list?.show(this.#options.host.files, true);
  }

  update(): void {
    const { host, fields } = this.#options;
    const focused = host.shadowRoot!.activeElement as HTMLElement | null;
    const isDisabled = host.matches(':disabled');
    const isAnew = isDisabled !== this.#isDisabled;
    this.#isDisabled = isDisabled;
    const { files } = host;
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
        @keydown=${(event: KeyboardEvent) => onListKey(event, this.#list!, isDisabled ? undefined : (id) => host.removeFile(id))}
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

  /** Which of these files may start: those whose fields, and whose policy form, the visitor has filled in. */
  admit(files: readonly UploadItem[]): readonly UploadItem[] {
    const { host, fields } = this.#options;
    const form = host.querySelector<HTMLFormElement>('form[slot=form], [slot=form] form');
    if (form?.noValidate === false && !form.reportValidity()) return [];
    if (!fields) return files;
    const admitted = files.filter((item) => fields.admit(item));
    const refused = files.find((item) => !admitted.includes(item));
    if (refused) {
      this.redraw();
      this.#list!.reveal(refused.id);
      fields.report(refused);
    }
    return admitted;
  }

  /** Tells screen readers which files were added. */
  announceAdded(items: readonly UploadItem[]): void {
    this.#announcer.tell('added', items.filter(({ status }) => status !== 'rejected').length);
  }

  /** Tells screen readers which uploads of an earlier page wait for the visitor to pick their file again. */
  announceUnfinished(): void {
    const lost = this.#options.host.files.flatMap((item) =>
      item.status === 'paused' && item.error?.code === 'file-missing' ? item.name : [],
    );
    if (lost.length) this.announce(`${listed(lost, this.#words)}: ${this.#words.term('pick-again')}`);
  }

  /** Tells screen readers about an event of the queue, if there is something to tell. */
  announceEvent(type: RelayedEvent, { id = '', name = '', done = [] }: EventDetail): void {
    const announcer = this.#announcer;
    if (type === 'file-reject' || type === 'upload-error') {
      const item = this.#options.queue.item(id);
      if (item && 'error' in item && item.error) announcer.error(`${name}: ${errorText(item.error, this.#words)}`);
    } else if (type === 'file-remove') announcer.gone(name, 'removed');
    else if (type === 'delete-error') announcer.gone(name, 'undeleted');
    else if (type === 'auth-required') announcer.say(this.#words.term(type), 'warnings');
    else if (type === 'upload-complete') {
      announcer.tell('done', done.length);
      this.#settled = new Set(this.#options.host.files.flatMap(({ id, status }) => (status === 'done' ? id : [])));
      this.update();
    }
  }

  /** Says something to screen readers. */
  announce(text: string): void {
    this.#announcer.say(text);
  }

  #act(action: Action | OverallAction, id?: string): void {
    const { host } = this.#options;
    if (action === 'upload') host.upload();
    else if (action === 'remove') host.removeFile(id!);
    else host[action](id);
  }

  #makeList(): List {
    return list({
      ul: this.#frame.querySelector('ul')!,
      draw: (item) => this.#draw(item),
      entered: (item, li) => {
        this.#options.fields?.enter(item);
        this.#preview(item, li);
      },
      cell: () => (this.#options.host.layout === 'grid' ? CELL : 0),
      leave: () => this.#options.host.shadowRoot!.querySelector('button')?.focus(),
    });
  }

  #draw(item: UploadItem): unknown {
    const { host, fields } = this.#options;
    return row(item, {
      words: this.#words,
      act: (action, id) => this.#act(action, id),
      pace: this.#isAlone ? this.#pace : undefined,
      layout: host.layout,
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
    if (!file || !slot || this.#options.host.noPreviews || !/^image|^video|octet/.test(type)) return;
    void import('./preview.ts').then(
      ({ preview }) => preview(file, slot, this.#options.thumbnail),
      () => {}, // the icon stays
    );
  }

  #state({ active, paused, offline, kept }: ReturnType<typeof summarize>): void {
    const { host, internals, limits } = this.#options;
    const wasOffline = internals.states.has('offline');
    const { maxFiles, multiple } = limits();
    const full = kept >= (maxFiles ?? (multiple === false ? 1 : Infinity));
    const filled = host.files.some(({ status }) => status !== 'rejected');
    const now = { uploading: active, paused: paused && !active, offline, filled, full };
    for (const [name, isOn] of Object.entries(now)) internals.states[isOn ? 'add' : 'delete'](name);
    if (offline && !wasOffline) this.#announcer.say(this.#words.term('offline'));
  }
}
