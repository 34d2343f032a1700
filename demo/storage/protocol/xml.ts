import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';

export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

export type XmlValue = string | number | boolean | undefined | XmlObject | readonly XmlValue[];
export interface XmlObject {
  readonly [name: string]: XmlValue;
}

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', suppressEmptyNode: false });
const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: true,
  ignoreDeclaration: true,
});

/** Text is escaped by the builder; names starting with `@` are attributes; an array repeats its element. */
export function buildXml(root: XmlObject): string {
  return '<?xml version="1.0" encoding="UTF-8"?>\n' + builder.build(withoutControlCharacters(root));
}

export const xmlResponse = (root: XmlObject): Response =>
  new Response(buildXml(root), { headers: { 'content-type': 'application/xml' } });

/** An element of S3's own namespace. */
export const s3Element = (content: XmlObject): XmlObject => ({ '@xmlns': s3Namespace, ...content });

/** The root element's content, or undefined when the text is not well-formed XML with that root. A DTD is never read. */
export function parseXml(text: string, root: string): unknown {
  if (/<!DOCTYPE|<!ENTITY/i.test(text) || XMLValidator.validate(text) !== true) return undefined;
  const document = parser.parse(text) as Record<string, unknown>;
  return Object.hasOwn(document, root) ? document[root] : undefined;
}

/** Child elements of a name, whether there is none, one or many. */
export function children(parent: unknown, name: string): unknown[] {
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, name)) return [];
  const value = (parent as Record<string, unknown>)[name];
  return Array.isArray(value) ? value : [value];
}

/** Text of the only child of a name; undefined when there is none. */
export function childText(parent: unknown, name: string): string | undefined {
  const [first] = children(parent, name);
  return typeof first === 'string' ? first : undefined;
}

// eslint-disable-next-line no-control-regex
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

// XML 1.0 has no way to write most control characters, not even escaped; keys may hold them.
function withoutControlCharacters(value: XmlValue): XmlValue {
  if (typeof value === 'string') return value.replace(unwritable, '\ufffd');
  if (Array.isArray(value)) return value.map(withoutControlCharacters);
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, withoutControlCharacters(child)]));
  return value;
}
