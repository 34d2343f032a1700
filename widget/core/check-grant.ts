import { UploadError } from './errors.ts';
import type { Grant } from './sign.ts';

/** Bytes of all fields together: S3 reads 20,480 before the file, names and boundaries included. */
const FIELD_BYTES = 20_000;
const FIELDS = 40;

/**
 * Refuses a grant that would send the file to a place nobody named, in the clear, or in a form S3 cannot read.
 *
 * @throws {UploadError} `bad-signer-response` or `config`, never with the URL's query in its message
 */
export function checkGrant(grant: Grant, allowedHosts: readonly string[] | undefined): void {
  if ('error' in grant || grant.method === 'MULTIPART') return;
  checkUrl(grant.url, allowedHosts);
  if (grant.method !== 'POST') return;
  const fields = Object.entries(grant.fields);
  let bytes = 0;
  for (const [name, value] of fields) {
    if (typeof value !== 'string') throw bad(`the field "${name}" is not a string`);
    if (name.toLowerCase() === 'file') throw bad('a field is named "file", which is the name of the file itself');
    bytes += new TextEncoder().encode(name + value).length;
  }
  if (fields.length > FIELDS) throw bad(`there are ${fields.length} fields, and at most ${FIELDS} are sent`);
  if (bytes > FIELD_BYTES) throw bad(`the fields have ${bytes} bytes, and S3 reads at most ${FIELD_BYTES}`);
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
