import { isSelector } from './drop.ts';
import { parseSize } from './size.ts';
import type { Tag } from './tag.ts';

const SIZES = ['max-file-size', 'min-file-size', 'max-total-size'] as const;
const COUNTS = ['max-files', 'min-files', 'max-concurrent-uploads', 'timeout'] as const;

/** What is wrong with the tag's attributes and how to mend it; for the page's author, in English. */
export function problem(tag: Tag, isSigned: boolean): string {
  if (!isSigned) {
    return 'The attribute "endpoint" is missing. Set it to the address of your signer, as in endpoint="/sign".';
  }
  for (const name of SIZES) {
    const value = tag[camel(name)] ?? '';
    if (value !== '' && Number.isNaN(parseSize(value)))
      return told(name, value, 'bytes, or a number with a unit', '20MB');
  }
  for (const name of COUNTS) {
    const value = tag[camel(name)] ?? 1;
    if (!(value >= 0)) return told(name, tag.getAttribute(name) ?? value, 'a number', '3');
  }
  const { dropTarget } = tag;
  if (dropTarget && !isSelector(dropTarget)) return told('drop-target', dropTarget, 'page, or a selector', '#form');
  return '';
}

const told = (name: string, value: string | number, wanted: string, example: string): string =>
  `The attribute "${name}" is "${value}". Write ${wanted}, as in ${name}="${example}".`;

type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;

const camel = <S extends string>(name: S): Camel<S> =>
  name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) as Camel<S>;
