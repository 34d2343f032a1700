import { UploadError } from './errors.ts';
import type { Grant } from './sign.ts';

/** Bytes that S3 reads before the file: the fields with their boundaries and headers. */
const FORM_BYTES = 20_480;
/** Bytes of a field's boundary and header, at most, as the browsers write them. */
const FIELD_OVERHEAD = 128;
const VALUE_BYTES = 8_192;
const FIELDS = 40;
const METHODS = ['POST', 'PUT', 'MULTIPART'];

/**
 * Refuses a grant that would send the file to a place nobody named, in the clear, or in a form S3 cannot read.
 *
 * @throws {UploadError} `bad-signer-response` or `config`, never with the URL's query in its message
 */
export function checkGrant(grant: Grant, allowedHosts: readonly string[] | undefined): void {
  if ('error' in grant) return;
  if (!METHODS.includes(grant.method)) {
    throw bad(`its method is "${String(grant.method)}", and known are ${METHODS.join(', ')}`);
  }
  if (grant.method === 'MULTIPART') return;
  checkUrl(grant.url, allowedHosts);
  if (grant.method === 'PUT') return;
  const fields = Object.entries(grant.fields);
  let bytes = 0;
  for (const [name, value] of fields) {
    if (typeof value !== 'string') throw bad(`the field "${name}" is not a string`);
    if (name.toLowerCase() === 'file') throw bad('a field is named "file", which is the name of the file itself');
    const size = new TextEncoder().encode(value).length;
    if (size > VALUE_BYTES) throw bad(`the field "${name}" has ${size} bytes, and at most ${VALUE_BYTES} are sent`);
    bytes += new TextEncoder().encode(name).length + size + FIELD_OVERHEAD;
  }
  if (fields.length > FIELDS) throw bad(`there are ${fields.length} fields, and at most ${FIELDS} are sent`);
  if (bytes > FORM_BYTES) throw bad(`the fields make a form of ${bytes} bytes, and S3 reads at most ${FORM_BYTES}`);
}

/** Refuses a URL that is not https (but on this machine), or not on the list. */
export function checkUrl(text: string, allowedHosts: readonly string[] | undefined): void {
  if (!URL.canParse(text)) throw bad('its url is not an absolute URL');
  const { protocol, hostname, host } = new URL(text);
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\]|.*\.localhost)$/.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLocal)) {
    throw bad(`its url goes to ${protocol}//${host}, and files are only sent over https`);
  }
  if (allowedHosts?.length && !allowedHosts.includes(hostname) && !allowedHosts.includes(host)) {
    throw bad(`its url goes to ${host}, which the attribute allowed-hosts does not name`);
  }
}

const bad = (message: string): UploadError =>
  new UploadError('bad-signer-response', `the signer's answer cannot be used: ${message}`, { phase: 'sign' });
