/** Names of fields, headers and parameters whose value lets anyone upload, or proves who sent a request. */
const HEADER = 'X-Amz-(?:Signature|Credential|Security-Token)|webhook-signature';
const NAME = `${HEADER}|Signature(?:Provided)?|Credential|AWSAccessKeyId|Policy|(?:AWS_)?Secret_?(?:Access_?)?Key|(?:AWS_)?Session_?Token`;

/** Where a token may begin: not within a word, but after `%22` and after the `n` of an escaped line break. */
const START = String.raw`(?<!(?<!%[\da-f]|\\)[\w-])`;

/**
 * Parts of texts that let anyone upload. Each alternative needs time in proportion to the text's length:
 *
 * 1. `Signature=…` in a URL, also percent-encoded once or more, and in an `Authorization` header; `X-Amz-Security-Token: …`
 * 2. `"Policy":"…"` in JSON, also in JSON that is a string itself, and `Policy: '…'` as Node prints an object
 * 3. `<Signature>…` in XML
 * 4. a bearer token, and a name with a password in an `Authorization` header
 * 5. a policy: `{"expiration":` in Base64
 * 6. a JSON Web Token
 * 7. a sealed token of this signer, of any kind and version
 * 8. a signature alone: 64 hexadecimal digits
 * 9. a name with a password in a URL
 */
const SIGNED = new RegExp(
  [
    String.raw`((?:${NAME})(?:=|%(?:25)*3D)["']?|(?:${HEADER}):\s?)[^&\s"'<>\\]+`,
    String.raw`(\b(?:${NAME})\\*["']?\s?:\s?\\*["'])[^"'\\]+`,
    String.raw`(<(?:${NAME})>)[^<]+`,
    String.raw`((?:Bearer|Authorization\W{1,6}Basic)(?:\s|%20))\s*[^\s"'\\]+`,
    String.raw`(?<!(?<!%[\da-f]|\\)[\w+/-])eyJleHBpcmF0aW9uIj[\w+/=-]+`,
    String.raw`${START}eyJ[\w-]+\.[\w-]+\.[\w-]*`,
    String.raw`${START}[a-z]\d+\.[\w-]+\.[\w-]{43,}`,
    String.raw`(?<![\da-f])[\da-f]{64}(?![\da-f])`,
    String.raw`(?<=:\/\/)[^\s/?#@"'<>\\]+(?=@)`,
  ].join('|'),
  'gi',
);

/** Minimum characters of a redacted secret. A shorter one would hide ordinary words. */
const MIN_REDACTED_CHARACTERS = 8;

/** Returns a function that replaces these secrets, signatures and tokens in a text by `[hidden]`. */
export function createRedactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const hidden = secrets
    .flatMap((secret) => secret?.split(',') ?? [])
    .map((secret) => secret.trim())
    .filter((secret) => secret.length >= MIN_REDACTED_CHARACTERS)
    // The longest first: one secret may be the beginning of another.
    .sort((a, b) => b.length - a.length);
  return function redact(text) {
    const unsigned = text.replace(SIGNED, '$1$2$3$4[hidden]');
    return hidden.reduce((redacted, secret) => redacted.replaceAll(secret, '[hidden]'), unsigned);
  };
}
