/** A worker's reply to a job, sent by the port that came with the job. */
export type WorkerReply = { value: unknown } | { error: SerializedError };

/** The members of an error that a worker sends. */
export interface SerializedError extends Pick<Error, 'name' | 'message'> {
  /** The code of an `UploadError`; undefined for other errors. */
  code?: string;
}

type DeserializeError = (error: SerializedError) => Error;

/** The reason of a job whose worker could not start or has crashed. */
const WORKER_FAILED = new Error('The worker could not start, or has crashed.');

/**
 * A worker of this package, started with its first job. If the page's policy does not allow the worker, or the worker
 * crashes, this and all later jobs run on the main thread.
 */
export class WorkerClient {
  readonly #url: URL;
  readonly #deserializeError: DeserializeError;
  /** Undefined until the first job; null if it could not start or has crashed. */
  #worker: Worker | null | undefined;

  /**
   * @param url address of the worker's script
   * @param deserializeError makes an error of what the worker sent. Default: an `Error` with its message
   */
  constructor(url: URL, deserializeError: DeserializeError = ({ message }) => new Error(message)) {
    this.#url = url;
    this.#deserializeError = deserializeError;
  }

  /** Whether the worker runs. */
  get isStarted(): boolean {
    return !!this.#worker;
  }

  /**
   * Does a job in the worker.
   *
   * @param job a message that the worker understands
   * @param onMainThread does the same without a worker
   * @throws the worker's error, or the signal's reason
   */
  async run<T>(job: object, onMainThread: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#worker === undefined) this.#worker = startWorker(this.#url);
    if (!this.#worker) return onMainThread();
    try {
      return (await this.#send(this.#worker, job, signal)) as T;
    } catch (error) {
      if (error !== WORKER_FAILED) throw error;
      this.#worker = null;
      return onMainThread();
    }
  }

  #send(worker: Worker, job: object, signal: AbortSignal | undefined): Promise<unknown> {
    const { port1, port2 } = new MessageChannel();
    const finished = new AbortController();
    return new Promise((resolve, reject) => {
      worker.addEventListener('error', () => reject(WORKER_FAILED), { signal: finished.signal });
      const abort = (): void => {
        port1.postMessage('abort');
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', abort, { signal: finished.signal });
      port1.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
        if ('value' in data) resolve(data.value);
        else reject(this.#deserializeError(data.error));
      };
      worker.postMessage(job, [port2]);
    }).finally(() => {
      finished.abort();
      port1.close();
    });
  }
}

/** @returns null if the page, or its policy, does not allow the worker */
function startWorker(url: URL): Worker | null {
  try {
    const script = url.origin === location.origin ? url.href : importingScript(url);
    return new Worker(trustedScriptUrl(script), { type: 'module' });
  } catch {
    return null;
  }
}

/** Browsers start no worker from another origin, but a worker of the page's own may import one. */
const importingScript = (url: URL): string =>
  URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)}`], { type: 'text/javascript' }));

interface TrustedTypePolicy {
  createScriptURL(url: string): { toString(): string };
}

interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): TrustedTypePolicy;
}

/** The page's policy, for all copies of this module: a page may refuse a second policy of the same name. */
const POLICY = Symbol.for('s3-uploader');

/** The script's URL for a page with Trusted Types, which allows it by `trusted-types lit-html s3-uploader`. */
const trustedScriptUrl = (url: string): string => {
  const page = globalThis as { trustedTypes?: TrustedTypePolicyFactory; [POLICY]?: TrustedTypePolicy };
  if (!page.trustedTypes) return url;
  page[POLICY] ??= page.trustedTypes.createPolicy('s3-uploader', { createScriptURL: (url) => url });
  return page[POLICY].createScriptURL(url) as unknown as string;
};
