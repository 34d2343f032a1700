import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { BrowserNetwork } from '../browser/network.ts';
import { pageConnections } from '../browser/page-connections.ts';
import { promptBeforeUnload } from '../browser/unload-prompt.ts';
import { keepScreenAwake } from '../browser/wake-lock.ts';
import { xhr } from '../browser/xhr.ts';
import type * as acceptCode from '../core/accept.ts';
import type { Emit } from '../core/events.ts';
import { isPending, type UploadItem } from '../core/item.ts';
import type { Limits } from '../core/limits.ts';
import type { Sign } from '../core/sign.ts';
import type { Uploader } from '../core/uploader.ts';
import type { ComputeChecksum } from '../core/send-file.ts';
import type { PictureOptions } from '../media/transform.ts';
import { endpoint } from '../sign/contract/endpoint.ts';
import type { SignerAccess } from '../sign/http/signer-request.ts';
import type { Drag } from '../view/drag.ts';
import type { FileTemplateFields } from '../view/file-template-fields.ts';
import { FilesView } from '../view/files.ts';
import type { UploaderHost } from '../view/host.ts';
import type { Checks } from './content-checks.ts';
import type { BackendController } from './controllers/backend.ts';
import type { FormAssociation } from './controllers/form-association.ts';
import type { IncomingFiles } from './dropped-files.ts';
import { ElementQueue } from './element-queue.ts';
import type { ExistingFile, ExistingFiles } from './existing-files.ts';
import { FileContent } from './file-content.ts';
import type { DeleteOnSubmit } from './delete-on-submit.ts';
import type { DropSource } from './file-handle.ts';
import { formValue, type ValueFormat } from './form-value.ts';
import type { LazyLoader } from './lazy.ts';
import { lazyResumeStore } from './lazy-resume-store.ts';
import { isPlainAccept } from './plain-accept.ts';
import { queueOptions, type QueueOptionsSource } from './queue-options.ts';

/**
 * Milliseconds for which an element outside of the document counts as moved, not as removed. Frameworks that keep an element
 * between two pages, such as Turbo with `data-turbo-permanent`, put it back some frames later.
 */
const MOVE_MS = 500;

const loadAccept = (): Promise<typeof acceptCode> => import('../core/accept.ts');

/** The properties of the element that a session uses. */
export interface SessionHost
  extends UploaderHost, QueueOptionsSource, Checks, PictureOptions, Omit<SignerAccess, 'url' | 'load'> {
  readonly endpoint?: string;
  readonly name?: string;
  readonly noResume: boolean;
  readonly noWakeLock: boolean;
  readonly valueFormat?: ValueFormat;
  open(): void;
}

/** The element's services for a session. */
export interface SessionOptions {
  readonly internals: ElementInternals;
  readonly loader: LazyLoader;
  readonly backend: BackendController;
  readonly form: FormAssociation;
  /** Returns the files that are dragged over the drop target; undefined while none are. */
  readonly drag: () => Drag | undefined;
  /** Returns the current limits. */
  readonly limits: () => Limits;
}

/**
 * The files of one element: its queue, with the browser's transport, and their view. In a chunk of their own: a page whose
 * visitor never brings a file needs neither.
 */
export class FilesSession implements ReactiveController {
  readonly queue: Uploader;
  readonly view: FilesView;
  /** Fields of each row, if the page has a template for them. */
  readonly fields: FileTemplateFields | undefined;
  readonly #host: ReactiveControllerHost & SessionHost;
  readonly #options: SessionOptions;
  readonly #content: FileContent;
  /** Where each dropped file came from, so that a later page can read it again. */
  readonly #dropSources = new WeakMap<File, DropSource>();
  readonly #network = new BrowserNetwork();
  /** Ends the network's listeners when the element leaves the document. */
  #listeners = new AbortController();
  #existing?: ExistingFiles;
  #deleteOnSubmit?: Promise<DeleteOnSubmit>;
  /** The last `accept` that was not plain. */
  #accept?: string;
  readonly #meanings: Record<string, acceptCode.AcceptMeaning> = {};
  /** Undefined until it is loaded. */
  #acceptCode?: typeof acceptCode;
  /** Ends the prompt before the page is left, which an element outside of the document must not cause. */
  #prompt = new AbortController();
  /** Ids of files to resume when the element is back in a document; undefined while it is in one. */
  #suspended?: readonly string[];
  /** Timer of the suspension, while the element is outside of the document. */
  #suspension?: ReturnType<typeof setTimeout>;
  /** Events of the form that are due once it has the value. */
  readonly #dueEvents = new Set<'input' | 'change'>();

