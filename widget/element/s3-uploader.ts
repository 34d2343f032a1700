import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import type { UploadItem } from '../core/item.ts';
import { loadOnce } from '../core/lazy.ts';
import type { ChecksumAlgorithm } from '../core/protocol.ts';
import type { Sign } from '../core/sign.ts';
import type { Labels } from '../locales/labels.ts';
import type { SigningAttributes } from '../sign/from-attributes.ts';
import { declarations } from './attributes.ts';
import type { Validate } from './content-checks.ts';
import { BackendController } from './controllers/backend.ts';
import { FilesController } from './controllers/files.ts';
import { FormAssociation } from './controllers/form-association.ts';
import { IntakeController } from './controllers/intake.ts';
import { LanguageController } from './controllers/language.ts';
import { dropArea } from './drop-area.ts';
import type { ExistingFile } from './existing-files.ts';
import { filesArea } from './files-area.ts';
import { nameGroup } from './group-name.ts';
import { LazyLoader } from './lazy.ts';
import { nextRedraw, readyToDraw } from './redraw.ts';
import { styles } from './styles.ts';

/**
 * `<s3-uploader>`: picks files, shows them, and uploads them straight to S3 or any S3-compatible storage.
 * @summary Uploads files from the browser straight to Amazon S3, or to any S3-compatible storage.
 * @attr {string} endpoint - URL of the signer, absolute or relative to the page. Required, unless the element has a policy form, an `identity-pool-id` or the property `sign`.
 * @attr {'presigned-post'|'companion'|'better-upload'|'rails'} signer - The backend behind the endpoint. Default this project's own signer.
 * @attr {'get'|'post'} signer-method - HTTP method of requests with `signer="presigned-post"`. Default `post`.
 * @attr {boolean} with-credentials - Sends cookies to a signer of another origin. They are never sent to the storage.
 * @attr {string} identity-pool-id - Cognito identity pool. Visitors sign with its credentials, without a signer; needs `region` and `bucket`.
 * @attr {string} region - Region of the bucket, for Cognito.
 * @attr {string} bucket - Name of the bucket, for Cognito.
 * @attr {string} key-prefix - Prefix of each key before the identity's id, for Cognito. Default none.
 * @attr {string} allowed-hosts - The only hosts that files may be sent to, separated by spaces. Default any, over https.
 * @attr {string} name - Name of the form entry. Without it nothing is submitted.
 * @attr {'key'|'json'|'receipt'} value-format - What is submitted: one entry per file with its `key` or its `receipt`, or one `json` array. Default `key`. With `receipt`, a stored file that has none makes the form invalid.
 * @attr {boolean} required - The form needs at least one file.
 * @attr {boolean} disabled - No file can be added, removed or retried. Running uploads continue.
 * @attr {boolean} hold-submit - A submit during uploads waits until all files are stored.
 * @attr {string} accept - Accepted types, as on `<input type="file">`: `image/*,.pdf`. Default all.
 * @attr {boolean} multiple - Takes several files. Without it, the next file replaces the last one.
 * @attr {boolean} directory - The picker chooses a folder with all its files. Implies `multiple`.
 * @attr {'user'|'environment'} capture - Opens the camera of a phone instead of the picker, as on `<input type="file">`.
 * @attr {boolean} no-drop - Files cannot be dropped.
 * @attr {boolean} no-drop-guard - The browser opens files that are dropped where nothing on the page takes them. Default: such drops do nothing.
 * @attr {boolean} no-paste - Files cannot be pasted.
 * @attr {string} drop-target - Where files can be dropped: `page`, or a selector. Default the element itself.
 * @attr {string} max-file-size - Bytes, or with a unit: `20MB`, `512KiB`. Default no limit.
 * @attr {string} min-file-size - Bytes, or with a unit. Default 0.
 * @attr {number} max-files - Default no limit with `multiple`, otherwise 1.
 * @attr {number} min-files - The form needs at least this many files. Default 0.
 * @attr {string} max-total-size - Of all files together: bytes, or with a unit. Default no limit.
 * @attr {'at-once'|'on-submit'} delete - When a removed stored file is deleted, if the signer allows it. `at-once`: after eight seconds, in which the visitor can undo the removal. `on-submit`: when the form is submitted, or by `deleteRemoved()`. Default `at-once`.
 * @attr {'allow'|'skip'} duplicates - Whether the same file can be added twice. Default `allow`.
 * @attr {boolean} sniff - Refuses files whose content does not match their type.
 * @attr {string} min-image-size - Smallest width and height of an image in pixels, as `600x400`.
 * @attr {string} max-image-size - Largest width and height of an image in pixels, as `8000x8000`.
 * @attr {number} resize - Longest side in pixels. A larger JPEG, PNG or WebP is made smaller before the upload. Animations and other types stay as they are.
 * @attr {'image/jpeg'|'image/png'|'image/webp'} image-type - Converts pictures to this type before the upload, if the browser can read and write them. Animations, GIF and SVG stay as they are.
 * @attr {boolean} strip-metadata - Removes place, camera and author from pictures before the upload. JPEG, PNG, WebP and GIF keep every pixel. Other pictures become JPEG, or are refused. BMP, SVG, PDF and videos stay as they are.
 * @attr {boolean} no-auto - Files wait for the upload button, or for `upload()`.
 * @attr {number} max-concurrent-uploads - Files that are uploaded at a time. Default 3.
 * @attr {number} timeout - Seconds without progress after which a request is aborted and retried. Default 30.
 * @attr {'crc32'|'crc32c'|'crc64nvme'|'sha256'} checksum - Computed for each file or part, in a worker if the page allows one, and verified by the storage. Default none, unless the signer asks for one.
 * @attr {boolean} no-resume - Uploads are not resumed after a reload.
 * @attr {boolean} no-wake-lock - The screen may turn off during uploads.
 * @attr {string} lang - Language of the texts. Default the nearest `lang` around the element.
 * @attr {boolean} no-previews - Shows icons instead of pictures.
 * @attr {'list'|'grid'|'compact'|'avatar'} layout - Rows, tiles, a button that becomes a chip, or one round picture. Default `list`.
 * @slot label - Heading above the element.
 * @slot button - Replaces the text of the button.
 * @slot hint - Replaces the line that shows the limits.
 * @slot empty - Shown while there are no files.
 * @slot file - A `<template>` that is cloned into each file's row. The page's styles and scripts apply to the copies. The values of its named controls become the file's metadata. If a control must be filled in, files wait for the upload button.
 * @slot form - Set by the element itself: a policy form with something to fill in.
 * @slot - Fallback content while the element is not defined. A policy form in it signs the uploads.
 * @csspart drop - The drop area.
 * @csspart button - The button that opens the picker.
 * @csspart drop-label - The text beside the button.
 * @csspart icon - All SVG icons.
 * @csspart hint - The limits in words.
 * @csspart problem - What is wrong with the set-up of uploads.
 * @csspart invalid - Why the form cannot be submitted, once the visitor has tried to.
 * @csspart total - The line for all files: their number, their progress, the result, what concerns all of them, and the buttons for all.
 * @csspart total-progress - The progress bar of all files.
 * @csspart total-button - The buttons for all files. Each has a part of its own, too: `upload-all`, `pause-all`, `resume-all`, `cancel-all`, `retry-all`, `show-failed`, `show-all`, `try-now`, `undo`.
 * @csspart list - The list of files.
 * @csspart drop-overlay - Covers the drop target while files are dragged over it.
 * @csspart notice - Why a submit of the form waits, or which stored file was removed, for as long as that can be undone.
 * @csspart item - One file. Its status is a part, too: `rejected`, `preparing`, `ready`, `queued`, `signing`, `uploading`, `finishing`, `waiting`, `paused`, `done`, `failed`, `canceled`.
 * @csspart thumbnail - A file's picture, or its type.
 * @csspart name - A file's name.
 * @csspart status - A file's status in words.
 * @csspart progress - A file's progress bar.
 * @csspart item-button - A file's buttons.
 * @cssprop [--s3-uploader-accent=#3b6be0] - Colour of buttons, progress bars and focus rings.
 * @cssprop [--s3-uploader-on-accent=#fff] - Text colour of the button.
 * @cssprop [--s3-uploader-text=inherit] - Text colour.
 * @cssprop [--s3-uploader-muted] - Colour of less important text. Default 80% of the text colour.
 * @cssprop [--s3-uploader-line] - Colour of borders. Default 20% of the text colour.
 * @cssprop [--s3-uploader-surface=transparent] - Background of the drop area and of rows.
 * @cssprop [--s3-uploader-danger] - Colour of errors. Default a red mixed with the text colour.
 * @cssprop [--s3-uploader-success=#1c8f4c] - Colour of the tick of a stored file.
 * @cssprop [--s3-uploader-radius=12px] - Radius of corners.
 * @cssprop [--s3-uploader-padding=0.5em] - Padding of a row.
 * @cssprop [--s3-uploader-thumbnail-size=48px] - Size of a row's picture.
 * @cssprop [--s3-uploader-avatar-size=9em] - Size of the round picture with `layout="avatar"`.
 * @cssprop [--s3-uploader-list-max-block-size=32em] - Height from which the list scrolls.
 * @cssstate drawn - The element has been drawn. Until then, a style of the page can keep its place.
 * @cssstate dragover - Files are dragged over the drop target.
 * @cssstate uploading - Files are being uploaded.
 * @cssstate paused - Files are paused, and none is being uploaded.
 * @cssstate offline - Files wait for the network.
 * @cssstate checking - Stored files are being checked by the signer.
 * @cssstate invalid - The form cannot be submitted.
 * @cssstate held - A submit of the form waits for uploads (`hold-submit`).
 * @cssstate user-invalid - The visitor has tried to submit the form, and the element has not been valid since.
 * @cssstate filled - There are files that were not refused.
 * @cssstate full - No more files can be added.
 * @fires {CustomEvent<FileDetail & { file: File }>} file-add - A file is about to be added. Cancelable: `preventDefault()` keeps the file out of the list.
 * @fires {CustomEvent<FileDetail & ErrorDetail>} file-reject - A file was refused; `code` says why.
 * @fires {CustomEvent<FileDetail & { key: string | undefined }>} file-remove - A file was removed from the list. Has `key` if the file is stored. It is then deleted from the storage, if the signer allows it; see `delete`.
 * @fires {CustomEvent<FileDetail & { key: string }>} file-restore - A removed file is back in the list, with the same `id`: the visitor has undone the removal. Has its `key`.
 * @fires {CustomEvent<FileDetail>} upload-start - A file is about to be signed. Cancelable: `preventDefault()` pauses the file.
 * @fires {CustomEvent<FileDetail & { loaded: number, total: number }>} upload-progress - Bytes of a file were sent. Has `loaded` and `total` in bytes.
 * @fires {CustomEvent<FileDetail & ErrorDetail & { attempt: number, delay: number }>} upload-retry - A request failed and is retried after `delay` milliseconds.
 * @fires {CustomEvent<FileDetail & UploadResult>} upload-success - A file is stored. Has its `key` and `location`, and `etag` and `receipt` if they are known.
 * @fires {CustomEvent<FileDetail & ErrorDetail>} upload-error - A file could not be stored; `code` says why.
 * @fires {CustomEvent<FileDetail>} upload-abort - A file was canceled.
 * @fires {CustomEvent<{ done: readonly string[], failed: readonly string[] }>} upload-complete - No file is being prepared or uploaded any more. `done` and `failed` list the ids of the files that ended since the previous `upload-complete`.
 * @fires {CustomEvent<FileDetail & ErrorDetail & { key: string }>} delete-error - A removed file could not be deleted from the storage. Has its `key`.
 * @fires {CustomEvent<{ status: number | undefined }>} auth-required - The signer wants the visitor to sign in. All files are paused until `resume()`.
 * @fires {Event} input - The value has changed.
 * @fires {Event} change - The value has changed, and no upload is running.
 */
