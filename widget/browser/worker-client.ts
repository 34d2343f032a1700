/** What a worker answers by the port that came with a job. */
export type WorkerReply = { value: unknown } | { error: SerializedError };

/** What of an error goes from one thread to another. */
export interface SerializedError extends Pick<Error, 'name' | 'message'> {
  code?: string;
}

type Revive = (error: SerializedError) => Error;

/** The worker would not start, or has died. */
const NO_WORKER = new Error('no worker');

/**
 * A worker of this package, for all tags of the page, started with its first job. Where a page, or its policy, lets none
 * be, the work is done here.
 */
export class WorkerClient {
  readonly #url: URL;
  readonly #revive: Revive;
  /** Null where none may be, and once it has died. */
  #worker: Worker | null | undefined;

  /** @param revive makes an error again of what is left of one on its way */
  constructor(url: URL, revive: Revive = ({ message }) => new Error(message)) {
    this.#url = url;
    this.#revive = revive;
  }

  get isStarted(): boolean {
    return !!this.#worker;
  }

  /** @param here does the same on the main thread */
  async run<T>(job: object, here: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#worker === undefined) this.#worker = startWorker(this.#url);
    if (!this.#worker) return here();
    try {
      return (await this.#ask(this.#worker, job, signal)) as T;
    } catch (error) {
      if (error !== NO_WORKER) throw error;
      this.#worker = null;
      return here();
    }
  }

  #ask(worker: Worker, job: object, signal: AbortSignal | undefined): Promise<unknown> {
    const { port1, port2 } = new MessageChannel();
    const over = new AbortController();
    return new Promise((resolve, reject) => {
      worker.addEventListener('error', () => reject(NO_WORKER), { signal: over.signal });
      const drop = (): void => {
        port1.postMessage('nobody waits for it any more');
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', drop, { signal: over.signal });
      port1.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
        if ('value' in data) resolve(data.value);
        else reject(this.#revive(data.error));
      };
      worker.postMessage(job, [port2]);
    }).finally(() => {
      over.abort();
      port1.close();
    });
  }
}

/** @returns null where the page, or its policy, lets none be */
function startWorker(url: URL): Worker | null {
  try {
    return new Worker(trusted(url.origin === location.origin ? url.href : fromElsewhere(url)), { type: 'module' });
  } catch {
    return null;
  }
}

/** No browser starts a worker of another origin, but one of the page's own may import it. */
const fromElsewhere = (url: URL): string =>
  URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)}`], { type: 'text/javascript' }));

interface Policy {
  createScriptURL(url: string): { toString(): string };
}

interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

/** Of the one policy of its name, whichever copy of this module has made it: a page refuses a second one. */
const POLICY = Symbol.for('s3-uploader');

/** A page with Trusted Types lets it be by naming this policy: `trusted-types lit-html s3-uploader`. */
const trusted = (url: string): string => {
  const page = globalThis as { trustedTypes?: TrustedTypePolicyFactory; [POLICY]?: Policy };
  if (!page.trustedTypes) return url;
  page[POLICY] ??= page.trustedTypes.createPolicy('s3-uploader', { createScriptURL: (url) => url });
  return page[POLICY].createScriptURL(url) as unknown as string;
};
