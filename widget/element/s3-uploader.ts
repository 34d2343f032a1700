import { html, LitElement, nothing, type PropertyDeclaration, type PropertyValues, type TemplateResult } from 'lit';
import { isPending, isSettled, type UploadItem } from '../core/item.ts';
import type { ChecksumAlgorithm } from '../core/protocol.ts';
import type { Sign } from '../core/sign.ts';
import type { Uploader } from '../core/uploader.ts';
import { RELAYED } from './events.ts';
import { en } from '../locales/en.ts';
import type { Labels } from '../locales/labels.ts';
import { styles } from './styles.ts';
import type { SigningAttributes } from '../sign/from-attributes.ts';
import type { CognitoSign } from '../sign/cognito/cognito.ts';
import { hostList } from '../sign/host-list.ts';
import type * as uploads from './files-chunk.ts';
import type { Checks, Validate } from './content-checks.ts';
import { chosenIn, filesOf, type IncomingFiles, isAt } from './dropped-files.ts';
import type { DropSource } from './file-handle.ts';
import type { ExistingFiles, ExistingFile } from './existing-files.ts';
import type { FilesView } from '../view/files.ts';
import type { FormControl } from './form-control.ts';
import { limitsText } from '../view/limits-text.ts';
import { languageOf, observeLanguage } from './controllers/language.ts';
import type { PictureOptions } from '../media/transform.ts';
import { parseSize } from './parse-size.ts';
import { camel, firstUnsound } from './attribute-rules.ts';
import type { UploaderHost } from '../view/host.ts';
import { Localizer } from '../view/localizer.ts';

/** Lit's own makes null of an attribute that is taken away, which is no value that anybody sets. */
const converter = {
  fromAttribute: (value: string | null, type: unknown) =>
    value === null ? undefined : type === Number ? Number(value) : value,
};

/** Properties of a kind, by their attributes' names. */
const declare = (names: string, kind: PropertyDeclaration): Record<string, PropertyDeclaration> =>
  Object.fromEntries(
    names
      .split(' ')
      .map((attribute) => [camel(attribute), { attribute, ...(kind.type !== Boolean && { converter }), ...kind }]),
  );

const NONE: readonly UploadItem[] = Object.freeze([]);
/** Files of which nobody follows each by its bar: drawn ten times a second, they leave the machine to what is sent. */
const MANY = 100;

/** A form of the page's own, and not one in a file's row. */
const FORM = 'form:not([data-file])';

/** An address that is looked at more closely: of another kind, with a port, or with a password in it. */
const UNUSUAL = /^(?!https?:\/\/\w[^:@]*$).*[:@]/i;

/** What says who signs. */
const signing = {
  ...declare('endpoint signer signer-method identity-pool-id region bucket key-prefix', {}),
  ...declare('with-credentials', { type: Boolean }),
  ...declare('headers metadata logins sign', { attribute: false }),
};

