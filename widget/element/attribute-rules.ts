import { propertyOf, rules } from './attributes.ts';
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
export function firstInvalidAttribute(element: object): string | undefined {
  const values = element as Readonly<Record<string, string | number | undefined>>;
  const isInvalid = ([attribute, rule]: (typeof rules)[number]): boolean => {
    const value = `${values[propertyOf(attribute)] ?? ''}`;
    // an empty value is what a template writes that has nothing to say
    return value !== '' && !(CHECKS[rule]?.(value) ?? rule.split(' ').includes(value));
  };
  return rules.find(isInvalid)?.[0];
}
