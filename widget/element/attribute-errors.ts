import { type Declaration, declarations, propertyOf } from './attributes.ts';

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

/** Names of other uploaders' attributes, and of HTML's, for which this element has another one. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'max-size': 'max-file-size',
  maxsize: 'max-file-size',
  'file-size': 'max-file-size',
  'max-filesize': 'max-file-size',
  'min-size': 'min-file-size',
  'max-length': 'max-files',
  'max-count': 'max-files',
  'max-concurrent': 'max-concurrent-uploads',
  concurrency: 'max-concurrent-uploads',
  'signer-url': 'endpoint',
  'sign-url': 'endpoint',
  action: 'endpoint',
  url: 'endpoint',
  'auto-upload': 'no-auto',
  webkitdirectory: 'directory',
};

const ATTRIBUTES = declarations.flatMap(([, { attribute }]) => attribute || []);

/** The state of the attributes at present: the page may have fixed them while this chunk was loaded. */
export interface AttributeState {
  /** Whether the element can be used. */
  readonly isUsable: boolean;
  /** The problem that the element shows. Any other is printed to the console. */
  readonly problem: string;
}

/**
 * The problem with the attributes and its fix, in English for the page's author; empty if there is none. Prints it to the
 * console unless the element shows it already.
 *
 * @param known a problem that is described already; empty if there is none
 * @param invalid the attribute that its rule refuses; without it, and unusable, no attribute names a signer
 */
export function attributeError(
  element: HTMLElement,
  state: AttributeState,
  known: string | undefined,
  invalid: Declaration | undefined,
): string {
  const doubt = doubtOf(element);
  const problem = state.isUsable ? doubt : known || [unusable(element, invalid), doubt].join(' ').trim();
  if (problem && problem !== state.problem) {
    // eslint-disable-next-line no-console -- the page's author looks there, and the visitor cannot fix it
    console.error(`<s3-uploader>: ${problem}`, element);
  }
  return problem;
}

function unusable(element: HTMLElement, invalid: Declaration | undefined): string {
  if (!invalid?.attribute) {
    return 'The attribute "endpoint" is missing. Set it to the address of your signer, as in endpoint="/sign".';
  }
  const { attribute, rule = '' } = invalid;
  // a text that is no number is NaN in the property; the attribute still has the text
  const value = element.getAttribute(attribute) ?? element[propertyOf(attribute) as 'title'];
  const [wanted, example] = ADVICE[rule] ?? [];
  const advice = wanted
    ? `${wanted}, as in ${attribute}="${EXAMPLES[attribute] ?? example}"`
    : rule
        .split(' ')
        .map((one) => `${attribute}="${one}"`)
        .join(', or ');
  return `The attribute "${attribute}" is "${value}". Write ${advice}.`;
}

/** Names of HTML, of frameworks and of listeners: `aria-label`, `hx-name`, `:name`, `wire:model`, `_ngcontent-x`, `onclick`. */
const OTHERS_ATTRIBUTE = /^(data|aria|hx|ng|v|x)-|^on|^_|[^\w-]/;

/** The first attribute that is probably misspelled, or that says `false` where HTML knows no `false`. */
function doubtOf(element: HTMLElement): string {
  for (const { name, value } of element.attributes) {
    if (ATTRIBUTES.includes(name)) {
      const isBoolean = declarations.some(([, { attribute, type }]) => attribute === name && type === Boolean);
      if (isBoolean && value === 'false') {
        return `The attribute "${name}" is "false", and a boolean attribute is on by its presence. Remove it to turn it off.`;
      }
    } else if (!OTHERS_ATTRIBUTE.test(name) && !(propertyOf(name) in element)) {
      const meant = OTHER_NAMES[name] ?? ATTRIBUTES.find((known) => isMisspelled(name, known));
      if (meant) return `The attribute "${name}" is unknown. Did you mean "${meant}"?`;
    }
  }
  return '';
}

/** Letters of a name that is too short to be told from another one by one letter. */
const MIN_LETTERS = 4;

/** Whether a letter or hyphen more, less or other, or two letters in the wrong order, make the known name. */
function isMisspelled(name: string, known: string): boolean {
  if (known.length < MIN_LETTERS) return false;
  if (name.replaceAll(/[-_]/g, '') === known.replaceAll('-', '')) return true;
  let start = 0;
  while (start < known.length && name[start] === known[start]) start++;
  const areEqual = (skipped: number, skippedKnown: number): boolean =>
    name.slice(start + skipped) === known.slice(start + skippedKnown);
  const isSwapped = name[start] === known[start + 1] && name[start + 1] === known[start] && areEqual(2, 2);
  return areEqual(0, 1) || areEqual(1, 0) || areEqual(1, 1) || isSwapped;
}