/**
 * `<s3-uploader>`: picks files, shows them, and sends them straight to S3 or anything that speaks S3.
 *
 * @summary Uploads files from the browser straight to Amazon S3, or to anything that speaks S3.
 *
 * @attr {string} endpoint - Address of the signer, absolute or relative to the page. Needed, unless there is a form in the tag, an `identity-pool-id`, or the property `sign`.
 * @attr {'presigned-post'|'companion'|'better-upload'|'rails'} signer - The backend behind the endpoint, where it is none of this project's.
 * @attr {'get'|'post'} signer-method - How `presigned-post` is asked. Default `post`.
 * @attr {boolean} with-credentials - Sends cookies to a signer of another origin. Never to the storage.
 * @attr {string} identity-pool-id - Cognito identity pool whose visitors sign for themselves; with `region` and `bucket`.
 * @attr {string} region - Of the bucket; for Cognito.
 * @attr {string} bucket - For Cognito.
 * @attr {string} key-prefix - Before the identity's id in each key; for Cognito. Default none.
 * @attr {string} allowed-hosts - The only hosts files may go to, with spaces between them. Default any, over https.
 * @attr {string} name - Name of the form entry. Without it nothing is submitted.
 * @attr {'key'|'json'|'receipt'} value-format - What is submitted: each file's `key`, or its `receipt`, an entry each; or one `json` array. Default `key`. A stored file that has no receipt is not submitted as one, and keeps the form from being submitted.
 * @attr {boolean} required - The form cannot be submitted without a file.
 * @attr {boolean} disabled - Nothing can be added, removed or tried again; what is under way goes on.
 * @attr {boolean} hold-submit - A submit during uploads is held, and goes on by itself once all is stored.
 * @attr {string} accept - Types to accept, as on `<input type="file">`: `image/*,.pdf`. Default all.
 * @attr {boolean} multiple - More than one file. Without it, the next file takes the place of the last.
 * @attr {boolean} directory - The picker chooses a folder, with all that is in it; takes `multiple` along.
 * @attr {'user'|'environment'} capture - On a phone, the camera in place of the picker; as on `<input type="file">`.
 * @attr {boolean} no-drop - No dropping of files.
 * @attr {boolean} no-paste - No pasting of files.
 * @attr {string} drop-target - Where files may be dropped: `page`, or a selector. Default the tag itself.
 * @attr {string} max-file-size - Bytes, or with a unit: `20MB`, `512KiB`. Default no limit.
 * @attr {string} min-file-size - Bytes, or with a unit. Default 0.
 * @attr {number} max-files - Default no limit with `multiple`, else 1.
 * @attr {number} min-files - Files without which the form cannot be submitted. Default 0.
 * @attr {string} max-total-size - Of all files together; bytes, or with a unit. Default no limit.
 * @attr {'allow'|'skip'} duplicates - Whether the same file may be added twice. Default `allow`.
 * @attr {boolean} sniff - Refuses a file whose bytes are not what its type says.
 * @attr {string} min-image-size - Least pixels of an image, as `600x400`.
 * @attr {string} max-image-size - Most pixels of an image, as `8000x8000`.
 * @attr {number} resize - Pixels: a JPEG, PNG or WebP whose longer side is longer is made smaller before it is sent. Animations and other types stay as they are.
 * @attr {'image/jpeg'|'image/png'|'image/webp'} image-type - Pictures are sent as this type, where the browser can read them and write it. Animations, GIF and SVG stay as they are.
 * @attr {boolean} strip-metadata - Pictures tell nothing of place, camera or author: JPEG, PNG, WebP and GIF keep each pixel, others become JPEG or are refused. Not films, not SVG.
 * @attr {boolean} no-auto - Files wait for the upload button, or for `upload()`.
 * @attr {number} max-concurrent-uploads - Files at a time. Default 3.
 * @attr {number} timeout - Seconds without progress after which a request is tried anew. Default 30.
 * @attr {'crc32'|'crc32c'|'crc64nvme'|'sha256'} checksum - Computed for each file or part, in a worker where the page lets one be, and verified by the storage. Default none, unless the signer asks.
 * @attr {boolean} no-resume - Nothing is remembered for after a reload.
 * @attr {boolean} no-wake-lock - The screen may go dark while files are sent.
 * @attr {string} lang - Language of its words; default that of the nearest `lang` around it.
 * @attr {boolean} no-previews - Icons only.
 * @attr {'list'|'grid'|'compact'|'avatar'} layout - How it looks: rows; tiles; a button that becomes a chip; one round picture. Default `list`.
 *
 * @slot label - Heading above the tag.
 * @slot button - In place of the words of the button.
 * @slot hint - In place of the line that tells the limits.
 * @slot empty - Shown while there are no files.
 * @slot file - A `<template>`: copied into each file's row, with the page's own styles and scripts. Its named controls are that file's metadata; with some to fill in, files wait for the upload button.
 * @slot form - Set by the tag itself: a policy form with something to fill in.
 * @slot - What is shown where the tag is not known. A policy form in it is its signature.
 *
 * @csspart drop - Area that takes files.
 * @csspart button - Button that opens the picker.
 * @csspart drop-label - Words beside it.
 * @csspart icon - Its picture, and each in a row: strokes of an SVG.
 * @csspart hint - Limits in words.
 * @csspart problem - What is wrong with the tag's attributes.
 * @csspart total - Progress of all, and what can be done with all.
 * @csspart total-progress - Its bar.
 * @csspart total-button - Its buttons; each also has a part of its own: `upload-all`, `pause-all`, `resume-all`, `cancel-all`, `retry-all`.
 * @csspart list - The files.
 * @csspart item - One file; also has its status as a part: `rejected`, `preparing`, `ready`, `queued`, `signing`, `uploading`, `finishing`, `waiting`, `paused`, `done`, `failed`, `canceled`.
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
 * @cssprop [--s3-uploader-padding=0.5em] - Within a row: how dense the list is.
 * @cssprop [--s3-uploader-thumbnail-size=48px] - Of a row's picture.
 * @cssprop [--s3-uploader-avatar-size=9em] - Of the round picture, with `layout="avatar"`.
 * @cssprop [--s3-uploader-list-max-block-size=32em] - Height at which the list scrolls.
 *
 * @cssstate dragover - Files are held above it.
 * @cssstate uploading - Files are under way.
 * @cssstate paused - Files are paused, and none is under way.
 * @cssstate offline - Files wait for the network.
 * @cssstate invalid - The form cannot be submitted as it is.
 * @cssstate filled - There are files, other than refused ones.
 * @cssstate full - No more files fit.
 *
 * @fires {CustomEvent} file-add - Cancelable: a file is about to be added.
 * @fires {CustomEvent} file-reject - A file may not be added; `code` says why.
 * @fires {CustomEvent} file-remove - A file was taken from the list; `key` if it is stored. Removed one by one, it is deleted too, where the signer allows it.
 * @fires {CustomEvent} upload-start - Cancelable: a file is about to be signed; canceled, it is paused.
 * @fires {CustomEvent} upload-progress - `loaded` and `total` in bytes of the file.
 * @fires {CustomEvent} upload-retry - A request is tried again by itself after `delay` milliseconds.
 * @fires {CustomEvent} upload-success - A file is stored: `key`, `location`, `etag`, `receipt`.
 * @fires {CustomEvent} upload-error - A file could not be stored; `code` says why.
 * @fires {CustomEvent} upload-abort - A file was canceled.
 * @fires {CustomEvent} upload-complete - Nothing is left to do; `done` and `failed` are ids.
 * @fires {CustomEvent} delete-error - A removed file is stored still; `key` and `code`.
 * @fires {CustomEvent} auth-required - The signer wants the visitor to sign in; all is paused until `resume()`.
 * @fires {Event} input - The value has changed.
 * @fires {Event} change - The value has changed, and nothing is under way.
 */
