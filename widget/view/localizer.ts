import type { LabelKey, Labels } from '../locales/labels.ts';

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
const SPEEDS = SIZES.map((size) => `${size}-per-second`);

/** The words, numbers and sizes of one language. A label that is not loaded yet is empty. */
export class Localizer {
  readonly lang: string;
  readonly #labels: Partial<Labels>;

  constructor(lang: string, labels: Partial<Labels>) {
    this.lang = lang;
    this.#labels = labels;
  }

  term(key: LabelKey, values: Readonly<Record<string, string | number>> = {}): string {
    const label = this.#labels[key] ?? '';
    const text = typeof label === 'string' ? label : label[new Intl.PluralRules(this.lang).select(+values['n']!)];
    return (text ?? (label as { other: string }).other).replace(/{(\w+)}/g, (_, name: string) => {
      const value = values[name] ?? '';
      return typeof value === 'number' ? this.number(value) : value;
    });
  }

  number(value: number, options?: Intl.NumberFormatOptions): string {
    return new Intl.NumberFormat(this.lang, { maximumFractionDigits: 1, ...options }).format(value);
  }

  /** @param bytes counted in thousands, as the limits are. */
  size(bytes: number): string {
    return this.unit(bytes, 1000, SIZES);
  }

  /** @param bytes a second. */
  speed(bytes: number): string {
    return this.unit(bytes, 1000, SPEEDS);
  }

  /** The value in the greatest of the units that it fills, each so many times the last. */
  unit(value: number, step: number, units: readonly string[]): string {
    let i = 0;
    for (; value >= step && units[i + 1]; i++) value /= step;
    const unit = units[i]!;
    return this.number(value, { style: 'unit', unit, unitDisplay: unit.startsWith('byte') ? 'long' : 'short' });
  }
}
