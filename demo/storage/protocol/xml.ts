import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';

const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Content of an element: text, child elements, or an array that repeats the element. Undefined omits it. */
export type XmlValue = string | number | boolean | undefined | XmlObject | readonly XmlValue[];
/** Child elements by name; a name that starts with `@` is an attribute. */
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

/** Writes an XML document. Text is escaped; characters that XML cannot represent become U+FFFD. */
export function buildXml(root: XmlObject): string {
  return '<?xml version="1.0" encoding="UTF-8"?>\n' + builder.build(withoutControlCharacters(root));
}

/** A 200 response with an XML document. */
export const xmlResponse = (root: XmlObject): Response =>
  new Response(buildXml(root), { headers: { 'content-type': 'application/xml' } });

/** Content of a root element in S3's namespace. */
export const s3Element = (content: XmlObject): XmlObject => ({ '@xmlns': S3_NAMESPACE, ...content });

/**
 * Parses an XML document and returns the content of its root element; undefined when the text is not well-formed, has
 * another root, or contains a DTD. DTDs are refused because of entity expansion attacks.
 */
export function parseXml(text: string, root: string): unknown {
  if (/<!DOCTYPE|<!ENTITY/i.test(text) || XMLValidator.validate(text) !== true) return undefined;
  const document = parser.parse(text) as Record<string, unknown>;
  return Object.hasOwn(document, root) ? document[root] : undefined;
}

/** Contents of all child elements with this name, as an array for any number of them. */
export function children(parent: unknown, name: string): unknown[] {
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, name)) return [];
  const value = (parent as Record<string, unknown>)[name];
  return Array.isArray(value) ? value : [value];
}

/** Text of the first child element with this name; undefined when there is none. */
export function childText(parent: unknown, name: string): string | undefined {
  const [first] = children(parent, name);
  return typeof first === 'string' ? first : undefined;
}

// eslint-disable-next-line no-control-regex
const UNREPRESENTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

// Keys may contain control characters, most of which XML 1.0 cannot represent, not even escaped.
function withoutControlCharacters(value: XmlValue): XmlValue {
  if (typeof value === 'string') return value.replace(UNREPRESENTABLE, '\ufffd');
  if (Array.isArray(value)) return value.map(withoutControlCharacters);
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, withoutControlCharacters(child)]));
  return value;
}
