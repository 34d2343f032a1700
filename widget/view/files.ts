import { html, render } from 'lit';
import type { UploadItem } from '../core/item.ts';
import type { Uploader } from '../core/uploader.ts';
import type { RELAYED } from '../element/events.ts';
import { enFiles } from '../locales/en-files.ts';
import { en } from '../locales/en.ts';
import type { Labels } from '../locales/labels.ts';
import type { MakeThumbnail } from '../media/thumbnail.ts';
import { Announcer, listNames } from './announcer.ts';
import { errorText } from './error-text.ts';
import type { FileTemplateFields } from './file-template-fields.ts';
import { filesCss } from './files.css.ts';
import type { UploaderHost } from './host.ts';
import { onListKey } from './list-keys.ts';
import { createVirtualList, type VirtualList } from './list.ts';
import { Localizer } from './localizer.ts';
import { overallProgress, type OverallAction } from './overall-progress.ts';
import type { Previews } from './preview.ts';
import { type Action, row } from './row.ts';
import { SpeedMeter } from './speed-meter.ts';
import { summarize } from './summary.ts';

/** Minimum width of a file in the grid layout, in CSS pixels. */
const GRID_CELL_PX = 144;

/** The members of an event's detail that an announcement needs. */
interface AnnouncedDetail {
  readonly id?: string;
  readonly name?: string;
  readonly done?: readonly string[];
}

export interface FilesViewOptions {
  readonly host: UploaderHost;
  readonly queue: Uploader;
  /** The page's own content of each row, if there is any. */
  readonly fields: FileTemplateFields | undefined;
  readonly thumbnail: MakeThumbnail;
  /** The element's shadow root; the view draws into its `.files`. */
  readonly root: ShadowRoot;
  readonly internals: ElementInternals;
}

/**
 * The files of an element: overall progress, rows, and announcements to screen readers. It is a lazy chunk, loaded when a
 * visitor first points at the element, focuses it or drops files: no file is shown before.
 */
