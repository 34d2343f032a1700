import type { PropertyDeclaration } from 'lit';
import type { Duplicates } from '../core/limits.ts';
import type { ChecksumAlgorithm } from '../core/protocol.ts';
import type { ValueFormat } from './form-value.ts';
import type { Deletion } from './queue-options.ts';

/** The allowed values of an attribute, separated by spaces, or the name of a check in `attribute-rules`. */
export type Rule = string;

/** All members of a union, each once, in any order, separated by spaces. Checks a {@link Rule} by `satisfies`. */
type AllOf<Union extends string, Each extends string = Union> = Each extends Each
  ? [Exclude<Union, Each>] extends [never]
    ? Each
    : `${Each} ${AllOf<Exclude<Union, Each>>}`
  : never;

/** The layouts of the element: rows, tiles, a button that becomes a chip, or one round picture. */
export type Layout = 'list' | 'grid' | 'compact' | 'avatar';

/** The media types that pictures can be converted to. */
export type ImageType = 'image/jpeg' | 'image/png' | 'image/webp';

interface Kind extends Pick<PropertyDeclaration, 'type' | 'reflect' | 'useDefault'> {
  readonly rule?: Rule;
  /** Whether the attribute takes part in the choice of the signer. */
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
  ['hold-submit multiple directory no-drop no-drop-guard no-paste no-auto no-resume no-wake-lock no-previews', FLAG],
  ['sniff strip-metadata', FLAG],
  // without `useDefault`, Lit would replace the author's `required="false"` before it can be told
  ['required disabled', { ...FLAG, reflect: true, useDefault: true }],
  ['name', { reflect: true }],
  ['layout', { reflect: true, rule: 'list grid compact avatar' satisfies AllOf<Layout> }],
  ['value-format', { rule: 'key json receipt' satisfies AllOf<ValueFormat> }],
  ['duplicates', { rule: 'allow skip' satisfies AllOf<Duplicates> }],
  ['image-type', { rule: 'image/jpeg image/png image/webp' satisfies AllOf<ImageType> }],
  ['checksum', { rule: 'crc32 crc32c crc64nvme sha256' satisfies AllOf<ChecksumAlgorithm> }],
  ['max-files max-concurrent-uploads timeout resize', { type: Number, rule: 'positive' }],
  ['min-files', { type: Number, rule: 'number' }],
  ['max-file-size max-total-size', { rule: 'size' }],
  ['min-file-size', { rule: 'size-or-zero' }],
  ['delete', { rule: 'at-once on-submit' satisfies AllOf<Deletion> }],
  ['min-image-size', { rule: 'pixels' }],
  ['max-image-size', { rule: 'positive-pixels' }],
  ['drop-target', { rule: 'selector' }],
];

/** Maps a removed attribute to `undefined`; Lit's default converter gives `null`. */
const converter = {
  fromAttribute: (value: string | null, type: unknown) =>
    value === null ? undefined : type === Number ? +value : value,
};

/** A property of the element: Lit's declaration of it, and its row of the table. */
export interface Declaration extends Omit<PropertyDeclaration, 'attribute'>, Omit<Kind, 'attribute'> {
  /** Its attribute; false if it has none. */
  readonly attribute: string | false;
}

/** The property of an attribute: `maxFileSize` for `max-file-size`. */
export const propertyOf = (attribute: string): string =>
  attribute.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Every property, as `maxFileSize` for the attribute `max-file-size`, with its declaration. */
export const declarations = TABLE.flatMap(([names, kind]) =>
  names
    .split(' ')
    .map((attribute): [property: string, Declaration] => [
      propertyOf(attribute),
      { attribute, ...(kind.type !== Boolean && { converter }), ...kind },
    ]),
);
