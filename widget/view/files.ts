import { html, nothing, render, type TemplateResult } from 'lit';
import type { UploadError } from '../core/errors.ts';
import type { RelayedEvent } from '../core/events.ts';
import { isPending, type UploadItem } from '../core/item.ts';
import { type Limits, maxFilesOf, totalsOf } from '../core/limits.ts';
import { type Load, loadOnce } from '../core/lazy.ts';
import type { Uploader } from '../core/uploader.ts';
import { enFiles } from '../locales/en-files.ts';
import type { LabelKey } from '../locales/labels.ts';
import type { MakeThumbnail } from '../media/thumbnail.ts';
import { Announcer } from './announcer.ts';
import { BannerState, waitOfAll } from './banner.ts';
import type { Drag } from './drag.ts';
import { DragDisplay } from './drag-display.ts';
import type * as errors from './error-text.ts';
import { setStates } from './element-states.ts';
import { FailedFilter, nextFailed } from './failed-filter.ts';
import type { FileTemplateFields } from './file-template-fields.ts';
import { filesCss } from './files.css.ts';
import type { UploaderHost } from './host.ts';
import { onListKey } from './list-keys.ts';
import { createVirtualList, type VirtualList } from './list.ts';
import type { Localizer } from './localizer.ts';
import { hasTotalLine, overallProgress, type OverallAction } from './overall-progress.ts';
import { RetryCountdown } from './retry-countdown.ts';
import { type Action, row } from './row.ts';
import { RowPictures } from './row-pictures.ts';
import { waitsForSigner } from './signer-wait.ts';
import { fitToEllipsis } from './snug-ellipsis.ts';
import { SpeedMeter } from './speed-meter.ts';
import { SteadyLine, SteadyStatus } from './steady-status.ts';
import { hasError, hasFailed, summarize, type Summary } from './summary.ts';
import type { Undo } from './undo.ts';

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
  /** Returns the files that are dragged over the drop target; undefined while none are. */
  readonly drag: () => Drag | undefined;
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
  readonly #steadyStatus = new SteadyStatus(() => this.#requestUpdate());
  readonly #steadyLine = new SteadyLine<TemplateResult>(() => this.#requestUpdate());
  readonly #banner = new BannerState(
    (sentence) => this.announce(sentence),
    () => this.#requestUpdate(),
  );
  readonly #container: HTMLElement;
  /** The localizer of the element, without the English texts of files. */
  #elementLocalizer!: Localizer;
  #localizer!: Localizer;
  #list?: VirtualList;
  readonly #pictures: RowPictures;
  readonly #dragDisplay: DragDisplay;
  /** The chunk with the texts of errors, loaded once a file has one. */
  #errors?: typeof errors;
  #errorsLoaded?: Promise<void>;
  #setupFaults?: errors.SetupFaults;
  #serverWait?: errors.ServerWait;
  #undo?: Undo;
  /** Whether the present run has a single file, whose row then shows the speed. */
  #hasSingleFile = false;
  #isDisabled = false;
  #isUpdating = false;
  /** Whether the next update redraws all rows. */
  #isRedrawDue = false;
  /** Whether a file waits for the signer to respond. */
  #isSignerSilent = false;
  #notice = '';
  /** The text of the error that all failed files have in common. */
  #sharedFailure?: LabelKey;
  /** What all rows depend on: they are redrawn when it changes. */
  #basis = '';
  /** The filter by which only files are listed that had failed; undefined: all are. */
  #filter?: FailedFilter;
  /** Number of files before some were added, until the first of these is listed. */
  #countBefore?: number;
  /** Whether the line for all files has been shown since the list was empty: it then stays, so that no row moves. */
  #hasLine = false;
  /** Ids of files stored before the present run, which the overall progress leaves out. */
  #storedBefore: ReadonlySet<string> = new Set();

  constructor(options: FilesViewOptions) {
    this.#options = options;
    const { host, thumbnail, limits } = options;
    this.#pictures = new RowPictures({ host, thumbnail, load: this.#load, redraw: () => this.redraw() });
    this.#dragDisplay = new DragDisplay({
      ...{ host, limits, load: this.#load },
      localizer: () => this.#localizer,
      typeText: (accept) => this.#errors?.typeText(accept, this.#localizer) ?? '',
      redraw: () => this.#requestUpdate(),
    });
    const root = host.shadowRoot!;
    root.adoptedStyleSheets.push(filesCss.styleSheet!);
    this.#container = root.querySelector('.files')!;
    this.#container.addEventListener('keydown', (event) =>
      onListKey(event, this.#list!, {
        remove: (id) => this.#isDisabled || this.#act('remove', id),
        focusFailed: (id, isBackwards) => {
          const failed = nextFailed(this.#listed, id, isBackwards);
          if (failed) this.#list!.focus(failed.id);
        },
      }),
    );
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

  /** A text in the language of the element. */
  term(key: LabelKey): string {
    return this.#localizer.term(key);
  }

  /** Has all rows redrawn, as after a change of layout. */
  redraw(): void {
    this.#isRedrawDue = true;
    this.#requestUpdate();
  }

  /** Draws all changes. The host calls it after its own update, so that nothing is drawn twice in a frame. */
  update(): void {
    const { host, fields, internals, limits } = this.#options;
    this.#isUpdating = true;
    const focused = host.shadowRoot!.activeElement as HTMLElement | null;
    const isDisabled = host.matches(':disabled');
    this.#isDisabled = isDisabled;
    const { files } = host;
    const localizer = this.#localizer;
    const stopsAll = this.#setupFaults?.update(files);
    const summary = summarize(files, this.#storedBefore, this.#setupFaults?.isTold);
    this.#speedMeter.update(summary.loaded, summary.active > 0);
    this.#countdown.update(summary.waiting);
    const isSignerSilent = summary.waiting.some(waitsForSigner);
    if (waitOfAll(summary) || summary.hasErrors) void this.#loadErrors();
    const hasOnlyFailed = !summary.uploaded && !summary.pending && !summary.paused;
    const failure = hasOnlyFailed ? this.#errors?.sharedFailure(files) : undefined;
    const basis = `${isDisabled} ${isSignerSilent} ${failure} ${stopsAll}`;
    this.#isRedrawDue ||= this.#basis !== basis;
    this.#basis = basis;
    this.#isSignerSilent = isSignerSilent;
    this.#sharedFailure = failure;
    this.#hasSingleFile = summary.files === 1;
    for (const news of setStates(internals, summary, maxFilesOf(limits()))) this.announce(localizer.term(news));
    this.#undo?.update(isDisabled);
    this.#banner.update(summary, { localizer, serverWait: this.#serverWait, failure });
    if (this.#filter && !this.#filter.isUseful(files)) this.#filter = undefined;
    const hasLine = (this.#hasLine = hasTotalLine(summary) || (this.#hasLine && files.length > 0));
    const line = hasLine || this.#banner.current ? this.#totalLine(summary) : nothing;
    const template = html`
      ${hasLine ? line : nothing}
      <ul
        part="list"
        role="list"
        aria-label=${localizer.term('files')}
        aria-describedby="list-keys"
        ?hidden=${!files.length}
      ></ul>
      <div id="list-keys" hidden>${localizer.term('list-keys')}</div>
      ${hasLine ? nothing : line}
      ${this.#notice ? html`<div part="notice" class="secondary">${this.#notice}</div>` : nothing}
      ${this.#undo?.template(isDisabled)}
      <div class="unseen" role="status">${this.#announcer.polite}</div>
      <div class="unseen" role="alert">${this.#announcer.urgent}</div>
    `;
    render(template, this.#container);
    this.#list ??= this.#createList();
    const drag = this.#options.drag();
    if (drag?.isRefused) void this.#loadErrors();
    this.#dragDisplay.update(drag, !summary.listed);
    fields?.sync();
    this.#list.show(this.#listed, this.#isRedrawDue);
    const firstNew = files[this.#countBefore ?? files.length];
    if (firstNew) {
      this.#countBefore = undefined;
      this.#list.scrollToNew(firstNew.id);
    }
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
    this.#unfilter(id);
    this.update();
    this.#list!.reveal(id);
  }

  /** Files are about to be added: the list will scroll to the first one. */
  expectFiles(): void {
    this.#steadyStatus.added();
    this.#countBefore = this.#options.host.files.length;
  }

  /**
   * Announces files that were added.
   *
   * @param isTold whether something else has announced them
   */
  announceAdded(items: readonly UploadItem[], isTold: boolean): void {
    if (isTold) return;
    const added = items.filter(({ status }) => status !== 'rejected').map(({ name }) => name);
    this.#announcer.add('added', added);
  }

  /** Announces the uploads of an earlier page: those that go on, and those whose files the visitor must choose again. */
  announceUnfinished(files: readonly UploadItem[]): void {
    const resumed = files.filter(isPending).map(({ name }) => name);
    this.#announcer.add('resumed', resumed);
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
      void this.#loadErrors().then(() => announcer.addFailure(() => this.#failure(id)));
    } else if (type === 'file-remove') {
      this.#steadyStatus.delete(id);
      announcer.add('removed', [name]);
    } else if (type === 'delete-error') announcer.add('undeleted', [name]);
    else if (type === 'auth-required') {
      void this.#loadErrors().then(() => announcer.add('warning', [this.#localizer.term(type)]));
    } else if (type === 'upload-complete') {
      announcer.add('done', done);
      const { files } = this.#options.host;
      this.#storedBefore = new Set(files.flatMap(({ id, status }) => (status === 'done' ? id : [])));
      this.#requestUpdate();
    }
  }

  /** What to announce of a file that failed; empty where it is said once for all files, or no longer so. */
  #failure(id: string): string {
    const item = this.#options.queue.item(id);
    const text = item && hasError(item) && this.#errorText(item, item.error);
    return text ? `${item.name}: ${text}` : '';
  }

  /** The sentence about a fault of the set-up that is told once; empty if there is none. */
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
    else if (action === 'remove') this.#remove(id!);
    else if (action === 'show-failed' || action === 'show-all') this.#setFilter(action);
    else {
      const before = new Set(host.files);
      host[action](id);
      const changed = host.files.filter((item) => !before.has(item)).map(({ name }) => name);
      if (action !== 'retry') this.#announcer.add(DONE_TO_FILES[action], changed);
    }
  };

  /** Lists only the files that have failed by now, or all again. */
  #setFilter(action: 'show-failed' | 'show-all'): void {
    const { files } = this.#options.host;
    this.#filter = action === 'show-failed' ? new FailedFilter(files) : undefined;
    this.update();
    this.#list!.focus(files.find(hasFailed)?.id);
  }

  /** The files in the list. */
  get #listed(): readonly UploadItem[] {
    const { files } = this.#options.host;
    return this.#filter?.apply(files) ?? files;
  }

  /** Lists all files if the filter hides one that is to be seen. */
  #unfilter(id: string): void {
    if (!this.#listed.some((item) => item.id === id)) this.#filter = undefined;
  }

  #totalLine(summary: Summary): TemplateResult {
    const { failed, listed } = summary;
    const canFilter = failed > 0 && failed < listed && this.#list?.isScrollable;
    const banner = this.#banner.current;
    return this.#steadyLine.of(summary, !banner && !this.#isRedrawDue, (hasProgress) =>
      overallProgress(summary, {
        ...{ banner, hasProgress, localizer: this.#localizer, speedMeter: this.#speedMeter, act: this.#act },
        isDisabled: this.#isDisabled,
        filter: this.#filter ? 'show-all' : canFilter ? 'show-failed' : undefined,
      }),
    );
  }

  /** Removes a file for the visitor, who can undo that for a while if the file is stored. */
  readonly #remove = (id: string): void => {
    const { host, queue, limits } = this.#options;
    const undo = async (): Promise<void> => {
      const { Undo } = await this.#load(() => import('./undo.ts'), undefined, true);
      this.#undo ??= new Undo({
        ...{ host, queue, limits },
        localizer: () => this.#localizer,
        announce: (sentence) => this.announce(sentence),
        focus: (id) => {
          this.#unfilter(id);
          this.update();
          this.#list!.focus(id);
        },
        redraw: () => this.#requestUpdate(),
      });
      this.#undo.add(id, before);
    };
    const before = totalsOf(queue.items, {});
    if (queue.item(id)?.status === 'done') void undo();
    queue.removeFile(id, { canRestore: true });
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
        this.#pictures.show(item, li);
      },
      fit: (li) => fitToEllipsis(li.querySelector('.name bdi')!),
      isDue: (item) => item.status === 'waiting' || this.#steadyStatus.isDue(item),
      isKept: (item) => this.#steadyStatus.keeps(item),
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
      shown: this.#steadyStatus.of(item),
      hasBanner: !!this.#banner.current,
      isSignerSilent: this.#isSignerSilent,
      act: this.#act,
      speedMeter: this.#hasSingleFile ? this.#speedMeter : undefined,
      layout: host.layout,
      typeIcon: this.#pictures.typeIcon,
      isExtended: !!fields?.has(item),
      incomplete: fields?.message(item),
      isDisabled: this.#isDisabled,
    });
  }

  readonly #errorText = (item: UploadItem, error: UploadError): string => {
    const isShared = this.#sharedFailure && item.status === 'failed';
    if (error.code === 'auth-required' || isShared || this.#setupFaults?.isTold(error)) return '';
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
}

/** What an action has done to its files. */
const DONE_TO_FILES = { pause: 'paused', resume: 'resumed', cancel: 'canceled' } as const;
