/** A request that a page has sent. */
export interface ObservedRequest {
  method: string;
  url: string;
  /** When it was sent, as of `performance.now()` of the page that runs the tests. */
  start: number;
  hasEnded: boolean;
}

/** The parts of a window, or of Node's global object, that are observed. */
type Realm = typeof globalThis & { XMLHttpRequest?: typeof XMLHttpRequest };

/**
 * Observes what the uploader leaves behind: requests, timers, object URLs and unhandled rejections. It changes nothing: all
 * calls pass through it.
 */
export class Observer {
  readonly requests: ObservedRequest[] = [];
  /** Errors that nothing has caught. */
  readonly uncaught: string[] = [];
  /** Where each timer that has neither run nor been cleared was set. */
  readonly #timers = new Map<unknown, string>();
  /** Where each object URL that is not revoked was created. */
  readonly #objectUrls = new Map<string, string>();

  /**
   * Observes a window, or Node.
   *
   * @param isKept whether it lives as long as the tests; what a closed window leaves is gone with it
   */
  watch(realm: Realm, isKept = true): void {
    this.#watchFetch(realm);
    if (realm.XMLHttpRequest) this.#watchXhr(realm.XMLHttpRequest);
    if (isKept) {
      this.#watchTimers(realm, 'setTimeout', 'clearTimeout');
      this.#watchTimers(realm, 'setInterval', 'clearInterval');
      this.#watchObjectUrls(realm.URL);
    }
    if (!('addEventListener' in realm)) return;
    realm.addEventListener('unhandledrejection', ({ reason }: PromiseRejectionEvent) => {
      this.uncaught.push(`unhandled rejection: ${String(reason)}`);
    });
    realm.addEventListener('error', ({ message }: ErrorEvent) => this.uncaught.push(message));
  }

  /** Notes a request that is not sent by `fetch` or XMLHttpRequest. */
  begin(method: string, url: string): ObservedRequest {
    const request = { method, url, start: performance.now(), hasEnded: false };
    this.requests.push(request);
    return request;
  }

  /** The requests to these origins. */
  requestsTo(origins: readonly string[]): ObservedRequest[] {
    return this.requests.filter(({ url }) => origins.includes(new URL(url).origin));
  }

  /** What code in `widget/` has not cleaned up: timers and object URLs, each with its stack. */
  leftovers(): string[] {
    const describe = (what: string, stacks: Iterable<string>): string[] =>
      [...stacks].filter((stack) => stack.includes('/widget/')).map((stack) => `${what}: ${stack}`);
    return [
      ...describe('a timer that still runs', this.#timers.values()),
      ...describe('an object URL that is not revoked', this.#objectUrls.values()),
    ];
  }

  #watchFetch(realm: Realm): void {
    const original = realm.fetch;
    realm.fetch = async (input, init) => {
      const { method, url } = new realm.Request(input, { ...init, signal: null, body: null });
      const request = this.begin(init?.method ?? method, url);
      try {
        return await original.call(realm, input, init);
      } finally {
        request.hasEnded = true;
      }
    };
  }

  #watchXhr({ prototype }: typeof XMLHttpRequest): void {
    const begin = (method: string, url: string): ObservedRequest => this.begin(method, url);
    const { open, send } = prototype;
    const targets = new WeakMap<XMLHttpRequest, [method: string, url: string]>();
    prototype.open = function (this: XMLHttpRequest, method: string, url: string | URL) {
      targets.set(this, [method, String(url)]);
      open.call(this, method, url, true);
    };
    prototype.send = function (this: XMLHttpRequest, body) {
      const request = begin(...targets.get(this)!);
      this.addEventListener('loadend', () => (request.hasEnded = true));
      send.call(this, body);
    };
  }

  #watchTimers(realm: Realm, set: 'setTimeout' | 'setInterval', clear: 'clearTimeout' | 'clearInterval'): void {
    const timers = this.#timers;
    const originalSet = realm[set] as (callback: (...args: unknown[]) => void, ...rest: unknown[]) => unknown;
    const originalClear = realm[clear] as (id: unknown) => void;
    const watchedSet = (callback: unknown, ...rest: unknown[]): unknown => {
      if (typeof callback !== 'function') return originalSet.call(realm, callback as never, ...rest);
      const id = originalSet.call(
        realm,
        (...args: unknown[]) => {
          if (set === 'setTimeout') timers.delete(id);
          (callback as (...args: unknown[]) => void)(...args);
        },
        ...rest,
      );
      timers.set(id, new Error().stack ?? '');
      return id;
    };
    const watchedClear = (id: unknown): void => {
      timers.delete(id);
      originalClear.call(realm, id);
    };
    Object.assign(realm, { [set]: watchedSet, [clear]: watchedClear });
  }

  #watchObjectUrls(urls: typeof URL): void {
    const { createObjectURL, revokeObjectURL } = urls;
    urls.createObjectURL = (source) => {
      const url = createObjectURL.call(urls, source);
      this.#objectUrls.set(url, new Error().stack ?? '');
      return url;
    };
    urls.revokeObjectURL = (url) => {
      this.#objectUrls.delete(url);
      revokeObjectURL.call(urls, url);
    };
  }
}