export class S3UploaderElement extends LitElement implements UploaderHost, Checks, PictureOptions {
  static readonly formAssociated = true;
  static override shadowRootOptions: ShadowRootInit = { mode: 'open', delegatesFocus: true };
  static override styles = styles;
  static override properties = {
    ...signing,
    ...declare(
      'value-format allowed-hosts checksum accept capture drop-target duplicates max-file-size min-file-size max-total-size min-image-size max-image-size image-type',
      {},
    ),
    ...declare(
      'hold-submit multiple directory sniff strip-metadata no-drop no-paste no-auto no-previews no-resume no-wake-lock',
      {
        type: Boolean,
      },
    ),
    ...declare('required disabled', { type: Boolean, reflect: true }),
    ...declare('name layout', { reflect: true }),
    ...declare('max-files min-files max-concurrent-uploads timeout resize', { type: Number }),
    ...declare('existing labels validate', { attribute: false }),
  };

  endpoint?: string;
  signer?: 'presigned-post' | 'companion' | 'better-upload' | 'rails';
  signerMethod?: 'get' | 'post';
  withCredentials = false;
  identityPoolId?: string;
  region?: string;
  bucket?: string;
  keyPrefix?: string;
  allowedHosts?: string;
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
  directory = false;
  capture?: string;
  sniff = false;
  minImageSize?: string;
  maxImageSize?: string;
  noAuto = false;
  maxConcurrentUploads?: number;
  timeout?: number;
  resize?: number;
  imageType?: string;
  stripMetadata = false;
  noPreviews = false;
  noResume = false;
  noWakeLock = false;
  checksum?: ChecksumAlgorithm;
  layout?: 'list' | 'grid' | 'compact' | 'avatar';
  /** Extra headers for the signer, or a function that is asked for them before each request. */
  headers?: SigningAttributes['headers'];
  /** Strings for the signer, such as an album's name: of all files, where `setMetadata` or a field says nothing else. */
  metadata?: Record<string, string>;
  /** Tokens of a visitor who has signed in, for Cognito: login provider → token, or a function that is asked for them. */
  logins?: SigningAttributes['logins'];
  /** Grants uploads in place of the endpoint. */
  sign?: Sign;
  /** Files that are stored already, for edit forms; elements with a `data-key` in the tag are taken too. */
  existing?: readonly ExistingFile[];
  /** Looks into each file before it is added; resolves to why it may not be, in words, or to nothing. */
  validate?: Validate;
  /** The tag's words, where others are wanted. */
  labels?: Partial<Labels>;

