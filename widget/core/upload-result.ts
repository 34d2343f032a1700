import type { UploadResult } from './item.ts';
import type { PostGrant, PutGrant } from './sign.ts';

/**
 * The result of a grant, from what was signed: some storages leave out the location, and they escape it differently.
 *
 * @param fileName name of the file that was sent
 * @param etag with or without its quotes; default: unknown
 */
export function resultOfGrant(grant: PostGrant | PutGrant, fileName: string, etag?: string | null): UploadResult {
  const { origin, pathname } = new URL(grant.url);
  const isPost = grant.method === 'POST';
  // as S3 does, by the name in the form
  const key = isPost ? grant.key.replaceAll('${filename}', () => fileName) : grant.key;
  const path = isPost ? pathname.replace(/\/?$/, '/') + key.split('/').map(encodeURIComponent).join('/') : pathname;
  return { key, location: origin + path, ...(etag && { etag: etag.replaceAll('"', '') }) };
}
