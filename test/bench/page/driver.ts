import { deferred } from '../../fixtures/deferred.ts';
import { LongTasks, type LongTaskFigures } from './long-tasks.ts';
import type { Mount, MountedUploader, UploaderContext, UploaderOptions } from './uploader.ts';

/** Files that the page creates, all of random bytes. */
export interface FilesToMake {
  count: number;
  /** Bytes of each. */
  size: number;
  type: string;
  extension: string;
}

/** A file's terminal event. */
export interface TerminalEvent {
  kind: 'stored' | 'failed';
  /** Milliseconds since the files were added. */
  ms: number;
  reason?: string;
}

/** What an upload of all files took. */
export interface UploadFigures extends LongTaskFigures {
  /** Milliseconds from adding the files until the terminal event of the last, or until the limit. */
  ms: number;
  isTimedOut: boolean;
  stored: number;
  failed: number;
  /** The first ten. */
  events: TerminalEvent[];
}

/** What adding all files, or showing all previews, took. */
export interface ListFigures extends LongTaskFigures {
  /** Milliseconds until the last file is listed, or the last preview shown. */
  ms: number;
  isTimedOut: boolean;
  /** Files that are listed, or previews that are shown. */
  reached: number;
}

/** Milliseconds without a change after which the list of files is complete. */
const QUIET_MS = 300;
const MAX_EVENTS = 10;
const MAX_REASON_LENGTH = 160;

/** Drives the one uploader of this page. The benchmark calls it as `window.bench`. */
export class PageDriver {
  readonly #mount: Mount;
  readonly #longTasks = new LongTasks();
  #files: File[] = [];
  #uploader: MountedUploader | undefined;
  #startTime = 0;
  #events: TerminalEvent[] = [];
  #ended = new Map<string, TerminalEvent['kind']>();
  #allEnded = deferred<void>();

  constructor(mount: Mount) {
    this.#mount = mount;
  }

  /** Takes the files of the page's file input, or creates some. */
  take(files?: FilesToMake): void {
    const input = document.querySelector<HTMLInputElement>('#pick')!;
    this.#files = files ? makeFiles(files) : [...input.files!];
  }

  /** Shows the uploader, with everything loaded that it loads before its first file. */
  async mount(context: {
    signerUrl: string;
    bucket: UploaderContext['bucket'];
    options: UploaderOptions;
  }): Promise<void> {
    this.#uploader = await this.#mount({
      ...context,
      root: document.querySelector<HTMLElement>('#root')!,
      report: {
        stored: (name) => this.#end(name, 'stored'),
        failed: (name, reason) => this.#end(name, 'failed', reason),
      },
    });
    await this.#uploader.prepare?.(this.#files);
    await nextFrame();
    await nextFrame();
  }

  /** Adds and uploads all files. */
  async upload(limitMs: number): Promise<UploadFigures> {
    await this.#startClock();
    const add = async (): Promise<void> => {
      await this.#uploader!.add(this.#files);
      await this.#uploader!.start?.();
    };
    add().catch((error: unknown) => this.#end('', 'failed', error));
    const isTimedOut = await Promise.race([this.#allEnded.promise.then(() => false), sleep(limitMs).then(() => true)]);
    const ms = performance.now() - this.#startTime;
    const kinds = [...this.#ended.values()];
    return {
      ms,
      isTimedOut,
      stored: kinds.filter((kind) => kind === 'stored').length,
      failed: kinds.filter((kind) => kind === 'failed').length,
      events: this.#events,
      ...(await this.#longTasks.between(this.#startTime, this.#startTime + ms)),
    };
  }

  /** Adds all files, without uploading them, and waits until the list is drawn and complete. */
  add(limitMs: number): Promise<ListFigures> {
    return this.#list(limitMs, QUIET_MS, () => this.#uploader!.listedCount!());
  }

  /** Adds all files, without uploading them, and waits until all previews are shown. */
  preview(limitMs: number): Promise<ListFigures> {
    return this.#list(limitMs, 0, () => this.#uploader!.previewCount!());
  }

  async #list(limitMs: number, quietMs: number, count: () => number): Promise<ListFigures> {
    await this.#startClock();
    void Promise.resolve(this.#uploader!.add(this.#files)).catch((error: unknown) => this.#end('', 'failed', error));
    let reached = -1;
    let changeTime = this.#startTime;
    const isComplete = (): boolean => reached >= this.#files.length && performance.now() - changeTime >= quietMs;
    const isTimedOut = (): boolean => performance.now() - this.#startTime > limitMs;
    while (!isComplete() && !isTimedOut()) {
      await nextFrame();
      await sleep(0);
      const now = count();
      if (now !== reached) changeTime = performance.now();
      reached = now;
    }
    const ms = changeTime - this.#startTime;
    const longTasks = await this.#longTasks.between(this.#startTime, Infinity);
    return { ms, isTimedOut: !isComplete(), reached, ...longTasks };
  }

  /** Starts in a task of its own: what the browser's debugger calls directly is no long task. */
  async #startClock(): Promise<void> {
    await sleep(1);
    this.#startTime = performance.now();
  }

  #end(name: string, kind: TerminalEvent['kind'], reason?: unknown): void {
    const text = reason === undefined ? '' : reason instanceof Error ? reason.message : JSON.stringify(reason);
    const event: TerminalEvent = { kind, ms: performance.now() - this.#startTime };
    if (text) event.reason = text.slice(0, MAX_REASON_LENGTH);
    if (this.#events.length < MAX_EVENTS) this.#events.push(event);
    if (!this.#ended.has(name)) this.#ended.set(name, kind);
    if (this.#ended.size >= this.#files.length) this.#allEnded.resolve();
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const nextFrame = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()));

function makeFiles({ count, size, type, extension }: FilesToMake): File[] {
  const piece = crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)));
  return Array.from({ length: count }, (_, index) => {
    const start = new TextEncoder().encode(`file ${index}\n`).subarray(0, size);
    const pieces = [start];
    for (let left = size - start.length; left > 0; left -= piece.length) pieces.push(piece.subarray(0, left));
    return new File(pieces, `file-${String(index).padStart(5, '0')}.${extension}`, { type });
  });
}
