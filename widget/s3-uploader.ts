import { html, LitElement, nothing, type PropertyDeclaration, type PropertyValues, type TemplateResult } from 'lit';
import { UploadError } from './core/errors.ts';
import { isPending, type UploadItem } from './core/item.ts';
import type { Network } from './core/network.ts';
import type { Sign } from './core/sign.ts';
import { Uploader } from './core/uploader.ts';
import { RELAYED } from './events.ts';
import { en, type Labels } from './locales/en.ts';
import { styles } from './s3-uploader.styles.ts';
import { endpoint, type EndpointOptions } from './sign/endpoint.ts';
import { browserNetwork } from './transport/network.ts';
import { xhr } from './transport/xhr.ts';
import { Announcer } from './view/announcer.ts';
import { FormControl, type FormState } from './view/form-control.ts';
import { filesOf, hasFiles, type Intake } from './view/drop.ts';
import { hint } from './view/hint.ts';
import { icon } from './view/icon.ts';
import { RowList } from './view/list.ts';
import { Pace } from './view/pace.ts';
import { row } from './view/row.ts';
import { parseSize } from './view/size.ts';
import { summarize, type Summary } from './view/summary.ts';
import { total } from './view/total.ts';
import { Words } from './view/words.ts';

const text: PropertyDeclaration = {};
const flag: PropertyDeclaration = { type: Boolean };
const count: PropertyDeclaration = { type: Number };
const script: PropertyDeclaration = { attribute: false };

/** Attributes are the properties' names in kebab-case. */
const attributes = (properties: Record<string, PropertyDeclaration>): Record<string, PropertyDeclaration> =>
  Object.fromEntries(
    Object.entries(properties).map(([name, declaration]) => [name, { attribute: kebab(name), ...declaration }]),
  );

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** One for all tags of the page: it listens to the window for good. */
let network: Network | undefined;

/**
 * `<s3-uploader>`: picks files, shows them, and sends them straight to S3 or anything that speaks S3.
 *
 * @summary Uploads files from the browser straight to Amazon S3, or to anything that speaks S3.
 *
 * @attr {string} endpoint - Address of the signer, absolute or relative to the page. Needed, unless the property `sign` is set.
 * @attr {boolean} with-credentials - Sends cookies to a signer of another origin. Never to the storage.
 * @attr {string} name - Name of the form entry. Without it nothing is submitted.
 * @attr {'key'|'json'|'receipt'} value-format - What is submitted: each file's `key`, or its `receipt`, an entry each; or one `json` array. Default `key`.
 * @attr {boolean} required - The form cannot be submitted without a file.
 * @attr {boolean} disabled - Nothing can be added; what is under way goes on.
 * @attr {boolean} hold-submit - A submit during uploads is held, and goes on by itself once all is stored.
 * @attr {string} accept - Types to accept, as on `<input type="file">`: `image/*,.pdf`. Default all.
 * @attr {boolean} multiple - More than one file. Without it, the next file takes the place of the last.
 * @attr {boolean} no-drop - No dropping of files.
 * @attr {boolean} no-paste - No pasting of files.
 * @attr {string} drop-target - Where files may be dropped: `page`, or a selector. Default the tag itself.
 * @attr {string} max-file-size - Bytes, or with a unit: `20MB`, `512KiB`. Default no limit.
 * @attr {string} min-file-size - Bytes, or with a unit. Default 0.
 * @attr {number} max-files - Default no limit with `multiple`, else 1.
 * @attr {number} min-files - Files without which the form cannot be submitted. Default 0.
 * @attr {string} max-total-size - Of all files together; bytes, or with a unit. Default no limit.
 * @attr {'allow'|'skip'} duplicates - Whether the same file may be added twice. Default `allow`.
 * @attr {boolean} no-auto - Files wait for the upload button, or for `upload()`.
 * @attr {number} max-concurrent-uploads - Files at a time. Default 3.
 * @attr {number} timeout - Seconds without progress after which a request is tried anew. Default 30.
 * @attr {boolean} no-previews - Icons only.
 *
 * @slot label - Heading above the tag.
 * @slot button - In place of the words of the button.
 * @slot hint - In place of the line that tells the limits.
 * @slot empty - Shown while there are no files.
 * @slot - Hidden: what is shown where the tag is not known.
 *
 * @csspart drop - Area that takes files.
 * @csspart button - Button that opens the picker.
 * @csspart drop-label - Words beside it.
 * @csspart hint - Limits in words.
 * @csspart problem - What is wrong with the tag's attributes.
 * @csspart total - Progress of all, and what can be done with all.
 * @csspart total-progress - Its bar.
 * @csspart total-button - Its buttons.
 * @csspart list - The files.
 * @csspart item - One file; also has its status as a part: `rejected`, `ready`, `queued`, `signing`, `uploading`, `finishing`, `waiting`, `paused`, `done`, `failed`, `canceled`.
 * @csspart thumbnail - Its picture, or its type.
 * @csspart name - Its name.
 * @csspart status - Its state in words.
 * @csspart progress - Its bar.
 * @csspart item-button - Its buttons.
 *
 * @cssprop [--s3-uploader-accent] - Buttons, bars and focus rings.
 * @cssprop [--s3-uploader-on-accent] - Words on the button.
 * @cssprop [--s3-uploader-text=CanvasText] - Words.
 * @cssprop [--s3-uploader-muted] - Words of less weight.
 * @cssprop [--s3-uploader-line] - Borders.
 * @cssprop [--s3-uploader-surface=Canvas] - Background of area and rows.
 * @cssprop [--s3-uploader-danger] - Errors.
 * @cssprop [--s3-uploader-success] - The tick of a stored file.
 * @cssprop [--s3-uploader-radius=12px] - Corners.
 * @cssprop [--s3-uploader-list-max-block-size=32em] - Height at which the list scrolls.
 *
 * @cssstate dragover - Files are held above it.
 * @cssstate uploading - Files are under way.
 * @cssstate paused - Files are paused, and none is under way.
 * @cssstate offline - Files wait for the network.
 * @cssstate invalid - The form cannot be submitted as it is.
 * @cssstate full - No more files fit.
 *
 * @fires {CustomEvent} file-add - Cancelable: a file is about to be added.
 * @fires {CustomEvent} file-reject - A file may not be added; `code` says why.
 * @fires {CustomEvent} file-remove - A file was taken from the list.
 * @fires {CustomEvent} upload-start - Cancelable: a file is about to be signed; canceled, it is paused.
 * @fires {CustomEvent} upload-progress - `loaded` and `total` in bytes of the file.
 * @fires {CustomEvent} upload-retry - A request is tried again by itself after `delay` milliseconds.
 * @fires {CustomEvent} upload-success - A file is stored: `key`, `location`, `etag`, `receipt`.
 * @fires {CustomEvent} upload-error - A file could not be stored; `code` says why.
 * @fires {CustomEvent} upload-abort - A file was canceled.
 * @fires {CustomEvent} upload-complete - Nothing is left to do; `done` and `failed` are ids.
 * @fires {CustomEvent} auth-required - The signer wants the visitor to sign in; all is paused until `resume()`.
 * @fires {Event} input - The value has changed.
 * @fires {Event} change - The value has changed, and nothing is under way.
 */