export class S3UploaderElement extends LitElement {
  static readonly formAssociated = true;
  static override shadowRootOptions: ShadowRootInit = { mode: 'open', delegatesFocus: true };
  static override styles = styles;
  static override properties = Object.fromEntries(declarations);

  declare endpoint?: string;
  declare signer?: 'presigned-post' | 'companion' | 'better-upload' | 'rails';
  declare signerMethod?: 'get' | 'post';
  declare withCredentials: boolean;
  declare identityPoolId?: string;
  declare region?: string;
  declare bucket?: string;
  declare keyPrefix?: string;
  declare allowedHosts?: string;
  declare name?: string;
  declare valueFormat?: 'key' | 'json' | 'receipt';
  declare required: boolean;
  declare disabled: boolean;
  declare holdSubmit: boolean;
  declare accept?: string;
  declare multiple: boolean;
  declare directory: boolean;
  declare capture?: string;
  declare noDrop: boolean;
  declare noDropGuard: boolean;
  declare noPaste: boolean;
  declare dropTarget?: string;
  declare maxFileSize?: string | number;
  declare minFileSize?: string | number;
  declare maxFiles?: number;
  declare minFiles?: number;
  declare maxTotalSize?: string | number;
  declare delete?: 'at-once' | 'on-submit';
  declare duplicates?: 'allow' | 'skip';
  declare sniff: boolean;
  declare minImageSize?: string;
  declare maxImageSize?: string;
  declare resize?: number;
  declare imageType?: 'image/jpeg' | 'image/png' | 'image/webp';
  declare stripMetadata: boolean;
  declare noAuto: boolean;
  declare maxConcurrentUploads?: number;
  declare timeout?: number;
  declare checksum?: ChecksumAlgorithm;
  declare noResume: boolean;
  declare noWakeLock: boolean;
  declare noPreviews: boolean;
  declare layout?: 'list' | 'grid' | 'compact' | 'avatar';
  /** Object with extra headers for requests to the signer, or a function that returns it before each request. */
  declare headers?: SigningAttributes['headers'];
  /** Object with metadata of all files for the signer, name → string. `setMetadata` and the fields of a file override it. */
  declare metadata?: Record<string, string>;
  /** Object with the Cognito logins of a visitor who has signed in, provider → token, or a function that returns it. */
  declare logins?: SigningAttributes['logins'];
  /** Function that signs uploads instead of the endpoint: `async (files, { signal }) => grants`, one grant per file. */
  declare sign?: Sign;
  /** Array of files that are stored already: `{ key, name, size, type, … }`, of which only `key` is required. */
  declare existing?: readonly ExistingFile[];
  /** Function `(file, { signal })` that refuses a file with the reason that it returns, or promises, for the visitor. */
  declare validate?: Validate;
  /** Object with texts that replace the element's own. `widget/locales/de.ts` shows all names. */
  declare labels?: Partial<Labels>;

