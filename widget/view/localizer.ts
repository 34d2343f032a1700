import type { LabelKey, Labels } from '../locales/labels.ts';

/** Prefixes of the unit `byte`, each 1000 times the previous one, as in the limits. */
const SIZE_PREFIXES = ['', 'kilo', 'mega', 'giga', 'tera'];

/** Texts, numbers and sizes in one language. A text that is not loaded yet is empty. */
export class Localizer {
  /** A canonical BCP 47 tag. */
  readonly lang: string;
  readonly #labels: Partial<Labels>;
  /** Formatters by their options as JSON: making one takes many times as long as formatting a number. */
  readonly #formats: Record<string, Intl.NumberFormat> = {};
  #pluralRules?: Intl.PluralRules;

  constructor(lang: string, labels: Partial<Labels>) {
    this.lang = lang;
    this.#labels = labels;
  }

  /** The same, with English texts where it has none. */
  withEnglish(english: Partial<Labels>): Localizer {
    return new Localizer(this.lang, { ...english, ...this.#labels });
  }

  /**
   * A text with its placeholders replaced.
   *
   * @param values values by placeholder; `n` also selects the plural form
   */
  term(key: LabelKey, values: Readonly<Record<string, string | number>> = {}): string {
    const label = this.#labels[key] ?? '';
    const text =
      typeof label === 'string'
        ? label
        : (label[(this.#pluralRules ??= new Intl.PluralRules(this.lang)).select(+values.n!)] ?? label.other);
    return text.replace(/{(\w+)}/g, (_, name: string) => {
      const value = values[name] ?? '';
      return typeof value === 'number' ? this.number(value) : value;
    });
  }

  /** A number, with no-break spaces. */
  number(value: number, options?: Intl.NumberFormatOptions): string {
    const format = (this.#formats[JSON.stringify(options)] ??= new Intl.NumberFormat(this.lang, options));
    return format.format(value).replace(/ /g, '\u00a0');
  }

  /** A size in bytes with its unit: `1.8 MB`. */
  size(bytes: number, options?: Intl.NumberFormatOptions): string {
    const [value, prefix] = sizeOf(bytes);
    return this.number(value, {
      style: 'unit',
      unit: `${prefix}byte`,
      unitDisplay: prefix ? 'short' : 'long',
      maximumFractionDigits: 1,
      ...options,
    });
  }
}

/** A size as a number and the prefix of its unit: 1,800,000 bytes are `[1.8, 'mega']`. */
export function sizeOf(bytes: number): [value: number, prefix: string] {
  let i = 0;
  for (; bytes >= 1000 && SIZE_PREFIXES[i + 1]; i++) bytes /= 1000;
  return [bytes, SIZE_PREFIXES[i]!];
}