export class S3UploaderElement extends LitElement {
  static readonly formAssociated = true;
  static override shadowRootOptions: ShadowRootInit = { mode: 'open', delegatesFocus: true };
  static override styles = styles;
  static override properties = attributes({
    endpoint: text,
    withCredentials: flag,
    name: { reflect: true },
    valueFormat: text,
    required: { type: Boolean, reflect: true },
    disabled: { type: Boolean, reflect: true },
    holdSubmit: flag,
    accept: text,
    multiple: flag,
    noDrop: flag,
    noPaste: flag,
    dropTarget: text,
    maxFileSize: text,
    minFileSize: text,
    maxFiles: count,
    minFiles: count,
    maxTotalSize: text,
    duplicates: text,
    noAuto: flag,
    maxConcurrentUploads: count,
    timeout: count,
    noPreviews: flag,
    headers: script,
    metadata: script,
    sign: script,
    labels: script,
  });

  endpoint?: string;
  withCredentials = false;
  name?: string;
  valueFormat?: 'key' | 'json' | 'receipt';
  required = false;
  disabled = false;
  holdSubmit = false;
  accept?: string;
  multiple = false;
  noDrop = false;
  noPaste = false;
  dropTarget?: string;
  maxFileSize?: string | number;
  minFileSize?: string | number;
  maxFiles?: number;
  minFiles?: number;
  maxTotalSize?: string | number;
  duplicates?: 'allow' | 'skip';
  noAuto = false;
  maxConcurrentUploads?: number;
  timeout?: number;
  noPreviews = false;
  /** Extra headers for the signer, or a function that is asked for them before each request. */
  headers?: EndpointOptions['headers'];
  /** Strings for the signer, such as an album's name. */
  metadata?: Record<string, string>;
  /** Grants uploads in place of the endpoint. */
  sign?: Sign;
  /** The tag's words, where others are wanted; the keys are those of `Labels`. */
  labels?: Partial<Labels>;

