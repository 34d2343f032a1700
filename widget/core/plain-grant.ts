import type { Grant } from './sign.ts';

/** Maximum characters of the fields as JSON. That is certainly below the 20,480 bytes of a form that S3 reads. */
const MAX_PLAIN_CHARACTERS = 5_000;
/** Up to 40 pairs of texts as JSON, without escapes but for quotes, and without a field `file`. */
const PLAIN_FIELDS = /^\[(\["(?!file")[^"\\]*","([^"\\]|\\")*"\],?){1,40}\]$/i;

/**
 * Whether a grant needs no further check by `checkGrant`, which is in a chunk of its own: a common form over https, or a refusal.
 *
 * @param allowedHosts default: any
 */
export function isPlainGrant(grant: Grant, allowedHosts: readonly string[] = []): boolean {
  if ('error' in grant) return true;
  if (grant.method !== 'POST' || allowedHosts.length || !grant.url.startsWith('https:')) return false;
  const fields = JSON.stringify(Object.entries(grant.fields));
  return (
    URL.canParse(grant.url) &&
    !grant.url.includes('@') &&
    fields.length < MAX_PLAIN_CHARACTERS &&
    PLAIN_FIELDS.test(fields)
  );
}
