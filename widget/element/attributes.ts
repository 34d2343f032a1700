import type { PropertyDeclaration } from 'lit';

/** What an attribute may say: its values with spaces between them, or the name of a check in `attribute-rules`. */
export type Rule = string;

interface Kind extends Pick<PropertyDeclaration, 'type' | 'reflect'> {
  readonly rule?: Rule;
  /** Whether it helps to decide who signs. */
  readonly isSigning?: boolean;
  /** False for a property without an attribute. */
  readonly attribute?: false;
}

const FLAG: Kind = { type: Boolean };

/**
 * Every attribute and property, by kind. To add one: its name in the row of its kind (or a row of its own), the property in
 * `S3UploaderElement`, and its line in the doc comment of that class.
 */
const TABLE: readonly (readonly [attributes: string, kind: Kind])[] = [
  ['endpoint signer signer-method identity-pool-id region bucket key-prefix', { isSigning: true }],
  ['with-credentials', { ...FLAG, isSigning: true }],
  ['headers metadata logins sign', { attribute: false, isSigning: true }],
  ['existing labels validate', { attribute: false }],
  ['allowed-hosts accept capture', {}],
  ['hold-submit multiple directory no-drop no-paste no-auto no-resume no-wake-lock no-previews', FLAG],
  ['sniff strip-metadata', FLAG],
  ['required disabled', { ...FLAG, reflect: true }],
  ['name', { reflect: true }],
  ['layout', { reflect: true, rule: 'list grid compact avatar' }],
  ['value-format', { rule: 'key json receipt' }],
  ['duplicates', { rule: 'allow skip' }],
  ['image-type', { rule: 'image/jpeg image/png image/webp' }],
  ['checksum', { rule: 'crc32 crc32c crc64nvme sha256' }],
  ['max-files max-concurrent-uploads timeout resize', { type: Number, rule: 'positive' }],
  ['min-files', { type: Number, rule: 'number' }],
  ['max-file-size max-total-size', { rule: 'size' }],
  ['min-file-size', { rule: 'size-or-zero' }],
  ['min-image-size', { rule: 'pixels' }],
  ['max-image-size', { rule: 'positive-pixels' }],
  ['drop-target', { rule: 'selector' }],
];

/** Maps a removed attribute to `undefined`; Lit's default converter gives `null`. */
const converter = {
  fromAttribute: (value: string | null, type: unknown) =>
    value === null ? undefined : type === Number ? +value : value,
};

/** A property of the element: Lit's declaration of it, and what the table says. */
export interface Declaration extends Omit<PropertyDeclaration, 'attribute'>, Omit<Kind, 'attribute'> {
  /** Its attribute; false if it has none. */
  readonly attribute: string | false;
}

/** Every property, as `maxFileSize` for the attribute `max-file-size`, with its declaration. */
export const declarations = TABLE.flatMap(([names, kind]) =>
  names
    .split(' ')
    .map((attribute): [property: string, Declaration] => [
      attribute.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      { attribute, ...(kind.type !== Boolean && { converter }), ...kind },
    ]),
);
