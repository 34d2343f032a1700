const PLAIN_ACCEPT = /^((\.\w|(image|video|audio|text|application)\/(?!jpg|svg(,|$))[*\w])[\w.+-]*(, *|$))*$/i;

/**
 * Whether an `accept` is written as browsers read it: extensions and types with commas between them. A chunk reads any other,
 * and common names that are no registered types.
 */
export const isPlainAccept = (accept: string): boolean => PLAIN_ACCEPT.test(accept);
