import { RequestLimiter } from './request-limiter.ts';

/**
 * The requests to each host. Browsers open six connections to a host for the whole page, so all queues of a page share one
 * object of this class.
 */
export class Connections {
  readonly #limiters = new Map<string, RequestLimiter>();

  /** The requests to a host, as `example.com` or `example.com:8443`. */
  to(host: string): RequestLimiter {
    let limiter = this.#limiters.get(host);
    if (!limiter) this.#limiters.set(host, (limiter = new RequestLimiter(() => this.onBusy(host))));
    return limiter;
  }

  /** Whether another page of this browser sends to the host, and may use its connections. Default: it does not. */
  isBusyElsewhere(_host: string): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** Called when requests to a host begin. @returns a function that is called when they have ended */
  protected onBusy(_host: string): () => void {
    return () => {};
  }
}
