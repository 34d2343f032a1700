import { type Declaration, declarations } from './attributes.ts';
import { parseSize } from './parse-size.ts';

/** Checks of values by the name of their rule. */
const CHECKS: Readonly<Record<string, (value: string) => boolean>> = {
  size: (value) => parseSize(value) > 0,
  'size-or-zero': (value) => parseSize(value) >= 0,
  positive: (value) => +value > 0,
  number: (value) => +value >= 0,
  pixels: (value) => /^\d+x\d+$/.test(value),
  'positive-pixels': (value) => /^[1-9]\d*x[1-9]\d*$/.test(value),
  selector(value) {
    try {
      return !document.createDocumentFragment().querySelector(value);
    } catch {
      return false;
    }
  },
};

/** The first attribute whose property has a value that its rule refuses. */
export function firstInvalidAttribute(element: object): Declaration | undefined {
  const values = element as Readonly<Record<string, string | number | undefined>>;
  for (const [property, declaration] of declarations) {
    const { rule } = declaration;
    const value = `${values[property] ?? ''}`;
    // a template writes an empty value where it has none
    if (rule && value && !(CHECKS[rule]?.(value) ?? rule.split(' ').includes(value))) return declaration;
  }
  return undefined;
}
