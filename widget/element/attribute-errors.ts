import { camel, RULES } from './attribute-rules.ts';

/** What is wanted in place of what makes no sense, where there is no list of values, and an example. */
const WANTED: Readonly<Record<string, readonly [wanted: string, example: string]>> = {
  'max-file-size': ['bytes, or a number with a unit', '20MB'],
  'max-total-size': ['bytes, or a number with a unit', '20MB'],
  'min-file-size': ['bytes, or a number with a unit', '20MB'],
  'max-files': ['a number above 0', '3'],
  'max-concurrent-uploads': ['a number above 0', '3'],
  timeout: ['a number above 0', '30'],
  resize: ['a number above 0', '2048'],
  'min-files': ['a number', '1'],
  'min-image-size': ['pixels across and down', '600x400'],
  'max-image-size': ['pixels across and down', '8000x8000'],
  'drop-target': ['page, or a selector', '#form'],
};

/**
 * What is wrong with the tag's attributes and how to mend it; for the page's author, in English.
 *
 * @param unsound the attribute that makes no sense; undefined where none says who signs.
 */
export function problem(tag: HTMLElement, unsound: string | undefined): string {
  if (!unsound) {
    return 'The attribute "endpoint" is missing. Set it to the address of your signer, as in endpoint="/sign".';
  }
  // a number that is none is all that its property knows
  const value = tag.getAttribute(unsound) ?? String((tag as unknown as Record<string, unknown>)[camel(unsound)]);
  const values = RULES.find(([attributes]) => attributes === unsound)?.[1];
  const [wanted, example] = WANTED[unsound] ?? [];
  const advice = wanted
    ? `${wanted}, as in ${unsound}="${example}"`
    : String(values)
        .split(' ')
        .map((one) => `${unsound}="${one}"`)
        .join(', or ');
  return `The attribute "${unsound}" is "${value}". Write ${advice}.`;
}
