import type { Words } from './words.ts';

/** Milliseconds over which what happens is gathered into one sentence: more words than that are noise. */
const GATHER = 1000;

/** What is said to a screen reader: what has been done in passing, what has failed at once. */
export class Announcer {
  polite = '';
  urgent = '';
  readonly #words: () => Words;
  readonly #changed: () => void;
  readonly #counts = { added: 0, done: 0 };
  #removed: string[] = [];
  #errors: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(words: () => Words, changed: () => void) {
    this.#words = words;
    this.#changed = changed;
  }

  tell(what: 'added' | 'done', n: number): void {
    this.#counts[what] += n;
    if (n) this.#gather();
  }

  removed(name: string): void {
    this.#removed.push(name);
    this.#gather();
  }

  error(text: string): void {
    this.#errors.push(text);
    this.#gather();
  }

  #gather(): void {
    if (this.#timer) return;
    // Emptied first: the same words twice would be said once.
    this.polite = this.urgent = '';
    this.#changed();
    this.#timer = setTimeout(() => {
      const words = this.#words();
      const counts = this.#counts;
      const errors = this.#errors;
      const told = (['added', 'done'] as const).flatMap((what) =>
        counts[what] ? words.say(`said-${what}`, { n: counts[what] }) : [],
      );
      const removed = this.#removed.length
        ? words.say('said-removed', { name: new Intl.ListFormat(words.lang).format(this.#removed.slice(0, 3)) })
        : [];
      this.polite = told.concat(removed).join('. ');
      this.urgent = errors.length > 1 ? words.say('said-failed', { n: errors.length }) : (errors[0] ?? '');
      counts.added = counts.done = 0;
      this.#errors = [];
      this.#removed = [];
      this.#timer = undefined;
      this.#changed();
    }, GATHER);
  }
}
