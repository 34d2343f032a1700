import { checkPut } from './check-put.ts';
import type { SendFile } from './send-file.ts';
import { send } from './send.ts';
import type { PutGrant } from './sign.ts';
import { resultOfGrant } from './upload-result.ts';

/**
 * One presigned PUT of the file, for storages that accept no POST. Its type is the one that the signer was told: the browser
 * would send the file's own, with parameters or none at all, and a signature covers the type.
 */
export const put: SendFile<PutGrant> = async (grant, file, options) => {
  const headers = checkPut(grant.url, grant.headers, file.size);
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  if (!hasType) headers['Content-Type'] = options.type;
  const response = await send({ method: 'PUT', url: grant.url, headers, body: file }, options);
  return resultOfGrant(grant, file.name, response.header('etag'));
};