  readonly #internals = this.attachInternals();
  readonly #uploader: Uploader;
  readonly #control = new FormControl(
    this.#internals,
    () => this.#formState(),
    () => this.upload(),
  );
  readonly #announcer = new Announcer(
    () => this.#words,
    () => this.requestUpdate(),
  );
  readonly #pace = new Pace();
  #words = new Words('en', en);
  /** What is wrong with the attributes, for the page's author. */
  #problem = '';
  #list?: RowList;
  #isOver = false;
  /** Ids of files stored before the present run: its bar starts at nothing. */
  #settled: ReadonlySet<string> = new Set();
  /** Ids of files to go on with when the tag comes back into a document. */
  #suspended: readonly string[] = [];
  #listeners = new AbortController();

  constructor() {
    super();
    network ??= browserNetwork();
    this.#uploader = new Uploader({ sign: () => Promise.reject(this.#misconfigured()), send: xhr, network });
    this.#uploader.addEventListener('update', () => this.requestUpdate());
    for (const type of RELAYED) {
      this.#uploader.addEventListener(type, (event) => this.#relay(event as CustomEvent));
    }
    this.addEventListener('click', (event) => {
      // the click of a <label>
      if (event.composedPath()[0] === this) this.open();
    });
  }

  /** The files, in the order they came; frozen, and another array after each change. */
  get files(): readonly UploadItem[] {
    return this.#uploader.items;
  }

  /** What is submitted, an entry each; see `value-format`. */
  get value(): readonly string[] {
    const stored = this.files.flatMap((item) => (item.status === 'done' ? [item] : []));
    if (this.valueFormat === 'json') {
      const files = stored.map(({ name, size, type, path, result }) => ({ name, size, type, path, ...result }));
      return files.length ? [JSON.stringify(files)] : [];
    }
    return stored.map(({ result }) => (this.valueFormat === 'receipt' ? (result.receipt ?? '') : result.key));
  }

  /** Opens the picker; needs a visitor's click, as every picker does. */
  open(): void {
    if (!this.#isDisabled) this.renderRoot.querySelector('input')?.click();
  }

  /** Adds files as if they were picked. Resolves to them once all are added, the refused ones too. */
  async add(files: Iterable<File>): Promise<readonly UploadItem[]> {
    return this.#take([...files]);
  }

  /** Starts what waits for it. */
  upload(): void {
    this.#uploader.start();
  }

  /** Stops a file, or all, for now. */
  pause(id?: string): void {
    this.#uploader.pause(id);
  }

  /** Goes on with a paused file, or all. */
  resume(id?: string): void {
    this.#uploader.resume(id);
  }

  /** Tries a failed or canceled file again, or all failed ones. */
  retry(id?: string): void {
    this.#uploader.retry(id);
  }

  /** Gives up a file that is not stored yet, or all; they stay in the list. */
  cancel(id?: string): void {
    this.#uploader.cancel(id);
  }

  /** Takes a file from the list, canceled first if need be. */
  override remove(id: string): void;
  /** Takes the tag itself from the document. */
  override remove(): void;
  override remove(id?: string): void {
    if (id === undefined) super.remove();
    else this.#uploader.remove(id);
  }

  /** Takes all files from the list. */
  clear(): void {
    this.#uploader.clear();
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  get validity(): ValidityState {
    this.#control.sync();
    return this.#internals.validity;
  }

  get validationMessage(): string {
    this.#control.sync();
    return this.#internals.validationMessage;
  }

  get willValidate(): boolean {
    return this.#internals.willValidate;
  }

  checkValidity(): boolean {
    this.#control.sync();
    return this.#internals.checkValidity();
  }

  reportValidity(): boolean {
    this.#control.sync(this.#anchor);
    return this.#internals.reportValidity();
  }

  setCustomValidity(message: string): void {
    this.#control.setCustomValidity(message);
    this.requestUpdate();
  }

  /** @internal */
  formAssociatedCallback(form: HTMLFormElement | null): void {
    this.#control.associate(form);
  }

  /** @internal */
  formDisabledCallback(): void {
    this.requestUpdate();
  }

  /** @internal */
  formResetCallback(): void {
    this.clear();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    for (const id of this.#suspended) this.resume(id);
    this.#suspended = [];
    this.#listen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listeners.abort();
    queueMicrotask(() => {
      if (this.isConnected) return; // moved, not removed
      this.#suspended = this.files.filter(isPending).map(({ id }) => id);
      this.pause();
    });
  }

  /** A frame at a time once it stands: a thousand changes a second are drawn sixty times. */
  protected override async scheduleUpdate(): Promise<void> {
    if (this.hasUpdated) {
      await new Promise((resolve) => {
        requestAnimationFrame(resolve);
        setTimeout(resolve, 100); // a page in the background has no frames
      });
    }
    super.scheduleUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.size && this.hasUpdated) return;
    const { endpoint: url, sign, headers, metadata, withCredentials } = this;
    const { options } = this.#uploader;
    this.#problem =
      url || sign
        ? ''
        : 'The attribute "endpoint" is missing. Set it to the address of your signer, as in endpoint="/sign".';
    if (sign) options.sign = sign;
    else if (url) options.sign = endpoint({ url, headers, metadata, withCredentials });
    options.auto = !this.noAuto;
    options.concurrency = this.#count('maxConcurrentUploads', 1) ?? 3;
    options.timeout = (this.#count('timeout', 1) ?? 30) * 1000;
    options.limits = {
      accept: this.accept,
      multiple: this.multiple,
      maxFileSize: this.#size('maxFileSize'),
      minFileSize: this.#size('minFileSize'),
      maxFiles: this.#count('maxFiles', 1),
      maxTotalSize: this.#size('maxTotalSize'),
      duplicates: this.duplicates,
    };
    this.#count('minFiles', 0);
    if (changed.has('labels')) {
      this.#words = new Words('en', { ...en, ...this.labels });
      this.#list?.refresh();
    }
    this.#listen();
  }

  protected override render(): TemplateResult {
    const words = this.#words;
    const one = this.multiple ? '' : '-one';
    const disabled = this.#isDisabled;
    const has = this.files.length > 0;
    return html`
      <slot name="label"></slot>
      <div part="drop" class="drop ${this.#isOver ? 'over' : ''}">
        ${icon('upload')}
        <div class="pick">
          <button part="button" class="main" ?disabled=${disabled} @click=${this.open}>
            <slot name="button">${words.say(`choose${one}`)}</slot>
          </button>
          ${this.noDrop ? nothing : html`<span part="drop-label" class="muted">${words.say(`drop${one}`)}</span>`}
        </div>
        <slot name="hint">
          <div part="hint" class="muted">${hint(this.#uploader.options.limits ?? {}, words)}</div>
        </slot>
        <input
          type="file"
          hidden
          accept=${this.accept || nothing}
          ?multiple=${this.multiple}
          ?disabled=${disabled}
          @change=${this.#onPick}
        />
      </div>
      ${this.#problem ? html`<div part="problem" class="problem" role="alert">${this.#problem}</div>` : nothing}
      ${has ? total(this.#summary, words, this.#pace, (action) => this[action]()) : html`<slot name="empty"></slot>`}
      <ul part="list" role="list" aria-label=${words.say('files')} ?hidden=${!has} @keydown=${this.#onKey}></ul>
      <div class="said" role="status">${this.#announcer.polite}</div>
      <div class="said" role="alert">${this.#announcer.urgent}</div>
    `;
  }

  protected override updated(): void {
    const summary = this.#summary;
    this.#pace.update(summary.loaded);
    this.#list ??= new RowList(
      this.renderRoot.querySelector('ul')!,
      (item) => row(item, this.#words, (action, id) => this[action](id)),
      (item, li) => this.#preview(item, li),
    );
    this.#list.update(this.files);
    this.#control.sync(this.#anchor);
    const { limits } = this.#uploader.options;
    const states = {
      dragover: this.#isOver,
      uploading: summary.active,
      paused: summary.paused && !summary.active,
      offline: summary.offline,
      full: summary.kept >= (limits?.maxFiles ?? (this.multiple ? Infinity : 1)),
      invalid: !this.#internals.validity.valid,
    };
    for (const [name, isOn] of Object.entries(states)) {
      this.#internals.states[isOn ? 'add' : 'delete'](name);
    }
  }

  get #summary(): Summary {
    return summarize(this.files, this.#settled);
  }

  get #isDisabled(): boolean {
    return this.disabled || this.matches(':disabled') || !!this.#problem;
  }

  get #anchor(): HTMLElement | null {
    return this.renderRoot.querySelector('button');
  }

  #formState(): FormState {
    return {
      name: this.name,
      value: this.value,
      least: Math.max(this.minFiles ?? 0, this.required ? 1 : 0),
      holds: this.holdSubmit,
      summary: this.#summary,
      words: this.#words,
    };
  }

  #misconfigured(): UploadError {
    return new UploadError('config', this.#problem, { phase: 'sign' });
  }

  #size(name: 'maxFileSize' | 'minFileSize' | 'maxTotalSize'): number | undefined {
    const value = this[name] ?? '';
    const size = parseSize(value);
    if (value !== '' && size === undefined) this.#complain(name, value, 'bytes, or a number with a unit', '20MB');
    return size;
  }

  #count(name: 'maxFiles' | 'minFiles' | 'maxConcurrentUploads' | 'timeout', least: number): number | undefined {
    const value = this[name] ?? undefined;
    if (value === undefined || value >= least) return value;
    this.#complain(name, this.getAttribute(kebab(name)) ?? value, `a number from ${least}`, '3');
    return undefined;
  }

  #complain(name: string, value: string | number, wanted: string, example: string): void {
    const attribute = kebab(name);
    this.#problem = `The attribute ${attribute} is "${value}". Write ${wanted}, as in ${attribute}="${example}".`;
  }

  #relay(event: CustomEvent): void {
    const { type, detail, cancelable } = event;
    if (type === 'file-reject' || type === 'upload-error') {
      const { name, id } = detail as { name: string; id: string };
      const item = this.#uploader.item(id);
      if (item && 'error' in item && item.error) this.#announcer.error(`${name}: ${this.#words.error(item.error)}`);
    }
    if (type === 'upload-complete') {
      const { done } = detail as { done: readonly string[] };
      this.#announcer.tell('done', done.length);
      this.#settled = new Set(this.files.flatMap(({ id, status }) => (status === 'done' ? [id] : [])));
      this.#control.sync();
    }
    const init = { detail: detail as unknown, cancelable, bubbles: true, composed: true };
    if (!this.dispatchEvent(new CustomEvent(type, init))) event.preventDefault();
    const isValue = type === 'upload-success' || (type === 'file-remove' && (detail as { key?: string }).key);
    if (isValue) this.#changed('input');
    if (type === 'upload-complete' || (isValue && !this.#summary.pending)) this.#changed('change');
  }

  #changed(type: 'input' | 'change'): void {
    this.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
  }

  async #take(found: Intake): Promise<readonly UploadItem[]> {
    const files = await found;
    const added = await ('get' in files
      ? this.#uploader.add(files.keys(), (file) => files.get(file))
      : this.#uploader.add(files));
    this.#announcer.tell('added', added.filter(({ status }) => status !== 'rejected').length);
    return added;
  }

  #onPick(event: Event): void {
    const input = event.target as HTMLInputElement;
    void this.#take([...(input.files ?? [])]);
    input.value = ''; // so that the same file can be picked again
  }

  #onKey(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const li = (event.target as Element).closest('li');
    if (by) this.#list?.move(by);
    else if (event.key === 'Delete' && li) this.remove(this.#list?.current?.id ?? '');
    else return;
    event.preventDefault();
  }

  /** Listens where files may come from: the tag, or all the page. */
  #listen(): void {
    this.#listeners.abort();
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    const target =
      this.dropTarget === 'page' ? document : this.dropTarget ? document.querySelector(this.dropTarget) : this;
    const over = (isOver: boolean): void => {
      this.#isOver = isOver;
      this.requestUpdate();
    };
    const drag = (event: Event): void => {
      if (this.noDrop || this.#isDisabled || !hasFiles(event as DragEvent)) return;
      event.preventDefault();
      if (event.type !== 'drop') {
        (event as DragEvent).dataTransfer!.dropEffect = 'copy';
        if (!this.#isOver) over(true);
        return;
      }
      over(false);
      void this.#take(filesOf((event as DragEvent).dataTransfer));
    };
    for (const type of ['dragenter', 'dragover', 'drop']) target?.addEventListener(type, drag, { signal });
    target?.addEventListener(
      'dragleave',
      (event) => {
        const to = (event as DragEvent).relatedTarget as Node | null;
        if (!to || !(target as Node).contains(to)) over(false);
      },
      { signal },
    );
    document.addEventListener(
      'paste',
      (event) => {
        const isOurs = event.target === document.body || event.composedPath().includes(this);
        if (!isOurs || event.defaultPrevented || this.noPaste || this.#isDisabled) return;
        if (!event.clipboardData?.files.length) return;
        event.preventDefault();
        void this.#take(filesOf(event.clipboardData));
      },
      { signal },
    );
    addEventListener('beforeunload', (event) => this.#summary.pending && event.preventDefault(), { signal });
  }

  #preview({ file, type }: UploadItem, li: HTMLElement): void {
    const slot = li.querySelector('.thumbnail');
    if (!file || !slot || this.noPreviews || !/^image\//.test(type)) return;
    void import('./view/preview.ts').then(({ preview }) => preview(file, slot));
  }
}
