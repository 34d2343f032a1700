import { badResponse } from './check-grant.ts';

/** Headers that the browser sends by itself, with the value that was signed: they need not be set. */
const SET_BY_BROWSER = /^(accept-(charset|encoding)|connection|content-length|host|keep-alive|origin|referer)$/;
/** Other headers that a browser lets no page set: https://fetch.spec.whatwg.org/#forbidden-request-header */
const FORBIDDEN =
  /^(access-control-request-.*|cookie2?|date|dnt|expect|set-cookie|te|trailer|transfer-encoding|upgrade|via|proxy-.*|sec-.*)$/;
/** A header's name: https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** A header's value that browsers send: Latin-1 without control characters. */
const SENDABLE = /^[\t -~\x80-\xff]*$/;

/** A header's value as a `sign` of the application may return it, whatever its type says. */
type HeaderValue = string | number | boolean | readonly string[] | null | undefined;

/** The checksums of no bytes at all, in Base64: CRC-32 and CRC-32C, CRC-64/NVME, SHA-1, SHA-256, and MD5. */
const CHECKSUMS_OF_NOTHING = [
  'AAAAAA==',
  'AAAAAAAAAAA=',
  '2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
  '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  '1B2M2Y8AsgTpgAmY7PhCfg==',
];

/**
 * Checks a presigned PUT of a file or of a part, and returns the headers to send.
 *
 * @param size bytes of the body
 * @returns the signed headers that a page can set: without those that the browser sends by itself, and without unsigned ones
 *   that it refuses
 * @throws {UploadError} `bad-signer-response`; its message never contains the URL's query
 */
export function checkPut(
  url: string,
  headers: Readonly<Record<string, HeaderValue>> | undefined,
  size: number,
): Record<string, string> {
  const query = [...new URL(url).searchParams].map(([name, value]) => [name.toLowerCase(), value] as const);
  if (size) checkChecksum(query);
  const signed = new Set(
    query
      .find(([name]) => name === 'x-amz-signedheaders')?.[1]
      .toLowerCase()
      .split(';'),
  );
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const lowerCase = name.toLowerCase();
    if (value === null || value === undefined || SET_BY_BROWSER.test(lowerCase)) continue;
    if (FORBIDDEN.test(lowerCase)) {
      if (!signed.has(lowerCase)) continue;
      throw badResponse(`the header "${name}" is signed, and browsers let no page send it: do not sign it`);
    }
    const text = [value].flat().join(', ').trim();
    if (!TOKEN.test(name)) throw badResponse(`"${name}" is not a name of a header`);
    if (!SENDABLE.test(text)) {
      throw badResponse(
        `the header "${name}" has characters that browsers cannot send in a header: before you sign it, percent-encode the value, or encode it as RFC 2047 says`,
      );
    }
    sent[name] = text;
  }
  return sent;
}

/** Refuses a URL for an empty body, as SDKs make it that compute a checksum although they have no body. */
function checkChecksum(query: readonly (readonly [name: string, value: string])[]): void {
  const empty = query.find(
    ([name, value]) => /^(x-amz-checksum-.*|content-md5)$/.test(name) && CHECKSUMS_OF_NOTHING.includes(value),
  );
  if (!empty) return;
  throw badResponse(
    `its url has the checksum of an empty file (${empty[0]}), so the storage would refuse any other: create the S3 client that signs with requestChecksumCalculation: 'WHEN_REQUIRED'`,
  );
}
