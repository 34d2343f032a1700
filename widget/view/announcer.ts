import type { LabelKey } from '../locales/labels.ts';
import type { Localizer } from './localizer.ts';

/** Milliseconds in which events are gathered into one announcement: a screen reader would read each of them in full. */
const GATHERING_MS = 1000;
/** Names that are read out; of more files only the number is. */
const MAX_NAMES = 3;

/** What has happened since the last announcement. */
class News {
  readonly counts = { added: 0, done: 0 };
  readonly removed: string[] = [];
  readonly undeleted: string[] = [];
  /** One sentence per file that is not stored. */
  readonly errors: string[] = [];
  /** Further sentences, each of them announced once. */
  readonly notes = new Set<string>();
  readonly warnings = new Set<string>();
}

/** Gathers what is announced to screen readers: in a polite live region, or, when something has failed, in an assertive one. */
export class Announcer {
  /** The text of the region with the role `status`. */
  polite = '';
  /** The text of the region with the role `alert`. */
  urgent = '';
  readonly #localizer: () => Localizer;
  readonly #onChange: () => void;
  #news = new News();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onChange called when one of the two texts has changed */
  constructor(localizer: () => Localizer, onChange: () => void) {
    this.#localizer = localizer;
    this.#onChange = onChange;
  }

  /** Announces how many files were added or stored. */
  addCount(event: 'added' | 'done', count: number): void {
    if (!count) return;
    this.#news.counts[event] += count;
    this.#gather();
  }

  /** Announces a file that was removed from the list, or that was removed and could not be deleted. */
  addRemoved(name: string, event: 'removed' | 'undeleted'): void {
    this.#news[event].push(name);
    this.#gather();
  }

  /** Announces why a file is not stored; of several files only how many they are. */
  addError(sentence: string): void {
    this.#news.errors.push(sentence);
    this.#gather();
  }

  /** Announces a sentence, once even if it is added again before it was read. */
  add(sentence: string, kind: 'notes' | 'warnings' = 'notes'): void {
    this.#news[kind].add(sentence);
    this.#gather();
  }

  #gather(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      const localizer = this.#localizer();
      const { counts, removed, undeleted, errors, notes, warnings } = this.#news;
      this.#news = new News();
      this.#timer = undefined;
      const count = (key: LabelKey, n: number): string[] => (n ? [localizer.term(key, { n })] : []);
      const names = (key: LabelKey, list: readonly string[]): string[] =>
        list.length ? [localizer.term(key, { name: listNames(list, localizer) })] : [];
      this.polite = join([
        ...count('said-added', counts.added),
        ...count('said-done', counts.done),
        ...(removed.length > MAX_NAMES ? count('said-removed-many', removed.length) : names('said-removed', removed)),
        ...notes,
      ]);
      this.urgent = join([
        ...(errors.length > 1 ? count('said-failed', errors.length) : errors),
        ...names('said-not-deleted', undeleted),
        ...warnings,
      ]);
      this.#onChange();
    }, GATHERING_MS);
    // emptied first: a region whose text stays the same is not read again
    this.polite = this.urgent = '';
    this.#onChange();
  }
}

/** `a, b, c, and +4` */
export function listNames(names: readonly string[], localizer: Localizer): string {
  const more = names.length - MAX_NAMES;
  const rest = more > 1 ? [localizer.number(more, { signDisplay: 'always' })] : names.slice(MAX_NAMES);
  return new Intl.ListFormat(localizer.lang).format([...names.slice(0, MAX_NAMES), ...rest]);
}

/** Joins sentences, some of which end with a full stop. */
const join = (sentences: readonly string[]): string => sentences.join('. ').replaceAll('.. ', '. ');
