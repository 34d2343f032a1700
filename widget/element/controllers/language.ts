import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { en } from '../../locales/en.ts';
import type { Labels } from '../../locales/labels.ts';
import { Localizer } from '../../view/localizer.ts';
import type { LazyLoader } from '../lazy.ts';

/** A part of the element with texts of its own. */
export interface LocalizedPart {
  /** @param localizer has the texts of the element before the first file, and all of the page's language */
  setLanguage(localizer: Localizer): void;
}

interface LanguageHost extends ReactiveControllerHost, HTMLElement {
  readonly hasUpdated: boolean;
  readonly labels?: Partial<Labels>;
}

/** Follows the language of the document around the element, and loads its texts. English is built in. */
export class LanguageController implements ReactiveController {
  /** Localizer of the element's own texts. */
  localizer = new Localizer('en', en);
  readonly #host: LanguageHost;
  readonly #loader: LazyLoader;
  readonly #parts: LocalizedPart[] = [];
  readonly #observer = new MutationObserver(() => this.#follow());
  /** The language around the element when it was last read. */
  #placeLang?: string;
  /** Whether missing texts are being requested again. */
  #isRetrying = false;

  constructor(host: LanguageHost, loader: LazyLoader) {
    this.#host = host;
    this.#loader = loader;
    host.addController(this);
  }

  hostConnected(): void {
    observeLang(this.#observer, this.#host);
    if (this.#host.hasUpdated) this.#follow();
  }

  hostDisconnected(): void {
    this.#observer.disconnect();
  }

  /** Keeps a part in the element's language from now on. */
  add(part: LocalizedPart): void {
    this.#parts.push(part);
    part.setLanguage(this.localizer);
  }

  /** Reads the language around the element and the element's `labels` again. Resolves once the texts are there. */
  async update(): Promise<void> {
    const placeLang = langOf(this.#host);
    let lang = 'en';
    let texts: Partial<Labels> | undefined;
    if (/^en(-..)?$/i.test(placeLang)) lang = placeLang;
    else if (placeLang) {
      const get = async () => (await import('../../locales/load.ts')).load(placeLang);
      const found = await get().catch(() => this.#retry(get));
      if (langOf(this.#host) !== placeLang) return; // it has changed meanwhile
      texts = found?.labels;
      if (found && (texts ?? this.#host.labels)) ({ lang } = found);
    }
    this.#placeLang = placeLang;
    this.localizer = new Localizer(lang, { ...en, ...texts, ...this.#host.labels });
    for (const part of this.#parts) part.setLanguage(this.localizer);
    this.#host.requestUpdate();
  }

  #follow(): void {
    if (langOf(this.#host) !== this.#placeLang) void this.update();
  }

  /** Keeps English, and requests the texts again in the background. */
  #retry(get: () => Promise<unknown>): undefined {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    void this.#loader.load(get, undefined, true).then(() => {
      this.#isRetrying = false;
      return this.update();
    });
  }
}

/** The nearest `lang` around an element, across shadow roots; empty where there is none. */
function langOf(element: Element): string {
  const near = element.closest<HTMLElement>('[lang]');
  const root = element.getRootNode();
  return near?.lang ?? (root instanceof ShadowRoot ? langOf(root.host) : '');
}

/** Observes every `lang` that is, or could become, the element's. */
function observeLang(observer: MutationObserver, element: Element): void {
  const root = element.getRootNode();
  observer.observe(root, { subtree: true, attributeFilter: ['lang'] });
  if (root instanceof ShadowRoot) observeLang(observer, root.host);
}
