import { parseSize } from './parse-size.ts';

/** The values there are, or what makes one sound. */
type Rule = string | ((value: string) => boolean);

/** What attributes may say, where not anything goes. */
export const RULES: readonly (readonly [attributes: string, rule: Rule])[] = [
  ['max-file-size max-total-size', (value) => parseSize(value) > 0],
  ['min-file-size', (value) => parseSize(value) >= 0],
  ['max-files max-concurrent-uploads timeout resize', (value) => +value > 0],
  ['min-files', (value) => +value >= 0],
  ['min-image-size', (value) => /^\d+x\d+$/.test(value)],
  ['max-image-size', (value) => /^[1-9]\d*x[1-9]\d*$/.test(value)],
  ['drop-target', isSelector],
  ['layout', 'list grid compact avatar'],
  ['duplicates', 'allow skip'],
  ['value-format', 'key json receipt'],
  ['image-type', 'image/jpeg image/png image/webp'],
  ['checksum', 'crc32 crc32c crc64nvme sha256'],
];

/** The first attribute whose property is set and makes no sense. */
export function firstUnsound(tag: object): string | undefined {
  for (const [attributes, rule] of RULES) {
    for (const attribute of attributes.split(' ')) {
      const value = (tag as Record<string, string | number | undefined>)[camel(attribute)] ?? '';
      if (value === '') continue; // as a template writes it that has nothing to say
      const text = `${value}`;
      if (typeof rule === 'string' ? !rule.split(' ').includes(text) : !rule(text)) return attribute;
    }
  }
  return undefined;
}

/** The property of an attribute. */
export const camel = (attribute: string): string =>
  attribute.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function isSelector(text: string): boolean {
  try {
    document.createDocumentFragment().querySelector(text);
    return true;
  } catch {
    return false;
  }
}
