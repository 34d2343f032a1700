import type { SendFile } from './send-file.ts';
import { send } from './send.ts';
import type { PutGrant } from './sign.ts';

/** One presigned PUT of the file, for storages that accept no POST. */
export const put: SendFile<PutGrant> = async (grant, file, options) => {
  const response = await send({ method: 'PUT', url: grant.url, headers: grant.headers, body: file }, options);
  const { origin, pathname } = new URL(grant.url);
  const etag = response.header('etag')?.replaceAll('"', '');
  return { key: grant.key, location: origin + pathname, ...(etag && { etag }) };
};
