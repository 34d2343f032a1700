import type { UploadError, UploadErrorCode } from '../core/errors.ts';
import type { Label, Labels } from '../locales/en.ts';

type Values = Readonly<Record<string, string | number>>;

/** Codes that say the same to a visitor; all others have words of their own, or are `unknown`. */
const SAME: { readonly [code in UploadErrorCode]?: keyof Labels } = {
  'file-unreadable': 'unreadable',
  'file-changed': 'unreadable',
  'file-missing': 'unreadable',
  'signer-refused': 'refused',
  'signer-unreachable': 'network',
  timeout: 'network',
  'storage-busy': 'busy',
  config: 'setup',
  'bad-signer-response': 'setup',
  'signer-clock': 'setup',
  cors: 'setup',
  'storage-refused': 'setup',
  'storage-config': 'setup',
};

/** Codes whose limit is a count; that of the others is in bytes. */
const COUNTED: readonly UploadErrorCode[] = ['too-many-files', 'image-dimensions'];

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
const TIMES = ['second', 'minute', 'hour'];

/** The words, numbers and sizes of one language. */
export class Words {
  readonly lang: string;
  readonly #labels: Labels;
  readonly #plural: Intl.PluralRules;
  readonly #formats: Record<string, Intl.NumberFormat> = {};

  constructor(lang: string, labels: Labels) {
    this.lang = lang;
    this.#labels = labels;
    this.#plural = new Intl.PluralRules(lang);
  }

  say(key: keyof Labels, values: Values = {}): string {
    const label: Label = this.#labels[key];
    const text = typeof label === 'string' ? label : (label[this.#plural.select(Number(values['n']))] ?? label.other);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name] ?? '';
      return typeof value === 'number' ? this.number(value) : value;
    });
  }

  /** What a visitor can make of an error: never the error's own message, but where the page itself refused the file. */
  error({ code, limit = 0, message }: UploadError): string {
    if (code === 'invalid') return message;
    const key = SAME[code] ?? (code in this.#labels ? (code as keyof Labels) : 'unknown');
    return this.say(key, { code, n: limit, limit: COUNTED.includes(code) ? limit : this.size(limit) });
  }

  number(value: number, unit?: string): string {
    return (this.#formats[unit ?? ''] ??= new Intl.NumberFormat(this.lang, {
      maximumFractionDigits: 1,
      ...(unit && { style: unit === 'percent' ? unit : 'unit', unit, unitDisplay: unit === 'byte' ? 'long' : 'short' }),
    } as Intl.NumberFormatOptions)).format(value);
  }

  percent(share: number): string {
    return this.number(Math.floor(share * 100) / 100, 'percent');
  }

  /** @param bytes counted in thousands, as the limits are. */
  size(bytes: number): string {
    return this.#scaled(bytes, 1000, SIZES);
  }

  time(seconds: number): string {
    return this.#scaled(Math.ceil(seconds), 60, TIMES, Math.ceil);
  }

  #scaled(value: number, step: number, units: readonly string[], round = (n: number) => n): string {
    let i = 0;
    for (; value >= step && i < units.length - 1; i++) value /= step;
    return this.number(round(value), units[i]);
  }
}