  readonly #internals = this.attachInternals();
  /** Kept from before there is a queue, and for as long as there is one. */
  readonly #options: uploads.QueueOptions = { sign: () => Promise.reject(new TypeError(this.#problem)) };
  #queue?: Uploader;
  #words = new Localizer('en', en);
  /** The language of the place when it was last looked at. */
  #spoken?: string;
  /** Whether the words of its language cannot be had just now. */
  #isForeign = false;
  readonly #languages = new MutationObserver(() => this.#lookAround());
  /** Whether the attributes make sense; what does not is told once its chunk is there. */
  #isSound = true;
  /** What is wrong with who signs. */
  #wrong = '';
  #choose?: () => Promise<Sign>;
  #problem = '';
  #isOver = false;
  #seen?: Promise<FilesView>;
  /** Chunks that could not be loaded yet. */
  readonly #lost = new Set<unknown>();
  #view?: FilesView;
  #control?: FormControl;
  #existing?: ExistingFiles;
  /** The page's own words against a submit. */
  #custom = '';
  /** What was picked and is not in the list yet. */
  readonly #intakes = new Set<unknown>();
  /** Events that are due once the form has the value. */
  readonly #changes = new Set<'input' | 'change'>();
  /** Ids of files to go on with when the tag comes back into a document. */
  #suspended: readonly string[] = [];
  #listeners = new AbortController();
  readonly #dropSources = new WeakMap<File, DropSource>();

