import type { InvalidAttribute } from './attribute-rules.ts';

/** The requirement of each rule in words, and an example. */
const ADVICE: Readonly<Record<string, readonly [wanted: string, example: string]>> = {
  size: ['bytes, or a number with a unit', '20MB'],
  'size-or-zero': ['bytes, or a number with a unit', '20MB'],
  positive: ['a number above 0', '3'],
  number: ['a number', '1'],
  pixels: ['pixels across and down', '600x400'],
  'positive-pixels': ['pixels across and down', '8000x8000'],
  selector: ['page, or a selector', '#form'],
};

/** Examples that say more than the one of their rule. */
const EXAMPLES: Readonly<Record<string, string>> = { timeout: '30', resize: '2048' };

/**
 * The problem with an attribute and its fix, in English for the page's author.
 *
 * @param invalid the attribute that its rule refuses; without it, none of those that name a signer is set
 */
export function attributeError(element: HTMLElement, invalid: InvalidAttribute | undefined): string {
  if (!invalid?.attribute) {
    return 'The attribute "endpoint" is missing. Set it to the address of your signer, as in endpoint="/sign".';
  }
  const { attribute, rule = '' } = invalid;
  // a text that is no number is NaN in the property; the attribute still has the text
  const value = element.getAttribute(attribute) ?? invalid.value;
  const [wanted, example] = ADVICE[rule] ?? [];
  const advice = wanted
    ? `${wanted}, as in ${attribute}="${EXAMPLES[attribute] ?? example}"`
    : rule
        .split(' ')
        .map((one) => `${attribute}="${one}"`)
        .join(', or ');
  return `The attribute "${attribute}" is "${value}". Write ${advice}.`;
}
