import { xmlText } from './s3-error.ts';
import type { UploadResult } from './item.ts';
import type { SendFile } from './send-file.ts';
import type { PostGrant } from './sign.ts';
import { send } from './send.ts';

/**
 * Browser-based upload by POST: every signed field as it is and in order, the file last, and no header of our own, as in
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export const post: SendFile<PostGrant> = async (grant, file, options) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(grant.fields)) body.append(name, value);
  body.append('file', file, file.name);
  const response = await send(
    { method: 'POST', url: grant.url, body },
    {
      ...options,
      send: grant.wrapTransport?.(options.send) ?? options.send,
      // the fields and the boundaries go first and are not the file
      onProgress: (loaded, total) => options.onProgress(Math.max(0, loaded - (total - file.size))),
    },
  );
  return stored(grant, response.header('etag') ?? xmlText(response.text, 'ETag'), file.name);
};

/** The result, from what was signed: neither the Location that a storage may leave out nor its escaping is needed. */
export function stored({ url, key }: { url: string; key: string }, etag = '', fileName = ''): UploadResult {
  const finalKey = key.replaceAll('${filename}', () => fileName);
  const { origin, pathname } = new URL(url);
  const path = finalKey.split('/').map(encodeURIComponent).join('/');
  return {
    key: finalKey,
    location: `${origin}${pathname.replace(/\/?$/, '/')}${path}`,
    ...(etag && { etag: etag.replaceAll('"', '') }),
  };
}
