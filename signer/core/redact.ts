/** Parts of signed URLs, headers and sealed tokens that let anyone upload. */
const SIGNED =
  /((?:X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=)[^&\s"']+|(Bearer\s+)[^\s"']+|\b[tr]1\.[\w-]+\.[\w-]{43}/gi;

/** Minimum characters of a redacted secret. A shorter one would hide ordinary words. */
const MIN_REDACTED_CHARACTERS = 8;

/** Returns a function that replaces these secrets, signatures and tokens in a text by `[hidden]`. */
export function createRedactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const hidden = secrets
    .flatMap((secret) => secret?.split(',') ?? [])
    .filter((secret) => secret.length >= MIN_REDACTED_CHARACTERS)
    // The longest first: one secret may be the beginning of another.
    .sort((a, b) => b.length - a.length);
  return function redact(text) {
    const unsigned = text.replace(SIGNED, (_all, name?: string, scheme?: string) => `${name ?? scheme ?? ''}[hidden]`);
    return hidden.reduce((redacted, secret) => redacted.replaceAll(secret, '[hidden]'), unsigned);
  };
}
