/**
 * Signatures, credentials, policies and tickets as servers may repeat them: in a URL, in JSON, in XML or in a sentence. A value
 * without `=` must have 16 characters, because `policy: expired` is no secret. Tickets and receipts are like `t1.….…`. Policies
 * and JSON Web Tokens are JSON in Base64, which begins with `eyJ`, `eyAi` or `ewo`. A signature has 64 hex digits.
 */
const SECRETS =
  /((?:signature|credential|token|policy|ticket|accesskeyid|secret-?(?:access-?)?key|bearer)(?:=|%3d|\W{1,6}(?=[\w%+/=.~-]{16})))[^\s&"'<>\\]+|(?:[tdr]\d\.[\w-]{8,}\.|eyJ|eyAi|ewo)[\w+/=-]{12,}|(?<![\da-f])[\da-f]{64}(?![\da-f])/gi;

/** The words of a server, or of an error with an address, without what must stay secret. Takes linear time. */
export const redact = (text: string): string => text.replace(SECRETS, '$1…');
