import type { Sign } from '../../core/sign.ts';
import { requireOneOf } from '../signer-attribute-errors.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { readGrant } from '../read-grant.ts';
import { signEach } from '../sign-each.ts';
import type { PresetFromAttributes } from './preset.ts';

/** Options of {@link presignedPost}: the address of a signer that answers as the AWS SDKs do. */
export interface PresignedPostOptions extends SignerAccess {
  /** `get` sends the file's description in the query: `?filename&type&size`. Default `post`: as JSON. */
  signerMethod?: 'get' | 'post';
}

/** Signs with a route that accepts one file per request, and answers as `@aws-sdk/s3-presigned-post`, boto3 and Shrine do. */
export function presignedPost(options: PresignedPostOptions): Sign {
  const request = createSignerRequest(options);
  return signEach(async (file, { signal, method }) => {
    const { name, type, size } = file;
    const metadata = (options.metadata ?? file.metadata) && { ...options.metadata, ...file.metadata };
    if (options.signerMethod !== 'get') {
      return readGrant(await request({ body: { name, type, size, metadata, method } }, signal), file);
    }
    const query = new URLSearchParams({
      ...metadata,
      filename: name,
      type,
      size: String(size),
      ...(method && { method }),
    });
    return readGrant(await request({ method: 'GET', query: query.toString() }, signal), file);
  });
}

/** The preset `signer="presigned-post"`. */
export const fromAttributes: PresetFromAttributes = (access, { signerMethod = 'post' }) =>
  presignedPost({
    ...access,
    signerMethod: requireOneOf('signer-method', signerMethod.toLowerCase(), ['get', 'post'] as const),
  });
