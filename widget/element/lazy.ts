import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Milliseconds until a chunk is tried again: doubled each time, up to the longest. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * The text for a missing chunk: `waiting` for the network, or `reload`, as the server no longer has it after a deployment.
 */
export type MissingText = 'reload' | 'waiting';

/**
 * Loads the element's chunks and tries again until they are there: after growing waits, and at once when the browser is
 * back online or the element back in the document. Outside the document it waits for that.
 */
export class LazyLoader implements ReactiveController {
  /** The text for a visitor who waits for a missing chunk; undefined when none is missing. */
  missing?: MissingText;
  readonly #host: ReactiveControllerHost & HTMLElement;
  /** Chunks that the visitor waits for and that could not be loaded yet. */
  readonly #failed = new Set<unknown>();
  /** Aborted to end all waits between tries. */
  #waits = new AbortController();

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('online', this.#retry);
    this.#retry();
  }

  hostDisconnected(): void {
    removeEventListener('online', this.#retry);
  }

  /**
   * Loads a chunk.
   *
   * @param isQuiet whether the visitor need not wait for it: while it is missing, the element does not say so
   * @throws the signal's reason when aborted
   */
  readonly load = async <T>(
    chunk: () => Promise<T>,
    signal = new AbortController().signal,
    isQuiet = false,
  ): Promise<T> => {
    try {
      for (let ms = FIRST_RETRY_MS; ; ms = Math.min(ms * 2, LONGEST_RETRY_MS)) {
        signal.throwIfAborted();
        // the network may be back before the attempt has failed
        const end = AbortSignal.any([signal, this.#waits.signal]);
        try {
          return await chunk();
        } catch {
          if (!isQuiet) void this.#report(chunk);
          await aborted(this.#host.isConnected ? AbortSignal.any([end, AbortSignal.timeout(ms)]) : end);
        }
      }
    } finally {
      if (this.#failed.delete(chunk)) this.#update();
    }
  };

  /**
   * Finds out why a chunk is missing, for which browsers give no reason. Any response means that the connection is not lost,
   * so that the server lacks the chunk, or has another one in its place. The server of this module is asked first. If the
   * page's policy does not allow that, or a bundler has put a file's path in place of the URL, the server of the page is.
   */
  async #report(chunk: unknown): Promise<void> {
    this.#failed.add(chunk);
    const ask = (url: string): Promise<unknown> => fetch(url, { method: 'HEAD', mode: 'no-cors', cache: 'no-store' });
    this.missing = await ask(import.meta.url)
      .catch(() => ask(document.baseURI))
      .then(
        () => 'reload',
        () => 'waiting',
      );
    this.#update();
  }

  #update(): void {
    if (!this.#failed.size) this.missing = undefined;
    this.#host.requestUpdate();
  }

  readonly #retry = (): void => {
    this.#waits.abort();
    this.#waits = new AbortController();
  };
}

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    signal.onabort = resolve;
    if (signal.aborted) resolve(undefined);
  });