  constructor() {
    super();
    for (const type of ['pointerenter', 'focusin']) {
      this.addEventListener(type, () => void this.#seeFiles(), { once: true });
    }
    this.addEventListener('click', (event) => {
      // the click of a <label>
      if (event.composedPath()[0] === this) this.open();
    });
  }

  /** The files, in the order they came; frozen, and another array after each change. */
  get files(): readonly UploadItem[] {
    return this.#queue?.items ?? NONE;
  }

  /** What is submitted, an entry each; see `value-format`. */
  get value(): readonly string[] {
    const stored = this.files.flatMap((item) => (item.status === 'done' ? item : []));
    if (this.valueFormat !== 'json') {
      return stored.flatMap(({ result }) => (this.valueFormat === 'receipt' ? (result.receipt ?? []) : result.key));
    }
    const files = stored.map(({ name, size, type, path, result }) => ({ name, size, type, path, ...result }));
    return files.length ? [JSON.stringify(files)] : [];
  }

  /** Opens the picker; needs a visitor's click, as every picker does. */
  open(): void {
    if (!this.#isDisabled) this.renderRoot.querySelector('input')?.click();
  }

  /** Adds files as if they were picked. Resolves to them once all are added, the refused ones too. */
  async add(files: Iterable<File>): Promise<readonly UploadItem[]> {
    return this.#take([...files]);
  }

  /**
   * Says something of one file to the signer, over `metadata`; an empty text takes it back. In time until the file's
   * upload begins, and throws after it; for one that starts at once, from a listener of `file-add`.
   */
  setMetadata(id: string, metadata: Readonly<Record<string, string>>): void {
    this.#queue?.setMetadata(id, metadata);
  }

  /** Starts what waits for it. */
  upload(id?: string): void {
    this.#view?.begin('start', id);
  }

  /** Stops a file, or all, for now. */
  pause(id?: string): void {
    this.#queue?.pause(id);
  }

  /** Goes on with a paused file, or all. */
  resume(id?: string): void {
    const item = this.files.find((file) => file.id === id);
    if (item?.status !== 'paused' || item.file) this.#queue?.resume(id);
    // only its visitor can give back a file that a reload has lost
    else if (!this.#queue!.readAgain(item.id)) this.open();
  }

  /** Tries a failed or canceled file again, or all failed ones. */
  retry(id?: string): void {
    this.#view?.begin('retry', id);
  }

  /** Gives up a file that is not stored yet, or all; they stay in the list. */
  cancel(id?: string): void {
    this.#queue?.cancel(id);
  }

  /** Takes a file from the list, canceled first if need be; a stored one is deleted, where the signer allows it. */
  override remove(id: string): void;
  /** Takes the tag itself from the document. */
  override remove(): void;
  override remove(id?: string): void {
    if (id === undefined) super.remove();
    else this.#queue?.removeFile(id);
  }

  /** Takes all files from the list; what is stored stays. */
  clear(): void {
    this.#queue?.clear();
  }

  /** @internal */
  get held(): UploaderHost['held'] {
    return this.#view?.held;
  }

  /** @internal */
  get isTaking(): boolean {
    return this.#intakes.size > 0;
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  get validity(): ValidityState {
    return this.#current.validity;
  }

  get validationMessage(): string {
    return this.#current.validationMessage;
  }

  get willValidate(): boolean {
    return this.#current.willValidate;
  }

  checkValidity(): boolean {
    return this.#current.checkValidity();
  }

  reportValidity(): boolean {
    return this.#current.reportValidity();
  }

  setCustomValidity(message: string): void {
    this.#custom = message;
    this.#validate();
  }

  /** @internal */
  formAssociatedCallback(form: HTMLFormElement | null): void {
    if (form) void this.#asControl();
  }

  /** @internal */
  formDisabledCallback(): void {
    this.requestUpdate();
  }

  /** @internal */
  formResetCallback(): void {
    this.#control?.drop();
    this.clear();
    this.#existing?.reset();
  }

  /** @internal */
  formStateRestoreCallback(state: string): void {
    void this.#openExisting().then((existing) => existing.restore(JSON.parse(state) as ExistingFile[]));
  }

  override requestUpdate(...[name, ...rest]: Parameters<LitElement['requestUpdate']>): void {
    super.requestUpdate(name, ...rest);
    // a form may be submitted before the next frame
    if (this.renderRoot && /^(required|minFiles)$/.test(String(name))) this.#validate();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#validate();
    observeLanguage(this.#languages, this);
    if (this.hasUpdated) this.#lookAround();
    for (const id of this.#suspended) this.resume(id);
    this.#suspended = [];
    this.#listen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listeners.abort();
    this.#languages.disconnect();
    queueMicrotask(() => {
      if (this.isConnected) return; // moved, not removed
      this.#suspended = this.files.filter(isPending).map(({ id }) => id);
      this.#queue?.suspend();
      (this.#options.sign as Partial<CognitoSign>).forget?.('credentials');
    });
  }

  /** A frame at a time once it stands: a thousand changes a second are drawn sixty times. */
  protected override async scheduleUpdate(): Promise<void> {
    if (!this.hasUpdated) await this.#speak();
    else {
      await new Promise((resolve) => {
        if (this.files.length < MANY) requestAnimationFrame(resolve);
        setTimeout(resolve, 100); // a page in the background has no frames
      });
    }
    await super.scheduleUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.size && this.hasUpdated) return;
    const { endpoint, signer, identityPoolId, sign, allowedHosts } = this;
    const { accept, maxFiles, duplicates, maxConcurrentUploads = 3, timeout = 30 } = this;
    const options = this.#options;
    const isSigned = !!(sign || endpoint || signer || identityPoolId || this.querySelector(FORM));
    const sizes = [this.maxFileSize, this.minFileSize, this.maxTotalSize].map((size) =>
      size ? parseSize(size) : undefined,
    );
    const [maxFileSize, minFileSize, maxTotalSize] = sizes;
    if (isSigned && Object.keys(signing).some((name) => changed.has(name as 'sign'))) this.#sign();
    const multiple = this.multiple || this.directory;
    options.auto = !this.noAuto;
    options.allowedHosts = hostList(allowedHosts);
    options.checksum = this.checksum;
    options.concurrency = maxConcurrentUploads;
    options.timeout = timeout * 1000;
    options.limits = { accept, multiple, maxFileSize, minFileSize, maxFiles, maxTotalSize, duplicates };
    const unsound = isSigned ? firstUnsound(this) : undefined;
    this.#isSound = isSigned && !this.#wrong && !unsound;
    this.#problem = '';
    if (!this.#isSound) {
      void this.#load(() => import('./attribute-errors.ts')).then(({ problem }) => {
        // it may have been mended meanwhile
        this.#problem = this.#isSound ? '' : this.#wrong || problem(this, unsound);
        this.requestUpdate();
      });
    }
    options.check =
      this.sniff || this.validate || this.minImageSize || this.maxImageSize
        ? async (file, signal) => (await this.#load(() => import('./content-checks.ts'))).check(this, file, signal)
        : undefined;
    options.prepare =
      this.resize || this.imageType || this.stripMetadata
        ? async (file) => (await this.#load(() => import('../media/picture-client.ts'))).prepare(file, this, this.#load)
        : undefined;
    this.#queue?.configure(options);
    if (changed.has('existing') || !this.hasUpdated) void this.#adopt();
    if (!this.hasUpdated && isSigned) void this.#restore();
    if (changed.has('layout') && this.layout) void this.#layOut();
    if (changed.has('labels')) void this.#speak();
    if (this.required || this.minFiles) void this.#asControl();
    if (changed.has('dropTarget')) this.#listen();
  }

  protected override render(): TemplateResult {
    const words = this.#words;
    const one = this.multiple || this.directory ? '' : '-one';
    const isDisabled = this.#isDisabled;
    const told = this.#problem || (this.#lost.size ? words.term('waiting') : '');
    return html`
      <slot name="label" @slotchange=${() => this.requestUpdate()}></slot>
      <div part="drop" class=${this.#isOver ? 'drop over' : 'drop'} lang=${words.lang}>
        <svg part="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 16V4m-5 5 5-5 5 5M4 16v4h16v-4" /></svg>
        <div>
          <button part="button" class="main" aria-describedby="hint" ?disabled=${isDisabled} @click=${this.open}>
            <slot name="button">${words.term(this.directory ? 'choose-folder' : `choose${one}`)}</slot>
          </button>
          ${this.noDrop ? nothing : html`<span part="drop-label" class="muted">${words.term(`drop${one}`)}</span>`}
        </div>
        <slot name="hint" id="hint"
          ><span part="hint" class="muted">${limitsText(this.#options.limits!, words)}</span></slot
        >
        <input
          type="file"
          hidden
          accept=${this.accept || nothing}
          capture=${this.capture ?? nothing}
          ?multiple=${this.multiple}
          ?webkitdirectory=${this.directory}
          ?disabled=${isDisabled}
          @change=${this.#onPick}
        />
      </div>
      <div
        part="problem"
        class="problem"
        role="alert"
        dir="auto"
        lang=${this.#problem ? 'en' : words.lang}
        .textContent=${told}
      ></div>
      <slot name="form"></slot>
      <slot hidden @slotchange=${() => this.requestUpdate('sign', null)}></slot>
      ${this.files.length ? nothing : html`<slot name="empty"></slot>`}
      <div class="files"></div>
    `;
  }

  protected override updated(): void {
    this.#view?.update();
    const internals = this.#current;
    const { states, validity, labels } = internals;
    states[this.#isOver ? 'add' : 'delete']('dragover');
    states[validity.valid ? 'delete' : 'add']('invalid');
    // an author's own attributes come first
    const names = [...labels, ...this.querySelectorAll(':scope > [slot=label]')];
    internals.role = 'group';
    internals.ariaLabel = names.map(({ textContent }) => textContent!.trim()).join(' ') || this.#words.term('files');
  }

  /** Lets whoever the attributes name sign: loaded when it is needed, or at once where there may be something to complain of. */
  #sign(): void {
    const options = this.#options;
    let chosen: Promise<Sign> | undefined;
    this.#wrong = '';
    const open = async (): Promise<Sign> => {
      const sign = await (chosen ??= this.#load(() => import('../sign/from-attributes.ts')).then(
        ({ signerFromAttributes: choose }) => choose(this, this.#load),
      ));
      if (options.sign === lazy) {
        options.sign = sign;
        this.#queue?.configure({ sign });
      }
      return sign;
    };
    const lazy: Sign = async (...asked) => (await open())(...asked);
    this.#choose = open;
    options.sign = this.sign ?? lazy;
    if (this.sign || (this.endpoint && !this.signer && !UNUSUAL.test(this.endpoint))) return;
    open().catch((error: Error) => {
      if (options.sign !== lazy) return;
      this.#wrong = error.message;
      this.#reconsider();
    });
  }

  /** Has the attributes looked through again, though none has changed. */
  #reconsider(): void {
    this.requestUpdate('noDrop', null);
  }

  /** The internals, with the validity of just now. */
  get #current(): ElementInternals {
    this.#validate();
    return this.#internals;
  }

  get #isBusy(): boolean {
    return this.isTaking || !this.files.every(isSettled);
  }

  /** Says whether the form may be submitted; until its chunk is there, in the words that are, and rather not. */
  #validate(isExact?: boolean): void {
    if (this.#control) {
      this.#control.sync(this.#custom, isExact);
      return;
    }
    const isBusy = this.form && this.#isBusy;
    const isMissing = isBusy || this.required || this.minFiles;
    const message = this.#custom || (isMissing ? this.#words.term(isBusy ? 'waiting' : 'choose-one') : '');
    const flag = this.#custom || isBusy ? 'customError' : 'valueMissing';
    const button = this.shadowRoot!.querySelector('button') ?? undefined;
    this.#internals.setValidity({ [flag]: !!message }, message, button);
  }

  get #isDisabled(): boolean {
    return this.disabled || this.matches(':disabled') || !this.#isSound;
  }

  /** The place may have another language now. */
  #lookAround(): void {
    if (languageOf(this) !== this.#spoken) void this.#speak();
  }

  /** Says everything in the language of the place, and in the page's own words where it has them. */
  async #speak(): Promise<void> {
    const wanted = languageOf(this);
    let lang = 'en';
    let locale: Partial<Labels> | undefined;
    if (/^en\b/i.test(wanted)) lang = wanted;
    else if (wanted) {
      const get = async () => (await import('../locales/load.ts')).load(wanted);
      const found = await get().catch(() => this.#speakLater(get));
      if (languageOf(this) !== wanted) return; // it has changed meanwhile
      locale = found?.labels;
      if (found && (locale ?? this.labels)) ({ lang } = found);
    }
    this.#spoken = wanted;
    const labels = { ...locale, ...this.labels };
    this.#words = new Localizer(lang, { ...en, ...labels });
    this.#view?.speak(lang, labels);
    this.#control?.speak(lang, labels);
    this.requestUpdate();
  }

  /** English does meanwhile, and nobody is told. */
  #speakLater(get: () => Promise<unknown>): undefined {
    if (this.#isForeign) return;
    this.#isForeign = true;
    void this.#load(get, undefined, true).then(() => {
      this.#isForeign = false;
      void this.#speak();
    });
  }

  /** Asks again for what cannot be loaded, once the line is back or by and by; it says so, and nothing is lost meanwhile. */
  readonly #load = async <T>(chunk: () => Promise<T>, _signal?: AbortSignal, isQuiet = false): Promise<T> => {
    for (let delay = 1000; ; delay = Math.min(delay * 2, 60_000)) {
      try {
        const loaded = await chunk();
        if (this.#lost.delete(chunk)) this.requestUpdate();
        return loaded;
      } catch {
        if (!isQuiet) this.#lost.add(chunk);
        this.requestUpdate();
        const wait = new AbortController();
        await new Promise((resolve) => {
          addEventListener('online', resolve, { signal: wait.signal });
          setTimeout(resolve, delay);
        });
        wait.abort();
      }
    }
  };

  /** Loads what shows the files: once a visitor reaches for the tag, or files are there. Who waits for it goes on in turn. */
  async #seeFiles(): Promise<FilesView> {
    const chosen = this.#choose?.().catch(() => {}); // it is told when files are there
    const view = await (this.#seen ??= this.#openFiles());
    // a form says what may be picked, and whether it is to be filled in first
    if (!this.sign && !this.endpoint && this.querySelector(FORM)) await chosen;
    await this.updateComplete;
    return view;
  }

  async #openFiles(): Promise<FilesView> {
    const { FilesView, openQueue, thumbnail, fields } = await this.#load(async () => {
      const chunk = await import('./files-chunk.ts');
      return { ...chunk, ...(await chunk.extras(this)) };
    });
    await this.updateComplete;
    this.#queue = openQueue(this, Object.assign(this.#options, { load: this.#load }), this.#dropSources);
    this.#queue.addEventListener('update', () => this.requestUpdate());
    for (const type of RELAYED) {
      this.#queue.addEventListener(type, (event) => this.#relay(type, event as CustomEvent));
    }
    this.#view = new FilesView({
      tag: this,
      queue: this.#queue,
      fields,
      thumbnail,
      root: this.renderRoot as ShadowRoot,
      internals: this.#internals,
    });
    if (fields?.problem) {
      this.#wrong = fields.problem;
      this.#reconsider();
    }
    await this.#speak();
    return this.#view;
  }

  /** Shows what an earlier page has left unfinished, if there may be something: its database is there. */
  async #restore(): Promise<void> {
    const isKept = async (): Promise<boolean> =>
      (await indexedDB.databases()).some(({ name }) => name === 's3-uploader');
    // whatever keeps a page from its storage costs it the resume, and no more
    if (this.noResume || !(await isKept().catch(() => false))) return;
    const view = await this.#seeFiles();
    // a setting that is wrong is told elsewhere
    if (!this.sign && !(await this.#choose!().catch(() => undefined))) return;
    await this.#queue!.restore();
    view.tellUnfinished();
  }

  /** Loads the looks of the layouts but the first. */
  async #layOut(): Promise<void> {
    const { layoutsCss } = await this.#load(() => import('../view/layouts.css.ts'));
    await this.updateComplete;
    const { adoptedStyleSheets } = this.renderRoot as ShadowRoot;
    const sheet = layoutsCss.styleSheet!;
    if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
    this.#view?.redraw();
  }

  /** Shows what is stored already. */
  async #adopt(): Promise<void> {
    const { existing } = this;
    if (!existing && !this.#existing && !this.querySelector('[data-key]')) return;
    (await this.#openExisting()).give(existing);
  }

  async #openExisting(): Promise<ExistingFiles> {
    const { ExistingFiles: ExistingFiles } = await this.#load(() => import('./existing-files.ts'));
    await this.#seeFiles();
    return (this.#existing ??= new ExistingFiles(this, this.#queue!, async () => this.sign ?? this.#choose?.()));
  }

  /** Loads what makes it a control of a form. */
  async #asControl(): Promise<FormControl> {
    const { FormControl } = await this.#load(() => import('./form-control.ts'));
    if (!this.#control) {
      this.#control = new FormControl(this, this.#internals, (text) => {
        void this.#seeFiles().then((view) => view.say(text));
      });
      await this.#speak();
    }
    return this.#control;
  }

  #relay(type: (typeof RELAYED)[number], event: CustomEvent): void {
    const { detail, cancelable } = event as CustomEvent<{ id?: string; key?: string; done?: readonly string[] }>;
    const { key, done } = detail;
    if (done) this.#validate();
    if (!this.dispatchEvent(new CustomEvent(type, { detail, cancelable, bubbles: true, composed: true }))) {
      event.preventDefault();
    }
    this.#view!.hear(type, detail);
    if (key && type !== 'delete-error') this.#change('input');
    if (done?.length || (key && type === 'file-remove')) this.#change('change');
  }

  /** Tells of the value, once for all that is done in one turn. */
  #change(type: 'input' | 'change'): void {
    const changes = this.#changes;
    if (!changes.size) {
      queueMicrotask(() => {
        const due = [...changes];
        changes.clear();
        this.#validate(due.includes('change'));
        for (const each of due) this.dispatchEvent(new Event(each, { bubbles: true, composed: true }));
      });
    }
    changes.add(type);
  }

  async #take(found: IncomingFiles): Promise<readonly UploadItem[]> {
    const added = this.#add(found);
    this.#intakes.add(added);
    this.#validate();
    try {
      return await added;
    } finally {
      this.#intakes.delete(added);
      this.requestUpdate();
    }
  }

  async #add(found: IncomingFiles): Promise<readonly UploadItem[]> {
    const files = await found;
    const view = await this.#seeFiles();
    const added = await this.#queue!.add('get' in files ? files.keys() : files, (file) =>
      'get' in files ? files.get(file) : undefined,
    );
    view.tellAdded(added);
    return added;
  }

  #onPick(event: Event): void {
    const input = event.target as HTMLInputElement;
    void this.#take(chosenIn(input, this.#load));
    input.value = ''; // so that the same file can be picked again
  }

  #listen(): void {
    this.#listeners.abort();
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    this.getRootNode().addEventListener('submit', (event) => void this.#hold(event as SubmitEvent), {
      capture: true,
      signal,
    });
    const target = this.dropTarget ? document : this;
    for (const type of ['dragover', 'dragleave', 'drop']) target.addEventListener(type, this.#onDrag, { signal });
    document.addEventListener('paste', this.#onPaste, { signal });
  }

  async #hold(event: SubmitEvent): Promise<void> {
    if (event.target !== this.form || !this.holdSubmit || !this.#isBusy) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const control = this.#control ?? (await this.#asControl());
    control.hold(event.submitter);
  }

  readonly #onDrag = (event: Event): void => {
    const { type, dataTransfer, defaultPrevented } = event as DragEvent;
    // what something nearer to the drop has taken is not taken twice
    const isOurs =
      !(defaultPrevented || this.noDrop || this.#isDisabled) &&
      !!dataTransfer?.types.includes('Files') &&
      isAt(event, this.dropTarget || 'page');
    const isOver = isOurs && type === 'dragover';
    if (this.#isOver !== isOver) this.requestUpdate();
    this.#isOver = isOver;
    if (!isOurs) return;
    event.preventDefault();
    if (isOver) void this.#seeFiles();
    if (type === 'drop') void this.#take(filesOf(dataTransfer, this.#dropSources, this.#load));
  };

  readonly #onPaste = (event: ClipboardEvent): void => {
    const data = event.clipboardData;
    const isOurs = event.target === document.body || event.composedPath().includes(this);
    if (!isOurs || this.noPaste || this.#isDisabled || event.defaultPrevented || !data?.files.length) return;
    event.preventDefault();
    void this.#take(filesOf(data, this.#dropSources, this.#load));
  };
}
