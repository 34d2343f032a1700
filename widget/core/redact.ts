/**
 * Signatures, credentials, policies and tickets as servers may repeat them: in a URL, in JSON, in XML or in a sentence. A value
 * without `=` must have 16 characters, because `policy: expired` is no secret. Tickets and receipts are like `t1.….…`, and
 * policies begin with `eyJ`; `%22` or the `n` of an escaped line break may stand before them. A signature has 64 hex digits.
 */
const SECRETS =
  /((?:signature|credential|security-token|policy|ticket|accesskeyid)(?:=|%3d|\W{1,6}(?=[\w%+/=.~-]{16})))[^\s&"'<>\\]+|(?:\b|(?<=%[\da-f]{2}|\\n))(?:[tdr]\d\.[\w-]{8,}\.|eyJ)[\w+/=-]{12,}|\b[\da-f]{64}\b/gi;

/** The words of a server, or of an error with an address, without what must stay secret. Takes linear time. */
export const redact = (text: string): string => text.replace(SECRETS, '$1…');
