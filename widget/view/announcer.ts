import type { LabelKey } from '../locales/labels.ts';
import type { Localizer } from './localizer.ts';
import { listText } from './quantities.ts';

/** Milliseconds in which events are gathered into one announcement: a screen reader would read each of them in full. */
const GATHERING_MS = 1000;
/** Maximum number of file names in an announcement; the rest are counted. */
const MAX_ANNOUNCED_NAMES = 3;

/**
 * The kinds of news. An announcement has the number of `added`, `done`, `paused`, `resumed` and `canceled` files, and the
 * names of `removed` and `undeleted` files, which could not be deleted. `note` and `warning` are sentences.
 */
export type News = 'added' | 'canceled' | 'done' | 'note' | 'paused' | 'removed' | 'resumed' | 'undeleted' | 'warning';

/** Gathers announcements to screen readers: in a polite live region, and failures in an assertive one. */
export class Announcer {
  /** The text of the region with the role `status`. */
  polite = '';
  /** The text of the region with the role `alert`. */
  urgent = '';
  readonly #localizer: () => Localizer;
  readonly #onChange: () => void;
  /** The names and sentences since the last announcement, by kind. */
  #news: Partial<Record<News, readonly string[]>> = {};
  /** The functions that return the sentences about failures since the last announcement. */
  #failures: (() => string)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param localizer returns the texts in the present language
   * @param onChange called when one of the two texts has changed, and is to be drawn
   */
  constructor(localizer: () => Localizer, onChange: () => void) {
    this.#localizer = localizer;
    this.#onChange = onChange;
  }

  /**
   * Adds news to the next announcement.
   *
   * @param texts names of files, or sentences
   */
  add(kind: News, texts: readonly string[]): void {
    if (!texts.length) return;
    this.#news[kind] = [...(this.#news[kind] ?? []), ...texts];
    this.#gather();
  }

  /**
   * Adds a failure to the next announcement.
   *
   * @param sentence returns what to announce by then; an empty text is not announced
   */
  addFailure(sentence: () => string): void {
    this.#failures.push(sentence);
    this.#gather();
  }

  #gather(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.#announce(), GATHERING_MS);
    // emptied first: a region whose text stays the same is not read again
    this.polite = this.urgent = '';
    this.#onChange();
  }

  #announce(): void {
    const localizer = this.#localizer();
    const { added = [], done = [], note, removed = [], undeleted, warning } = this.#news;
    const { canceled = [], paused = [], resumed = [] } = this.#news;
    const failed = this.#failures.flatMap((sentence) => sentence() || []);
    this.#news = {};
    this.#failures = [];
    this.#timer = undefined;
    const count = (key: LabelKey, { length: n }: readonly string[]): string[] =>
      n ? [localizer.term(key, { n })] : [];
    const names = (key: LabelKey, list: readonly string[] = []): string[] =>
      list.length ? [localizer.term(key, { name: listNames(list, localizer) })] : [];
    this.polite = join([
      ...count('files-added', added),
      ...count('files-paused', paused),
      ...count('files-resumed', resumed),
      ...count('files-canceled', canceled),
      ...count('files-uploaded', done),
      ...(removed.length > MAX_ANNOUNCED_NAMES ? count('files-removed', removed) : names('file-removed', removed)),
      ...new Set(note),
    ]);
    this.urgent = join([
      ...(failed.length > 1 ? count('files-failed', failed) : failed),
      ...names('file-not-deleted', undeleted),
      ...new Set(warning),
    ]);
    this.#onChange();
  }
}

/** Joins the names of files; of a long list the first three and the number of the others: `a, b, c, and +4`. */
export function listNames(names: readonly string[], localizer: Localizer): string {
  const more = names.length - MAX_ANNOUNCED_NAMES;
  const rest = more > 1 ? [localizer.number(more, { signDisplay: 'always' })] : names.slice(MAX_ANNOUNCED_NAMES);
  return listText([...names.slice(0, MAX_ANNOUNCED_NAMES), ...rest], localizer);
}

/** Joins sentences, some of which end with a full stop. */
const join = (sentences: readonly string[]): string =>
  sentences.map((text, i) => (i < sentences.length - 1 && !/[.!?…。।؟]$/.test(text) ? `${text}.` : text)).join(' ');
