import { createSecretDigits } from './sealed-token.ts';

/** Hex digits of the tag: 128 bits, so that no two visitors share one. */
const TAG_DIGITS = 32;

/**
 * Makes the function that names a visitor: an opaque tag, with which a client keeps the uploads of several visitors of one
 * computer apart. It says nothing about the owner's id. The oldest secret makes it, so that it stays the same while a secret is
 * rotated. It is undefined for callers without an id.
 */
export function createVisitorTag(secrets: readonly string[]): (owner: string) => string | undefined {
  const digitsOf = createSecretDigits('visitor', secrets.slice(-1));
  // All files of a request have one owner.
  let last: { owner: string; tag: string } | undefined;
  return function visitorTag(owner) {
    if (owner === '') return undefined;
    if (last?.owner === owner) return last.tag;
    // as JSON, because in UTF-8 all lone surrogates would be the same
    const tag = digitsOf(JSON.stringify(owner)).slice(0, TAG_DIGITS);
    last = { owner, tag };
    return tag;
  };
}
