import { xmlText } from './s3-error.ts';
import type { SendFile } from './send-file.ts';
import { send } from './send.ts';
import type { PostGrant } from './sign.ts';
import { resultOfGrant } from './upload-result.ts';

/** The form to send: every signed field verbatim and in order, the file last. */
export function formOf({ fields }: PostGrant, file: File): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', file, file.name);
  return form;
}

/**
 * Browser-based upload by POST: every signed field verbatim and in order, the file last, and no header of our own, as in
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export const post: SendFile<PostGrant> = async (grant, file, options) => {
  const response = await send(
    { method: 'POST', url: grant.url, body: formOf(grant, file) },
    {
      ...options,
      send: grant.wrapTransport?.(options.send) ?? options.send,
      // the fields and boundaries are sent first and do not count
      onProgress: (loaded, total) => options.onProgress(Math.max(0, loaded - (total - file.size))),
    },
  );
  return resultOfGrant(grant, file.name, response.header('etag') ?? xmlText(response.text, 'ETag'));
};
