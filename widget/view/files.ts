import { html, nothing, render } from 'lit';
import type { UploadError } from '../core/errors.ts';
import type { RelayedEvent } from '../core/events.ts';
import type { UploadItem } from '../core/item.ts';
import type { Limits } from '../core/limits.ts';
import { type Load, loadOnce } from '../core/lazy.ts';
import type { Uploader } from '../core/uploader.ts';
import { enFiles } from '../locales/en-files.ts';
import type { MakeThumbnail } from '../media/thumbnail.ts';
import { Announcer } from './announcer.ts';
import type * as errors from './error-text.ts';
import type { FileTemplateFields } from './file-template-fields.ts';
import { filesCss } from './files.css.ts';
import type { UploaderHost } from './host.ts';
import { onListKey } from './list-keys.ts';
import { createVirtualList, type VirtualList } from './list.ts';
import type { Localizer } from './localizer.ts';
import { overallProgress, type OverallAction } from './overall-progress.ts';
import type { Previews } from './preview.ts';
import { RetryCountdown } from './retry-countdown.ts';
import { type Action, row } from './row.ts';
import { waitsForSigner } from './signer-wait.ts';
import { SpeedMeter } from './speed-meter.ts';
import { hasError, summarize, type Summary } from './summary.ts';

/** Minimum width of a file in the grid layout, in CSS pixels. */
const GRID_CELL_PX = 144;

/** The members of an event's detail that an announcement needs. */
interface AnnouncedDetail {
  readonly id?: string;
  readonly name?: string;
  readonly done?: readonly string[];
}

/** The dependencies of a {@link FilesView}. */
export interface FilesViewOptions {
  /** The element. */
  readonly host: UploaderHost;
  /** The queue of the element. */
  readonly queue: Uploader;
  /** The page's own content of each row; undefined if there is none. */
  readonly fields: FileTemplateFields | undefined;
  /** Makes the previews of pictures. */
  readonly thumbnail: MakeThumbnail;
  /** The internals of the element, whose states the view sets. */
  readonly internals: ElementInternals;
  /** Returns the limits that apply at present. */
  readonly limits: () => Limits;
}

/**
 * The files of an element: overall progress, rows, and announcements to screen readers. It is in a lazy chunk: no file is
 * shown before a visitor uses the element.
 */
