import { UploadError } from './errors.ts';
import type { Grant } from './sign.ts';

/** Bytes of a form that S3 reads before the file: the fields with their boundaries and headers. */
const MAX_FORM_BYTES = 20_480;
/** Bytes of a field's boundary and header, at most, as the browsers write them. */
const FIELD_OVERHEAD_BYTES = 128;
/** Our own bounds of a field's value and of the number of fields: far more than any policy form has. */
const MAX_VALUE_BYTES = 8_192;
const MAX_FIELDS = 40;
const METHODS = ['POST', 'PUT', 'MULTIPART'];

/**
 * Checks that a grant sends the file only where it may go, over https, and in a form that S3 can read. `checkPut` checks the
 * headers of a PUT when it is sent.
 *
 * @param allowedHosts default: any
 * @throws {UploadError} `bad-signer-response`; its message never contains the URL's query
 */
export function checkGrant(grant: Grant, allowedHosts?: readonly string[]): void {
  if ('error' in grant) return;
  if (!METHODS.includes(grant.method)) {
    throw badResponse(`its method is "${grant.method as string}"; it must be one of ${METHODS.join(', ')}`);
  }
  if (grant.method === 'MULTIPART') return;
  checkUrl(grant.url, allowedHosts);
  if (grant.method === 'PUT') return;
  const fields = Object.entries(grant.fields);
  for (const [name, value] of fields) {
    if (typeof value !== 'string') throw badResponse(`the field "${name}" is not a string`);
    if (name.toLowerCase() === 'file')
      throw badResponse('a field is named "file", which is the name of the file itself');
    // forms are sent with CRLF for each line break, so the storage would compare another value with the policy
    if (/[\r\n]/.test(value.replaceAll('\r\n', ''))) {
      throw badResponse(`the field "${name}" has a line break, which browsers change in a form: encode or remove it`);
    }
    // a UTF-16 code unit takes at most three bytes
    if (value.length > MAX_VALUE_BYTES / 3 && byteLength(value) > MAX_VALUE_BYTES) {
      throw badResponse(`the field "${name}" has ${byteLength(value)} bytes, and at most ${MAX_VALUE_BYTES} are sent`);
    }
  }
  if (fields.length > MAX_FIELDS) {
    throw badResponse(`there are ${fields.length} fields, and at most ${MAX_FIELDS} are sent`);
  }
  const bytes = byteLength(fields.flat().join('')) + fields.length * FIELD_OVERHEAD_BYTES;
  if (bytes > MAX_FORM_BYTES) {
    throw badResponse(`the fields make a form of ${bytes} bytes, and S3 reads at most ${MAX_FORM_BYTES}`);
  }
}

/**
 * Checks that a URL uses https and that its host is allowed. HTTP is allowed to this machine, and to a page that came over
 * HTTP itself, as in a local network.
 *
 * @param allowedHosts default: any
 * @throws {UploadError} `bad-signer-response`
 */
export function checkUrl(text: string, allowedHosts?: readonly string[]): void {
  if (!URL.canParse(text)) throw badResponse('its url is not an absolute URL');
  const { protocol, hostname, host, username, password } = new URL(text);
  if (username || password) throw badResponse(`its url contains a user name or password for ${host}`);
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\]|.*\.localhost)$/.test(hostname);
  const page = (globalThis as { location?: { protocol: string } }).location;
  if (protocol !== 'https:' && !(protocol === 'http:' && (isLocal || page?.protocol === protocol))) {
    throw badResponse(
      `its url goes to ${protocol}//${host}, and files are only sent over https, unless the page itself came over http`,
    );
  }
  if (allowedHosts?.length && !allowedHosts.includes(hostname) && !allowedHosts.includes(host)) {
    throw badResponse(`its url goes to ${host}, which the attribute allowed-hosts does not name`);
  }
}

/** The error for a grant that cannot be used: `bad-signer-response`. */
export const badResponse = (message: string): UploadError =>
  new UploadError('bad-signer-response', `the signer's response cannot be used: ${message}`, { phase: 'sign' });

const byteLength = (text: string): number => new TextEncoder().encode(text).length;