  /** Opens the session, with the template of file rows if the page has one. */
  static async open(host: ReactiveControllerHost & SessionHost, options: SessionOptions): Promise<FilesSession> {
    const template = host.querySelector<HTMLTemplateElement>(':scope > template[slot=file]');
    const load = () => import('../view/file-template-fields.ts');
    const chunk = template && (await options.loader.load(load));
    return new FilesSession(
      host,
      options,
      (queue) => chunk && template && new chunk.FileTemplateFields(host, queue, template),
    );
  }

  private constructor(
    host: ReactiveControllerHost & SessionHost,
    options: SessionOptions,
    createFields: (queue: Uploader) => FileTemplateFields | null,
  ) {
    const { load } = options.loader;
    this.#host = host;
    this.#options = options;
    this.#content = new FileContent(host, load);
    let checksum: ComputeChecksum | undefined;
    this.queue = new ElementQueue(
      {
        sign: options.backend.sign,
        send: xhr,
        network: this.#network,
        connections: pageConnections(),
        resume: host.noResume ? undefined : lazyResumeStore(host, this.#dropSources),
        computeChecksum: async (...job) => {
          const { checksumInWorker } = await load(() => import('../browser/checksum-client.ts'), job[2]);
          return (checksum ??= checksumInWorker(load))(...job);
        },
        load,
        gate: (files) => this.#startable(files),
      },
      this.#relay,
    );
    const { queue } = this;
    this.fields = createFields(queue) ?? undefined;
    this.view = new FilesView({ ...options, host, queue, fields: this.fields, thumbnail: this.#content.thumbnail });
    this.configure();
    queue.addEventListener('update', () => host.requestUpdate());
    // outside of a form, a library such as htmx may submit the value
    if (host.name) void options.form.load();
    keepScreenAwake(queue, { isAllowed: () => !host.noWakeLock });
    host.addController(this);
  }

  hostConnected(): void {
    clearTimeout(this.#suspension);
    this.#prompt.abort();
    this.#prompt = new AbortController();
    promptBeforeUnload(this.queue, this.#prompt.signal);
    this.#listeners.abort();
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    this.#network.listen(signal);
    addEventListener('pagehide', () => this.#deleteRemoved(), { signal });
    for (const type of ['beforeprint', 'afterprint']) {
      addEventListener(type, () => this.view.print(type === 'beforeprint'), { signal });
    }
    if (!this.#suspended) return;
    for (const id of this.#suspended) this.resume(id);
    this.#suspended = undefined;
    // uploads of earlier pages that the signer had not accepted yet
    void this.queue.restore();
  }

  hostDisconnected(): void {
    this.#prompt.abort();
    const after = (end: () => void): void => void (this.#suspension = setTimeout(end, MOVE_MS / 2));
    // two timers: while the page is busy, one would end before the code that puts the element back could run
    after(() => after(() => this.#suspend()));
  }

  #suspend(): void {
    this.#deleteRemoved();
    this.#listeners.abort();
    this.#suspended = this.queue.items.filter(isPending).map(({ id }) => id);
    this.queue.suspend();
    // a visitor who comes back to the element is asked again
    this.#options.backend.sign.forget?.('credentials');
  }

  /** Deletes what the visitor has removed and could still bring back, unless it is kept until the form is submitted. */
  #deleteRemoved(): void {
    if (!this.queue.options.keepRemoved) void this.queue.deleteRemoved();
  }

  hostUpdated(): void {
    this.view.update();
  }

  /** Whether more files would be refused because of their number; a single file is replaced by the next. */
  get isFull(): boolean {
    const { limits, internals } = this.#options;
    return !!limits().multiple && internals.states.has('full');
  }

  /** Describes files that are dragged over a drop target, and shows by the pointer that they would be refused. */
  describeDrag({ currentTarget, dataTransfer }: DragEvent): Drag {
    const types = [...dataTransfer!.items].flatMap(({ kind, type }) => (kind === 'file' ? type : []));
    const isRefused = this.#isRefused(types);
    if (isRefused) dataTransfer!.dropEffect = 'none';
    return { target: currentTarget!, count: types.every(Boolean) ? types.length : 0, isRefused };
  }

  /** Whether `accept` allows none of these types. False while a type, or the code that knows types, is not there. */
  #isRefused(types: readonly string[]): boolean {
    const { accept } = this.#options.limits();
    if (!accept || !types.length) return false;
    void this.#loadAccept();
    const { mayBeAccepted } = this.#acceptCode ?? {};
    return !!mayBeAccepted && !types.some((type) => mayBeAccepted(type, accept));
  }

  /** Loads the code that knows what types and extensions mean. */
  async #loadAccept(): Promise<typeof acceptCode> {
    return (this.#acceptCode ??= await this.#options.loader.load(loadAccept, undefined, !this.#accept));
  }

  /** The text of the button while the next file replaces the only one that is allowed; otherwise empty. */
  get replaceText(): string {
    const isReplacing =
      !this.#options.limits().multiple &&
      this.queue.items.some(({ status }) => status !== 'rejected' && status !== 'canceled');
    return isReplacing ? this.view.term('replace') : '';
  }

  /** A signer with this project's own contract. It is here because most pages need no other. */
  endpointSigner(): Sign {
    const { endpoint: url = '', headers, metadata, withCredentials } = this.#host;
    return endpoint({ url, headers, metadata, withCredentials, load: this.#options.loader.load });
  }

  /** Gives the queue its options, after attributes have changed. */
  configure(): void {
    const { backend, limits } = this.#options;
    const waits = !!(this.fields?.needsInput || backend.formDefaults?.needsInput);
    this.queue.configure(
      queueOptions(this.#host, { sign: backend.sign, limits: limits(), content: this.#content, waits }),
    );
    if (this.queue.options.keepRemoved) void (this.#deleteOnSubmit ??= this.#loadDeleteOnSubmit());
  }

  async #loadDeleteOnSubmit(): Promise<DeleteOnSubmit> {
    const { loader, internals } = this.#options;
    const { DeleteOnSubmit } = await loader.load(() => import('./delete-on-submit.ts'));
    return new DeleteOnSubmit(this.#host, this.queue, internals);
  }

  /** The meaning of an `accept` that is not plain; undefined until its chunk is loaded. */
  meaningOf(accept = ''): acceptCode.AcceptMeaning | undefined {
    if (accept !== this.#accept && !isPlainAccept(accept)) {
      this.#accept = accept;
      void this.#readAccept(accept);
    }
    return this.#meanings[accept];
  }

  async #readAccept(accept: string): Promise<void> {
    const { acceptMeaning } = await this.#loadAccept();
    const meaning = (this.#meanings[accept] = acceptMeaning(accept));
    // eslint-disable-next-line no-console -- the page's author looks there, and the visitor cannot fix it
    if (meaning.problem) console.error(`<s3-uploader>: ${meaning.problem}`, this.#host);
    this.configure();
    this.#host.requestUpdate();
  }

  get value(): readonly string[] {
    return formValue(this.queue.items, this.#host.valueFormat);
  }

  async add(incoming: IncomingFiles): Promise<readonly UploadItem[]> {
    const { roots, entries = [], isFolder } = incoming;
    // the element has shown their names, in a live region, while this code was loaded
    const isTold = !!this.#host.shadowRoot!.querySelector('.added');
    const isReadLater =
      isFolder ||
      entries.length > incoming.files.length ||
      entries.some((entry) => entry && 'isDirectory' in entry && entry.isDirectory);
    const folder = isReadLater
      ? await (await this.#options.loader.load(() => import('./read-folder.ts'))).readFolders(incoming)
      : undefined;
    const files = folder ? [...folder.files.keys()] : incoming.files;
    const pathOf = (file: File): string | undefined => folder?.files.get(file);
    if (roots) for (const file of files) this.#dropSources.set(file, { roots, path: pathOf(file) || file.name });
    this.view.expectFiles();
    const added = await this.queue.add(files, pathOf);
    const rejected = (folder?.errors ?? []).map(([path, error]) => this.queue.reject(path, error));
    this.view.announceAdded(added, isTold);
    return [...added, ...rejected];
  }

  resume(id?: string): void {
    const item = id === undefined ? undefined : this.queue.item(id);
    if (item?.status !== 'paused' || item.error?.code !== 'file-missing') this.queue.resume(id);
    // a file that a reload has lost: the browser asks for permission to read it, or the visitor picks it again
    else if (!this.queue.readAgain(item.id)) this.#host.open();
  }

  /** Shows the unfinished uploads of earlier pages. */
  async restore(): Promise<void> {
    if (!(await this.#options.backend.resolve())) return;
    const before = new Set(this.queue.items.map(({ id }) => id));
    await this.queue.restore();
    this.view.announceUnfinished(this.queue.items.filter(({ id }) => !before.has(id)));
    // an element that a framework has replaced by this one releases its uploads only now
    await new Promise((resolve) => setTimeout(resolve, 2 * MOVE_MS));
    if (this.#host.isConnected) await this.queue.restore();
  }

  /** Lists files that are stored already: those that the page says (`show`), or that the browser has kept (`restore`). */
  async listExisting(by: 'show' | 'restore', files: readonly ExistingFile[] | undefined): Promise<void> {
    const { loader, backend } = this.#options;
    const { ExistingFiles } = await loader.load(() => import('./existing-files.ts'));
    this.#existing ??= new ExistingFiles(this.#host, this.queue, () => backend.resolve());
    try {
      this.#existing[by](files);
    } catch (error) {
      reportError(error); // files that are picked do not depend on it
    }
  }

  /** Removes all files, except those that the page says are stored already. */
  reset(): void {
    if (this.#existing) this.#existing.reset();
    else this.queue.clear();
  }

  /** The files whose fields are filled in; none while the policy form is not. Shows the visitor the first incomplete one. */
  #startable(files: readonly UploadItem[]): readonly UploadItem[] {
    const { fields } = this;
    const form = this.#host.querySelector<HTMLFormElement>('form[slot=form], [slot=form] form');
    if (form?.noValidate === false && !form.reportValidity()) return [];
    if (!fields) return files;
    const startable = files.filter((item) => fields.prepareStart(item));
    const incomplete = files.find((item) => !startable.includes(item));
    if (incomplete) {
      this.view.reveal(incomplete.id);
      fields.report(incomplete);
    }
    return startable;
  }

  /** Dispatches an event of the queue from the element. */
  readonly #relay: Emit = (type, detail, cancelable) => {
    const { form } = this.#options;
    const members = detail as { id?: string; name?: string; key?: string; done?: readonly string[] };
    const { key, done } = members;
    // listeners find the form as it is now
    if (done) form.validate();
    const isWanted = this.#host.dispatchEvent(
      new CustomEvent(type, { detail, cancelable, bubbles: true, composed: true }),
    );
    this.view.announceEvent(type, members);
    // deletes the file when the page closes, and could not be loaded then
    if (key && type === 'file-remove') void this.#options.backend.resolve();
    if (key && type !== 'delete-error') this.#notify('input');
    if (done?.length || (key && /^file-re(move|store)$/.test(type))) this.#notify('change');
    return isWanted;
  };

  /** Dispatches `input` or `change` at the end of this turn, each once, when the form has the value. */
  #notify(type: 'input' | 'change'): void {
    if (!this.#dueEvents.size) {
      queueMicrotask(() => {
        const due = [...this.#dueEvents];
        this.#dueEvents.clear();
        this.#options.form.validate(due.includes('change'));
        for (const each of due) this.#host.dispatchEvent(new Event(each, { bubbles: true, composed: true }));
      });
    }
    this.#dueEvents.add(type);
  }
}