export class FilesView {
  readonly #options: FilesViewOptions;
  readonly #announcer = new Announcer(
    () => this.#localizer,
    () => this.#requestUpdate(),
  );
  readonly #speedMeter = new SpeedMeter();
  readonly #countdown = new RetryCountdown(() => this.#requestUpdate());
  readonly #container: HTMLElement;
  /** The localizer of the element, without the English texts of files. */
  #elementLocalizer!: Localizer;
  #localizer!: Localizer;
  #list?: VirtualList;
  #previews?: Previews;
  /** The chunk with the texts of errors, loaded once a file has one. */
  #errors?: typeof errors;
  #errorsLoaded?: Promise<void>;
  #setupFaults?: errors.SetupFaults;
  #serverWait?: errors.ServerWait;
  /** Whether the present run has a single file, whose row then shows the speed. */
  #hasSingleFile = false;
  #isDisabled = false;
  #isUpdating = false;
  /** Whether the next update redraws all rows. */
  #isRedrawDue = false;
  /** Whether a file waits for the signer to respond. */
  #isSignerSilent = false;
  #notice = '';
  /** Ids of files stored before the present run, which the overall progress leaves out. */
  #storedBefore: ReadonlySet<string> = new Set();

  constructor(options: FilesViewOptions) {
    this.#options = options;
    const root = options.host.shadowRoot!;
    root.adoptedStyleSheets.push(filesCss.styleSheet!);
    this.#container = root.querySelector('.files')!;
    // the first number of a page takes 15 ms or more, which the first draw would wait for
    (window.requestIdleCallback ?? setTimeout)(() => this.#localizer.number(0));
  }

  /** Shows everything in a language. Texts that the localizer lacks are English. */
  setLanguage(localizer: Localizer): void {
    this.#elementLocalizer = localizer;
    this.#localizer = localizer.withEnglish({ ...enFiles, ...this.#errors?.enErrors });
    this.#container.lang = localizer.lang;
    this.redraw();
  }

  /** Has all rows redrawn, as after a change of layout. */
  redraw(): void {
    this.#isRedrawDue = true;
    this.#requestUpdate();
  }

  /** Draws all changes. The host calls it after its own update, so that nothing is drawn twice in a frame. */
  update(): void {
    const { host, fields } = this.#options;
    this.#isUpdating = true;
    const focused = host.shadowRoot!.activeElement as HTMLElement | null;
    const isDisabled = host.matches(':disabled');
    this.#isRedrawDue ||= isDisabled !== this.#isDisabled;
    this.#isDisabled = isDisabled;
    const { files } = host;
    const summary = summarize(files, this.#storedBefore);
    const localizer = this.#localizer;
    this.#speedMeter.update(summary.loaded, summary.active > 0);
    this.#countdown.update(summary.waiting);
    const waiting = summary.waiting.find(waitsForSigner);
    this.#isRedrawDue ||= this.#isSignerSilent !== !!waiting;
    this.#isSignerSilent = !!waiting;
    if (waiting || summary.hasErrors) void this.#loadErrors();
    this.#hasSingleFile = summary.files === 1;
    this.#setStates(summary);
    const template = html`
      ${overallProgress(summary, { localizer, speedMeter: this.#speedMeter, act: this.#act, isDisabled })}
      ${this.#serverWait?.template(waiting, localizer)}
      <ul
        part="list"
        role="list"
        aria-label=${localizer.term('files')}
        ?hidden=${!files.length}
        @keydown=${(event: KeyboardEvent) => onListKey(event, this.#list!, isDisabled ? undefined : (id) => host.removeFile(id))}
      ></ul>
      ${this.#notice ? html`<div part="notice" class="secondary">${this.#notice}</div>` : nothing}
      <div class="announcement" role="status">${this.#announcer.polite}</div>
      <div class="announcement" role="alert">${this.#announcer.urgent}</div>
    `;
    render(template, this.#container);
    this.#list ??= this.#createList();
    fields?.sync();
    this.#list.show(files, this.#isRedrawDue);
    this.#isRedrawDue = this.#isUpdating = false;
    // a button of the overall progress, or the button of a full compact element, may have been removed while it had focus
    if (focused && !focused.closest('li') && !focused.offsetParent) this.#list.focus();
  }

  /** Draws all files for the printer, or again only those in view. */
  print(isPrinting: boolean): void {
    this.#list?.print(isPrinting);
  }

  /** Scrolls a file into view, drawn as it is now. */
  reveal(id: string): void {
    this.#isRedrawDue = true;
    this.update();
    this.#list!.reveal(id);
  }

  /** Announces files that were added. */
  announceAdded(items: readonly UploadItem[]): void {
    const added = items.filter(({ status }) => status !== 'rejected');
    this.#announcer.add(
      'added',
      added.map(({ name }) => name),
    );
  }

  /** Announces unfinished uploads of an earlier page whose files the visitor must choose again. */
  announceUnfinished(): void {
    const { files } = this.#options.host;
    if (!files.some(hasError)) return;
    void this.#loadErrors().then(() => {
      const text = this.#errors?.unfinishedText(files, this.#localizer);
      if (text) this.announce(text);
    });
  }

  /** Announces an event of the queue, if its type is announced. */
  announceEvent(type: RelayedEvent, { id = '', name = '', done = [] }: AnnouncedDetail): void {
    const announcer = this.#announcer;
    if (type === 'file-reject' || type === 'upload-error') {
      const item = this.#options.queue.item(id);
      if (!item || !hasError(item)) return;
      void this.#loadErrors().then(() => {
        const text = this.#errorText(item, item.error);
        // the element itself announces a fault of the set-up
        if (text) announcer.add('failed', [`${name}: ${text}`]);
      });
    } else if (type === 'file-remove') announcer.add('removed', [name]);
    else if (type === 'delete-error') announcer.add('undeleted', [name]);
    else if (type === 'auth-required') {
      void this.#loadErrors().then(() => announcer.add('warning', [this.#localizer.term(type)]));
    } else if (type === 'upload-complete') {
      announcer.add('done', done);
      const { files } = this.#options.host;
      this.#storedBefore = new Set(files.flatMap(({ id, status }) => (status === 'done' ? id : [])));
      this.#requestUpdate();
    }
  }

  /** The sentence about a fault of the set-up that files have failed by; empty if there is none. */
  get setupFault(): string {
    return this.#setupFaults?.report(this.#options.host.files, this.#localizer) ?? '';
  }

  /** Shows a sentence below the files and announces it. An empty one removes it. */
  showNotice(sentence: string): void {
    if (sentence === this.#notice) return;
    this.#notice = sentence;
    if (sentence) this.announce(sentence);
    this.#requestUpdate();
  }

  /** Announces a sentence to screen readers, politely. */
  announce(sentence: string): void {
    this.#announcer.add('note', [sentence]);
  }

  readonly #act = (action: Action | OverallAction, id?: string): void => {
    const { host } = this.#options;
    if (action === 'upload') host.upload();
    else if (action === 'remove') host.removeFile(id!);
    else host[action](id);
  };

  /** Has the host updated in the next frame: requests, such as the one for signatures, go out before anything is drawn. */
  #requestUpdate(): void {
    if (!this.#isUpdating) this.#options.host.requestUpdate();
  }

  #createList(): VirtualList {
    const { host, fields } = this.#options;
    return createVirtualList({
      ul: this.#container.querySelector('ul')!,
      draw: (item) => this.#draw(item),
      onEnter: (item, li) => {
        fields?.enter(item);
        this.#preview(item, li);
      },
      minCellWidth: () => (host.layout === 'grid' ? GRID_CELL_PX : 0),
      onFocusWithoutRows: () => host.shadowRoot!.querySelector('button')?.focus(),
    });
  }

  #draw(item: UploadItem): unknown {
    const { host, fields } = this.#options;
    return row(item, {
      localizer: this.#localizer,
      errorText: this.#errorText,
      secondsToRetry: this.#countdown.secondsLeft(item),
      isSignerSilent: this.#isSignerSilent,
      act: this.#act,
      speedMeter: this.#hasSingleFile ? this.#speedMeter : undefined,
      layout: host.layout,
      isExtended: !!fields?.has(item),
      incomplete: fields?.message(item),
      isDisabled: this.#isDisabled,
    });
  }

  readonly #errorText = (item: UploadItem, error: UploadError): string => {
    const { host, queue } = this.#options;
    const { minImageSize, maxImageSize } = host;
    // the queue's limits include the limits of a policy form
    const accepted = { accept: queue.options.limits?.accept, minImageSize, maxImageSize };
    return this.#errors?.errorText(item, error, accepted, this.#localizer) ?? '';
  };

  /** Loads the texts of errors, once. Never rejects: the element shows that a chunk cannot be loaded. */
  #loadErrors(): Promise<void> {
    return (this.#errorsLoaded ??= this.#load(() => import('./error-text.ts')).then(
      (chunk) => {
        this.#errors = chunk;
        this.#setupFaults = new chunk.SetupFaults();
        this.#serverWait = new chunk.ServerWait({
          countdown: this.#countdown,
          tryNow: (id) => this.#options.host.retry(id),
          announce: (sentence) => this.announce(sentence),
          redraw: () => this.#requestUpdate(),
        });
        this.setLanguage(this.#elementLocalizer);
      },
      () => {},
    ));
  }

  get #load(): Load {
    return this.#options.queue.options.load ?? loadOnce;
  }

  #preview({ file, type, picture }: UploadItem, li: HTMLElement): void {
    const { host, thumbnail } = this.#options;
    const slot = li.querySelector('.thumbnail');
    if (picture && !slot?.querySelector('img')) {
      slot?.append(Object.assign(new Image(), { src: picture, alt: '', loading: 'lazy' }));
    }
    if (!file || !slot || host.noPreviews || !mayHavePreview(file, type)) return;
    void this.#load(() => import('./preview.ts'), undefined, true).then(
      ({ Previews }) => (this.#previews ??= new Previews(thumbnail)).show(file, slot),
      () => {}, // the icon stays
    );
  }

  /** Sets the states that a page's styles see as `:state(uploading)` and so on. */
  #setStates({ active, paused, offline, checking, counted, isFilled: filled }: Summary): void {
    const { internals, limits } = this.#options;
    const { maxFiles, multiple } = limits();
    const news = (['offline', 'checking'] as const).filter((name) => !internals.states.has(name));
    const full = counted >= (maxFiles ?? (multiple === false ? 1 : Infinity));
    const states = { uploading: active, paused: paused && !active, offline, checking, filled, full };
    for (const [name, isOn] of Object.entries(states)) internals.states[isOn ? 'add' : 'delete'](name);
    for (const name of news) if (states[name]) this.announce(this.#localizer.term(name));
  }
}

/** Names of pictures and videos that browsers can show, and names without an extension. */
const PICTURE_NAME =
  /^[^.]*$|\.(3gp|avi|avif|bmp|gif|hei[cf]|ico|jfif|jpe?g|jxl|m4v|mkv|mov|mp4|mpe?g|ogv|a?png|svg|tiff?|web[mp])$/i;

/** Whether a file is a picture or a video, or may be one whose type is not known. */
const mayHavePreview = ({ name }: File, type: string): boolean =>
  /^(image|video)/.test(type) || (type.includes('octet') && PICTURE_NAME.test(name));
