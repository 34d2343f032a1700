import type { LabelKey } from '../locales/labels.ts';
import type { Localizer } from './localizer.ts';
import type { Banner, ServerWait } from './server-wait.ts';
import { waitsForSigner } from './signer-wait.ts';
import type { Summary, WaitingItem } from './summary.ts';

/** The dependencies of {@link bannerOf}. */
export interface BannerOptions {
  readonly localizer: Localizer;
  /** Undefined until its chunk is loaded. */
  readonly serverWait: ServerWait | undefined;
  /** The text of the error that all failed files have in common; undefined if there is none. */
  readonly failure: LabelKey | undefined;
}

/** The file that waits for a server that keeps all active files waiting; undefined if only some of them wait. */
export function waitOfAll({ waiting, active }: Summary): WaitingItem | undefined {
  const forServer = waiting.filter(({ reason }) => reason === 'retry');
  return forServer.find(waitsForSigner) ?? (active > 1 && forServer.length === active ? forServer[0] : undefined);
}

/** The state to show once for all files. A sign-in comes first, then the network, the server, and a shared error. */
export function bannerOf(summary: Summary, { localizer, serverWait, failure }: BannerOptions): Banner | undefined {
  if (summary.signedOut) {
    return { text: localizer.term('auth-required'), button: 'resume-all' };
  }
  if (summary.offline) return { text: localizer.term('offline') };
  const wait = waitOfAll(summary);
  if (wait) return serverWait?.banner(wait, localizer);
  if (!failure) return undefined;
  const text = localizer.term(failure);
  return { text, announcement: text };
}

/** Milliseconds for which a short attempt does not end the banner of files that wait for a server. */
const BETWEEN_WAITS_MS = 1500;

/** Keeps a banner while it concerns all files, also during the short attempts between two waits. */
export class BannerState {
  /** What concerns all files at present; undefined if nothing does. */
  current: Banner | undefined;
  readonly #announce: (sentence: string) => void;
  readonly #redraw: () => void;
  /** When files waited for a server last, and the bytes that were sent by then. */
  #lastWait = { at: -Infinity, loaded: 0 };
  #timer?: ReturnType<typeof setTimeout>;

  /**
   * @param announce announces a banner that is new
   * @param redraw called once an attempt has lasted, which ends the banner
   */
  constructor(announce: (sentence: string) => void, redraw: () => void) {
    this.#announce = announce;
    this.#redraw = redraw;
  }

  /** Must be called before each draw. */
  update(summary: Summary, options: BannerOptions): void {
    const before = this.current;
    const banner = bannerOf(summary, options);
    const { active, loaded } = summary;
    const now = performance.now();
    clearTimeout(this.#timer);
    if (banner?.button === 'try-now') this.#lastWait = { at: now, loaded };
    const { at, loaded: loadedThen } = this.#lastWait;
    const isAttempt = !banner && active > 0 && loaded <= loadedThen && now - at < BETWEEN_WAITS_MS;
    if (isAttempt) this.#timer = setTimeout(this.#redraw, BETWEEN_WAITS_MS);
    this.current = isAttempt ? before : banner;
    const { announcement } = this.current ?? {};
    if (announcement && announcement !== before?.announcement) this.#announce(announcement);
  }
}
