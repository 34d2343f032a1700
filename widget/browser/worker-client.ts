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
  /** Undefined until the first job. */
  #starting: Promise<void> | undefined;
  /** Undefined until it has started; null if it could not start or has crashed. */
  #worker: Worker | null | undefined;

  /**
   * @param url address of the worker's script
   * @param deserializeError makes an error of what the worker sent. Default: an `Error` with its message
   */
  constructor(url: URL, deserializeError: DeserializeError = ({ message }) => new Error(message)) {
    this.#url = url;
    this.#deserializeError = deserializeError;
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
    this.#starting ??= this.#start();
    await this.#starting;
    signal?.throwIfAborted();
    if (!this.#worker) return onMainThread();
    try {
      return (await this.#send(this.#worker, job, signal)) as T;
    } catch (error) {
      if (error !== WORKER_FAILED) throw error;
      this.#worker = null;
      return onMainThread();
    }
  }

  async #start(): Promise<void> {
    // most pages never need a worker; without its chunk, the jobs run on the main thread
    const chunk = await import('./start-worker.ts').catch(() => undefined);
    this.#worker = chunk?.startWorker(this.#url) ?? null;
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