  readonly #internals = this.attachInternals();
  readonly #loader = new LazyLoader(this);
  readonly #language = new LanguageController(this, this.#loader);
  readonly #backend: BackendController = new BackendController(this, {
    loader: this.#loader,
    endpointSigner: async () => (await this.#files.open()).endpointSigner(),
    changed: () => this.#configure(),
  });
  readonly #intake: IntakeController = new IntakeController(this, {
    isDisabled: () => this.#isDisabled,
    session: () => this.#files.session,
    prepare: () => void this.#files.open(),
    added: () => this.#form.validate(),
    add: (incoming) => this.#files.add(incoming),
  });
  readonly #form: FormAssociation = new FormAssociation(this, {
    internals: this.#internals,
    loader: this.#loader,
    language: this.#language,
    showNotice: (text) => this.#files.session?.view.showNotice(text),
    state: () => ({
      isAdding: this.#intake.isAdding,
      minFiles: this.#files.minFiles,
      incomplete: this.#files.session?.fields?.firstIncomplete,
    }),
  });
  readonly #files: FilesController = new FilesController(this, {
    internals: this.#internals,
    loader: this.#loader,
    language: this.#language,
    backend: this.#backend,
    form: this.#form,
    drag: () => this.#intake.drag,
    opened: () => this.#configure(),
  });

  constructor() {
    super();
    for (const [property, { type }] of declarations) if (type === Boolean) this[property as 'multiple'] = false;
    // the click of a <label>
    this.addEventListener('click', (event) => event.composedPath()[0] === this && this.open());
  }

  /** Array of the files, in the order in which they were added. Frozen; each change makes a new array. */
  get files(): readonly UploadItem[] {
    return this.#files.items;
  }

  /** Array of the strings that the form submits, one per entry; see `value-format`. */
  get value(): readonly string[] {
    return this.#files.session?.value ?? [];
  }

  /** Opens the file picker. Browsers allow this only in response to a click or a key. */
  open(): void {
    if (!this.#isDisabled) this.renderRoot.querySelector('input')?.click();
  }

  /** Adds files as if they were picked. Resolves to all of them once they are added or refused. */
  async add(files: Iterable<File>): Promise<readonly UploadItem[]> {
    return this.#intake.add({ files: [...files] });
  }

  /**
   * Sets metadata of one file for the signer. It overrides `metadata`; an empty string removes an entry. Without `no-auto`,
   * call it in a listener of `file-add`, because the upload starts at once. Throws once the upload has begun.
   */
  setMetadata(id: string, metadata: Readonly<Record<string, string>>): void {
    this.#files.queue?.setMetadata(id, metadata);
  }

  /** Starts a file that waits for it (`no-auto`), or all of them. */
  upload(id?: string): void {
    this.#files.queue?.start(id);
  }

  /** Pauses a file, or all. Stored parts of a file are kept. */
  pause(id?: string): void {
    this.#files.queue?.pause(id);
  }

  /**
   * Resumes a paused file, or all. If the file is no longer available after a reload, the browser asks the visitor for permission
   * to read it, or the picker opens. Without an id, after a sign-in, also shows the visitor's uploads of earlier pages.
   */
  resume(id?: string): void {
    this.#files.session?.resume(id);
  }

  /** Retries a failed or canceled file, or all failed ones. Files that wait for their next attempt are tried now. */
  retry(id?: string): void {
    this.#files.queue?.retry(id);
  }

  /** Cancels a file that is not stored yet, or all. Canceled files stay in the list. */
  cancel(id?: string): void {
    this.#files.queue?.cancel(id);
  }

  /** Removes a file from the list; cancels it first if necessary. A stored file is deleted, if the signer allows it: at once, or as `delete` says. */
  removeFile(id: string): void {
    this.#files.queue?.removeFile(id);
  }

  /** Deletes removed files that are still stored, without a submit of the form. Resolves once the signer has responded. */
  async deleteRemoved(): Promise<void> {
    return this.#files.queue?.deleteRemoved();
  }

  /** Removes all files from the list. Stored files stay stored. Files removed before, which could still be restored, are deleted; with `delete="on-submit"` they stay stored. */
  clear(): void {
    this.#files.queue?.clear();
  }

  /**
   * Forgets the visitor: call it when they sign out. Cancels uploads, removes all files from the list, and deletes what the
   * browser keeps of unfinished uploads: those of all elements of this origin with the same `endpoint`, of all visitors. Stored
   * files stay stored. Resolves once it is deleted. Rejects outside of a document if its code cannot be loaded.
   */
  async forget(): Promise<void> {
    const load = this.isConnected ? this.#loader.load : loadOnce;
    const { forget } = await load(() => import('./forget.ts'));
    await forget(this, this.#backend, this.#files, { load });
  }

  /** The form that the element belongs to. */
  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  /** As on any control of a form: https://html.spec.whatwg.org/#dom-cva-validity */
  get validity(): ValidityState {
    return this.#form.current.validity;
  }

  /** Why the form cannot be submitted, in the visitor's language; empty if it can. */
  get validationMessage(): string {
    return this.#form.current.validationMessage;
  }

  /** False while the element is disabled. */
  get willValidate(): boolean {
    return this.#form.current.willValidate;
  }

  /** Returns whether the element is valid. Dispatches `invalid` if it is not. */
  checkValidity(): boolean {
    return this.#form.current.checkValidity();
  }

  /** As `checkValidity`, and shows the message at the button. */
  reportValidity(): boolean {
    return this.#form.current.reportValidity();
  }

  /** Makes the element invalid with a message of the page's own; an empty one makes it valid again. */
  setCustomValidity(message: string): void {
    this.#form.customMessage = message;
  }

  /** @internal */ formAssociatedCallback(form: HTMLFormElement | null): void {
    if (form) void this.#form.load();
  }

  /** @internal */ formDisabledCallback(): void {
    queueMicrotask(() => this.requestUpdate()); // an update reflects `disabled`, after it has rendered
  }

  /** @internal */ formResetCallback(): void {
    this.#form.reset();
    this.#files.session?.reset();
  }

  /** @internal */ formStateRestoreCallback(state: string): void {
    this.#files.listExisting('restore', JSON.parse(state) as ExistingFile[]);
  }

  override requestUpdate(...[name, ...rest]: Parameters<LitElement['requestUpdate']>): void {
    super.requestUpdate(name, ...rest);
    if (this.renderRoot && name) this.#form.validate(); // a form may be submitted before the next frame
  }

  /** Waits for texts and styles before the first render, and for a frame before each later one. */
  protected override async scheduleUpdate(): Promise<void> {
    await (this.hasUpdated
      ? nextRedraw(this.files.length, this.#internals)
      : readyToDraw(this.#language.update(), this.#files.loadFirst()));
    await super.scheduleUpdate();
  }

  protected override createRenderRoot(): ReturnType<LitElement['createRenderRoot']> {
    const root = super.createRenderRoot();
    root.append(Object.assign(document.createElement('slot'), { name: 'label' })); // stays until the first render
    return root;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.size && this.hasUpdated) return;
    const isFirst = !this.hasUpdated;
    if (isFirst) this.renderRoot.replaceChildren();
    const hasNewSigner = declarations.some(([name, { isSigning }]) => isSigning && changed.has(name as 'sign'));
    this.#configure(isFirst || hasNewSigner);
    if (changed.has('existing') || isFirst) this.#files.showExisting();
    if (isFirst && this.#backend.isConfigured && !this.noResume) void this.#files.restore();
    if (changed.has('layout') && this.layout) void this.#files.loadLayouts();
    if (changed.has('labels')) void this.#language.update();
  }

  protected override render(): TemplateResult {
    const { localizer } = this.#language;
    const problem = this.#backend.problem || this.#files.limits.problem;
    const names = this.files.length ? [] : this.#intake.pendingNames;
    const isEmpty = !this.files.length && !names.length;
    return html`
      <slot name="label" @slotchange=${() => this.requestUpdate()}></slot>
      ${dropArea(this, { intake: this.#intake, files: this.#files, localizer, isDisabled: this.#isDisabled, isEmpty })}
      <div
        part="problem"
        class="problem"
        role="alert"
        dir="auto"
        lang=${problem ? 'en' : localizer.lang}
        .textContent=${problem || (this.#loader.missing ? localizer.term(this.#loader.missing) : (this.#files.session?.view.setupFault ?? ''))}
      ></div>
      <slot name="form"></slot>
      <slot hidden @slotchange=${() => this.#configure(true)}></slot>
      ${filesArea(isEmpty, names, localizer, !!this.#files.session)}
    `;
  }

  protected override updated(): void {
    this.#internals.states.add('drawn');
    this.#internals.states[this.#intake.drag ? 'add' : 'delete']('dragover');
    nameGroup(this, this.#internals, this.#language.localizer.term('files'));
  }

  get #isDisabled(): boolean {
    return this.disabled || this.matches(':disabled') || !this.#backend.isUsable;
  }

  /** Checks the attributes, and gives the queue its options. */
  #configure(hasNewSigner = false): void {
    if (hasNewSigner) this.#backend.configure();
    this.#files.prepare();
    this.#backend.check(this.#files.session);
    this.#files.session?.configure();
    if (this.#files.minFiles) void this.#form.load();
    this.#form.validate(); // the page's form may be submitted before the next frame
    this.requestUpdate();
  }
}
