import type { Sign } from '../../core/sign.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { signEach } from '../sign-each.ts';
import { readGrant } from '../read-grant.ts';

export interface PresignedPostOptions extends SignerAccess {
  /** `get` puts the question into the query: `?filename&type&size`. Default `post`. */
  signerMethod?: 'get' | 'post' | undefined;
}

/** One file a request, answered as `@aws-sdk/s3-presigned-post`, boto3 and Shrine answer. */
export function presignedPost(options: PresignedPostOptions): Sign {
  const request = createSignerRequest(options);
  return signEach(async (file, { signal, method }) => {
    const { name, type, size } = file;
    const metadata = (options.metadata ?? file.metadata) && { ...options.metadata, ...file.metadata };
    const asked =
      options.signerMethod === 'get'
        ? {
            method: 'GET' as const,
            query: new URLSearchParams({
              ...metadata,
              filename: name,
              type,
              size: String(size),
              ...(method && { method }),
            }).toString(),
          }
        : { body: { name, type, size, ...(metadata && { metadata }), ...(method && { method }) } };
    return readGrant(await request(asked, signal), file);
  });
}