export class FilesView {
  readonly #options: FilesViewOptions;
  readonly #announcer = new Announcer(
    () => this.#localizer,
    () => this.update(),
  );
  readonly #speedMeter = new SpeedMeter();
  readonly #container: HTMLElement;
  #localizer = new Localizer('en', { ...en, ...enFiles });
  #list?: VirtualList;
  #previews?: Previews;
  /** Whether the present run has a single file, whose row then shows the speed. */
  #hasSingleFile = false;
  #isDisabled = false;
  /** Ids of files stored before the present run, which the overall progress leaves out. */
  #storedBefore: ReadonlySet<string> = new Set();

  constructor(options: FilesViewOptions) {
    this.#options = options;
    const { fields, queue, root } = options;
    if (fields) fields.queue = queue;
    root.adoptedStyleSheets.push(filesCss.styleSheet!);
    this.#container = root.querySelector('.files')!;
  }

  /** Shows everything in a language. Texts that `labels` lacks are English. */
  setLanguage(lang: string, labels: Partial<Labels>): void {
    this.#localizer = new Localizer(lang, { ...en, ...enFiles, ...labels });
    this.#container.lang = lang;
    this.redraw();
  }

  /** Redraws all rows, as after a change of layout. */
  redraw(): void {
    this.update();
    this.#list?.show(this.#options.host.files, true);
  }

  /** Draws what has changed. */
  update(): void {
    const { root, host, fields } = this.#options;
    const focused = root.activeElement as HTMLElement | null;
    const isDisabled = host.matches(':disabled');
    const hasDisabledChanged = isDisabled !== this.#isDisabled;
    this.#isDisabled = isDisabled;
    const { files } = host;
    const summary = summarize(files, this.#storedBefore);
    const localizer = this.#localizer;
    this.#speedMeter.update(summary.loaded, summary.active > 0);
    this.#hasSingleFile = summary.files === 1;
    this.#setStates(summary);
    const template = html`
      ${overallProgress(summary, { localizer, speedMeter: this.#speedMeter, act: this.#act, isDisabled })}
      <ul
        part="list"
        role="list"
        aria-label=${localizer.term('files')}
        ?hidden=${!files.length}
        @keydown=${(event: KeyboardEvent) => onListKey(event, this.#list!, isDisabled ? undefined : (id) => host.remove(id))}
      ></ul>
      <div class="announcement" role="status">${this.#announcer.polite}</div>
      <div class="announcement" role="alert">${this.#announcer.urgent}</div>
    `;
    render(template, this.#container);
    this.#list ??= this.#createList();
    fields?.sync();
    this.#list.show(files, hasDisabledChanged);
    // a button of the overall progress, or that of a full compact element, may have been removed with the focus on it
    if (focused && !focused.closest('li') && !focused.offsetParent) this.#list.focus();
  }

  /** The first file whose fields are incomplete. */
  get held(): FileTemplateFields['held'] {
    return this.#options.fields?.held;
  }

  /** Starts files that wait for it, or retries failed ones. Files with incomplete fields wait on, and say why. */
  begin(how: 'start' | 'retry', id?: string): void {
    const { host, queue, fields } = this.#options;
    // the fields of a policy form are sent with each file
    const form = host.querySelector<HTMLFormElement>('form[slot=form], [slot=form] form');
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

  /** Announces files that were added. */
  tellAdded(items: readonly UploadItem[]): void {
    this.#announcer.addCount('added', items.filter(({ status }) => status !== 'rejected').length);
  }

  /** Announces unfinished uploads of an earlier page whose files the visitor must choose again. */
  announceUnfinished(): void {
    const missing = this.#options.host.files.flatMap((item) =>
      item.status === 'paused' && item.error?.code === 'file-missing' ? item.name : [],
    );
    if (missing.length) this.announce(`${listNames(missing, this.#localizer)}: ${this.#localizer.term('pick-again')}`);
  }

  /** Announces an event of the queue, if it is one to announce. */
  hear(type: (typeof RELAYED)[number], { id = '', name = '', done = [] }: AnnouncedDetail): void {
    const announcer = this.#announcer;
    if (type === 'file-reject' || type === 'upload-error') {
      const item = this.#options.queue.item(id);
      if (item && 'error' in item && item.error)
        announcer.addError(`${name}: ${errorText(item.error, this.#localizer)}`);
    } else if (type === 'file-remove') announcer.addRemoved(name, 'removed');
    else if (type === 'delete-error') announcer.addRemoved(name, 'undeleted');
    else if (type === 'auth-required') announcer.add(this.#localizer.term(type), 'warnings');
    else if (type === 'upload-complete') {
      announcer.addCount('done', done.length);
      const { files } = this.#options.host;
      this.#storedBefore = new Set(files.flatMap(({ id, status }) => (status === 'done' ? id : [])));
      this.update();
    }
  }

  /** Announces a sentence to screen readers, politely. */
  announce(sentence: string): void {
    this.#announcer.add(sentence);
  }

  readonly #act = (action: Action | OverallAction, id?: string): void => {
    const { host } = this.#options;
    if (action === 'upload') host.upload();
    else if (action === 'remove') host.remove(id!);
    else host[action](id);
  };

  #createList(): VirtualList {
    const { host, root, fields } = this.#options;
    return createVirtualList({
      ul: this.#container.querySelector('ul')!,
      draw: (item) => this.#draw(item),
      onEnter: (item, li) => {
        fields?.enter(item);
        this.#preview(item, li);
      },
      minCellWidth: () => (host.layout === 'grid' ? GRID_CELL_PX : 0),
      onFocusWithoutRows: () => root.querySelector('button')?.focus(),
    });
  }

  #draw(item: UploadItem): unknown {
    const { host, fields } = this.#options;
    return row(item, {
      localizer: this.#localizer,
      act: this.#act,
      speedMeter: this.#hasSingleFile ? this.#speedMeter : undefined,
      layout: host.layout,
      isExtended: !!fields?.has(item),
      incomplete: fields?.message(item),
      isDisabled: this.#isDisabled,
    });
  }

  #preview({ file, type, picture }: UploadItem, li: HTMLElement): void {
    const { host, thumbnail } = this.#options;
    const slot = li.querySelector('.thumbnail');
    if (picture && !slot?.querySelector('img')) {
      slot?.append(Object.assign(new Image(), { src: picture, alt: '', loading: 'lazy' }));
    }
    if (!file || !slot || host.noPreviews || !/^image|^video|octet/.test(type)) return;
    void import('./preview.ts').then(
      ({ Previews }) => (this.#previews ??= new Previews(thumbnail)).show(file, slot),
      () => {}, // the icon stays
    );
  }

  /** Sets the states that a page's styles see as `:state(uploading)` and so on. */
  #setStates({ active, paused, offline, counted }: ReturnType<typeof summarize>): void {
    const { host, internals } = this.#options;
    const wasOffline = internals.states.has('offline');
    const full = counted >= (host.maxFiles ?? (host.multiple || host.directory ? Infinity : 1));
    const filled = host.files.some(({ status }) => status !== 'rejected');
    const states = { uploading: active, paused: paused && !active, offline, filled, full };
    for (const [name, isOn] of Object.entries(states)) internals.states[isOn ? 'add' : 'delete'](name);
    if (offline && !wasOffline) this.announce(this.#localizer.term('offline'));
  }
}
