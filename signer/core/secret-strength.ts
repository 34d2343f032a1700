/** Minimum characters of a secret. 32 random hex digits are 128 bits, which cannot be guessed. */
const MIN_SECRET_CHARACTERS = 32;
/**
 * Minimum different characters of a secret, which rules out repeated letters and words. About one in 10,000 random texts of
 * 32 hex digits has fewer, and practically none of the 64 digits that `openssl rand -hex 32` prints.
 */
export const MIN_DIFFERENT_CHARACTERS = 10;

/** How to make a secret, for the end of a message. */
export const GENERATE_SECRET = 'generate one with: openssl rand -hex 32';

/** Whether enough characters of a text differ for a secret. Says nothing about its length. */
export const hasDifferentCharacters = (text: string): boolean => new Set(text).size >= MIN_DIFFERENT_CHARACTERS;

/**
 * Refuses a secret that can be guessed.
 *
 * @throws {TypeError} unless it has at least 32 characters, of which at least 10 differ. The message never repeats it.
 */
export function checkSecret(secret: string): void {
  if (secret.length >= MIN_SECRET_CHARACTERS && hasDifferentCharacters(secret)) return;
  throw new TypeError(
    `must have at least ${MIN_SECRET_CHARACTERS} characters, of which at least ${MIN_DIFFERENT_CHARACTERS} differ; ` +
      GENERATE_SECRET,
  );
}
