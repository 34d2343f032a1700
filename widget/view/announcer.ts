import type { LabelKey } from '../locales/labels.ts';
import type { Localizer } from './localizer.ts';

/** Milliseconds over which what happens is gathered into one sentence: more words than that are noise. */
const GATHER = 1000;
/** Names that one would listen to. */
const NAMES = 3;

/** What has happened since it was last told. */
class News {
  readonly counts = { added: 0, done: 0 };
  readonly removed: string[] = [];
  readonly undeleted: string[] = [];
  /** Why files are not stored, a sentence each. */
  readonly errors: string[] = [];
  /** What else is said, each sentence once. */
  readonly notes = new Set<string>();
  readonly warnings = new Set<string>();
}

/** What is said to a screen reader: what has been done in passing, what has failed at once. */
export class Announcer {
  polite = '';
  urgent = '';
  readonly #words: () => Localizer;
  readonly #changed: () => void;
  #news = new News();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(words: () => Localizer, changed: () => void) {
    this.#words = words;
    this.#changed = changed;
  }

  tell(what: 'added' | 'done', n: number): void {
    if (!n) return;
    this.#news.counts[what] += n;
    this.#gather();
  }

  /** @param what has become of a file that is not in the list any more */
  gone(name: string, what: 'removed' | 'undeleted'): void {
    this.#news[what].push(name);
    this.#gather();
  }

  error(text: string): void {
    this.#news.errors.push(text);
    this.#gather();
  }

  /** Says a sentence, once however often it is asked to until it has. */
  say(text: string, how: 'notes' | 'warnings' = 'notes'): void {
    this.#news[how].add(text);
    this.#gather();
  }

  #gather(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      const words = this.#words();
      const { counts, removed, undeleted, errors, notes, warnings } = this.#news;
      this.#news = new News();
      this.#timer = undefined;
      const number = (key: LabelKey, n: number): string[] => (n ? [words.term(key, { n })] : []);
      const names = (key: LabelKey, list: readonly string[]): string[] =>
        list.length ? [words.term(key, { name: listed(list, words) })] : [];
      this.polite = sentences([
        ...number('said-added', counts.added),
        ...number('said-done', counts.done),
        ...(removed.length > NAMES ? number('said-removed-many', removed.length) : names('said-removed', removed)),
        ...notes,
      ]);
      this.urgent = sentences([
        ...(errors.length > 1 ? number('said-failed', errors.length) : errors),
        ...names('said-not-deleted', undeleted),
        ...warnings,
      ]);
      this.#changed();
    }, GATHER);
    // Emptied first: the same words twice would be said once.
    this.polite = this.urgent = '';
    this.#changed();
  }
}

/** `a, b, c, and +4`: nobody waits for ten thousand names. */
export function listed(names: readonly string[], words: Localizer): string {
  const more = names.length - NAMES;
  const rest = more > 1 ? [words.number(more, { signDisplay: 'always' })] : names.slice(NAMES);
  return new Intl.ListFormat(words.lang).format([...names.slice(0, NAMES), ...rest]);
}

/** Some end with a stop by themselves. */
const sentences = (texts: readonly string[]): string => texts.join('. ').replaceAll('.. ', '. ');
