import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { UploadItem } from '../../core/item.ts';
import type { Limits } from '../../core/limits.ts';
import type { Uploader } from '../../core/uploader.ts';
import { limitsText } from '../../view/limits-text.ts';
import type * as layouts from '../../view/layouts.css.ts';
import type { IncomingFiles } from '../dropped-files.ts';
import type { ExistingFile } from '../existing-files.ts';
import type { FilesSession, SessionHost, SessionOptions } from '../files-session.ts';
import type { limitsHint } from '../limits-hint.ts';
import { type ElementLimits, limitsOf, type LimitsSource } from '../limits.ts';
import { whenIdle } from '../when-idle.ts';
import type { LanguageController } from './language.ts';

const NO_FILES: readonly UploadItem[] = Object.freeze([]);

const loadHint = (): Promise<{ limitsHint: typeof limitsHint }> => import('../limits-hint.ts');
const loadLayouts = (): Promise<typeof layouts> => import('../../view/layouts.css.ts');
const loadSession = (): Promise<{ FilesSession: typeof FilesSession }> => import('../files-session.ts');

/** Chromium's addition: https://wicg.github.io/netinfo/ */
interface DataSavingNavigator {
  readonly connection?: { readonly saveData?: boolean };
}

interface FilesControllerHost extends ReactiveControllerHost, SessionHost, LimitsSource {
  readonly required: boolean;
  readonly minFiles?: number;
  readonly existing?: readonly ExistingFile[];
}

interface FilesControllerOptions extends Omit<SessionOptions, 'limits'> {
  readonly language: LanguageController;
  /** Called once the session is open. */
  readonly opened: () => void;
}

/** Opens the element's session of files: once a visitor reaches for the element or drags files, or files are there. */
export class FilesController implements ReactiveController {
  /** The session; undefined until it is open. */
  session?: FilesSession;
  readonly #host: FilesControllerHost;
  readonly #options: FilesControllerOptions;
  #opening?: Promise<FilesSession>;
  /** Whether the session's code loads, or has loaded, before the visitor needs it. */
  #isAhead = false;
  /** Resolves once the files that are stored already are listed; undefined while the page has named none. */
  #existing?: Promise<void>;
  /** Whether the code for limits other than size and number is requested again and again, until it is there. */
  #isHintLoading = false;

  constructor(host: FilesControllerHost, options: FilesControllerOptions) {
    this.#host = host;
    this.#options = options;
    for (const type of ['pointerenter', 'focusin']) host.addEventListener(type, () => void this.open(), { once: true });
    host.addController(this);
  }

  /**
   * Loads the session's code once the page is idle, so that the first files appear without a wait. A visitor who saves data
   * loads it with the first file. While it cannot be loaded, the element does not say so.
   */
  hostUpdated(): void {
    const { backend, loader } = this.#options;
    const { connection } = navigator as DataSavingNavigator;
    if (this.#isAhead || connection?.saveData || !backend.isUsable || this.#host.matches(':disabled')) return;
    this.#isAhead = true;
    whenIdle(() => void loader.load(loadSession, undefined, true));
  }

  /** The files in the order they were added. */
  get items(): readonly UploadItem[] {
    return this.queue?.items ?? NO_FILES;
  }

  /** Undefined until the session is open. */
  get queue(): Uploader | undefined {
    return this.session?.queue;
  }

  /** The current limits. */
  get limits(): ElementLimits {
    const limits = limitsOf(this.#host, this.#options.backend.formDefaults);
    return { ...limits, ...this.session?.meaningOf(limits.accept) };
  }

  /** The text of the button. */
  get buttonText(): string {
    const key = this.#host.directory ? 'choose-folder' : this.limits.multiple ? 'choose' : 'choose-one';
    return this.session?.replaceText || this.#options.language.localizer.term(key);
  }

  /** Minimum number of files that the form needs. */
  get minFiles(): number {
    const { required, minFiles = 0 } = this.#host;
    return Math.max(minFiles, required || this.#options.backend.formDefaults?.required ? 1 : 0);
  }

  async open(): Promise<FilesSession> {
    const formRead = this.#options.backend.formRead();
    const session = await (this.#opening ??= this.#open());
    // a policy form says what may be picked, and whether it has to be filled in first
    await formRead;
    await this.#host.updateComplete;
    return session;
  }

  async #open(): Promise<FilesSession> {
    const { loader, language, opened } = this.#options;
    const { FilesSession } = await loader.load(loadSession);
    await this.#host.updateComplete;
    this.session = await FilesSession.open(this.#host, { ...this.#options, limits: () => this.limits });
    language.add(this.session.view);
    opened();
    return this.session;
  }

  /**
   * The limits in words. Limits other than size and number need a chunk, whose function then replaces this one. Until it is
   * loaded, the hint is empty.
   */
  hint(limits: Limits): string {
    const { loader, language } = this.#options;
    if (!this.#needsHintChunk(limits)) return limitsText(limits, language.localizer);
    if (!this.#isHintLoading) {
      this.#isHintLoading = true;
      void loader.load(loadHint, undefined, true).then(this.#useHint);
    }
    return '';
  }

  #needsHintChunk({ accept }: Limits): unknown {
    return accept || this.#host.minImageSize || this.#host.maxImageSize || this.minFiles > 1;
  }

  readonly #useHint = (chunk: Awaited<ReturnType<typeof loadHint>>): void => {
    this.hint = chunk.limitsHint(this.#host, this, this.#options.language);
  };

  /** Shows what an earlier page has left unfinished, if there may be anything: the database exists. */
  async restore(): Promise<void> {
    const isKept = async (): Promise<boolean> =>
      (await indexedDB.databases()).some(({ name }) => name === 's3-uploader');
    // without access to the database, uploads are not resumed; nothing else is lost
    if (await isKept().catch(() => false)) await (await this.open()).restore();
  }

  /** Shows the files that the page says are stored already, if it says so or has said so. */
  showExisting(): void {
    const { existing } = this.#host;
    if (existing || this.#existing || this.#host.querySelector('[data-key]')) this.listExisting('show', existing);
  }

  /** Loads what cannot wait for a file: the code that adopts fallback inputs. */
  prepare(): void {
    if (!this.#host.querySelector('input:enabled')) return;
    void this.#options.loader
      .load(() => import('../fallback-input.ts'), undefined, true)
      .then(({ adoptInputs }) => adoptInputs(this.#host, (files) => void this.add({ files })));
  }

  /** Lists files that are stored already, as {@link FilesSession.listExisting} does. */
  listExisting(...list: Parameters<FilesSession['listExisting']>): void {
    this.#existing = this.open().then((session) => session.listExisting(...list));
  }

  /** Adds files, after those that are stored already: limits count both. */
  async add(incoming: IncomingFiles): Promise<readonly UploadItem[]> {
    if (!this.session) this.#host.requestUpdate(); // shows their names
    const session = await this.open();
    await this.#existing;
    return session.add(incoming);
  }

  /** Loads what the first render needs, so that nothing moves later. A missing chunk is requested only once: it can come later. */
  loadFirst(): Promise<unknown> {
    return Promise.allSettled([
      this.#host.layout && loadLayouts().then((chunk) => chunk.adoptStyles(this.#host)),
      this.#needsHintChunk(this.limits) && loadHint().then(this.#useHint),
    ]);
  }

  /** Loads the styles of every layout except the default, and what else belongs to them. */
  async loadLayouts(): Promise<void> {
    const { adoptLayouts } = await this.#options.loader.load(loadLayouts);
    await adoptLayouts(this.#host, this);
  }
}
