/**
 * A text with placeholders in braces, or one text per plural category of `{n}` (`Intl.PluralRules`); `other` is required.
 */
export type Label = string | ({ readonly other: string } & Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>);
