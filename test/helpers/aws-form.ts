import { amzDate, signPolicy } from '../../widget/sign/sigv4.ts';
import type { Backend } from './backend.ts';

export interface AwsFormOptions {
  /** `success_action_redirect`, and whether the policy insists on it (`fixed`) or leaves it to the form (`open`). */
  redirect?: { url: string; policy: 'fixed' | 'open' };
  /** Seconds until the policy's end; default 600. */
  expires?: number;
  /** Of the field Content-Type; the documentation's is for the visitor to fill in. Default `text`. */
  contentType?: 'hidden' | 'text';
  /** Whether the visitor is asked for a tag, as in the documentation. Default true. */
  asksTag?: boolean;
  /** Further attributes of the file input, such as `multiple`. */
  input?: string;
  /** Default `user/user1/${filename}`. */
  key?: string;
  /** Bytes. */
  range?: [number, number];
  /** Leaves something out, as a page might. */
  without?: 'key' | 'file';
}

/**
 * The form of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html, its conditions and its fields in
 * their order, signed for a bucket that is there.
 */
export async function awsForm(
  { url, bucket, region, credentials }: Pick<Backend, 'url' | 'bucket' | 'region' | 'credentials'>,
  options: AwsFormOptions = {},
): Promise<string> {
  const { redirect, expires = 600, contentType = 'text', asksTag = true, input = '', range, without } = options;
  const { key = 'user/user1/${filename}' } = options;
  const now = Date.now();
  const scope = { time: now, region };
  const signed = {
    'x-amz-credential': `${credentials.accessKeyId}/${amzDate(now).slice(0, 8)}/${region}/s3/aws4_request`,
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-date': amzDate(now),
  };
  const policy = {
    expiration: new Date(now + expires * 1000).toISOString(),
    conditions: [
      { bucket },
      ['starts-with', '$key', key.replace(/\$\{filename\}.*/, '')],
      { acl: 'public-read' },
      ...(redirect
        ? redirect.policy === 'fixed'
          ? [{ success_action_redirect: redirect.url }]
          : [['starts-with', '$success_action_redirect', '']]
        : []),
      ['starts-with', '$Content-Type', 'image/'],
      { 'x-amz-meta-uuid': '14365123651274' },
      ['starts-with', '$x-amz-meta-tag', ''],
      ...(range ? [['content-length-range', ...range]] : []),
      ...Object.entries(signed).map(([name, value]) => ({ [name]: value })),
    ],
  };
  const { policy: base64, 'x-amz-signature': signature } = await signPolicy(JSON.stringify(policy), credentials, scope);
  return `<form action="${url}/${bucket}" method="post" enctype="multipart/form-data">
    ${without === 'key' ? '' : `<input type="hidden" name="key" value="${key}" />`}
    <input type="hidden" name="acl" value="public-read" />
    ${redirect ? `<input type="hidden" name="success_action_redirect" value="${redirect.url}" />` : ''}
    ${contentType === 'text' ? '<label>Content-Type: <input type="input" name="Content-Type" value="image/jpeg" /></label>' : '<input type="hidden" name="Content-Type" value="image/jpeg" />'}
    <input type="hidden" name="x-amz-meta-uuid" value="14365123651274" />
    <input type="hidden" name="X-Amz-Credential" value="${signed['x-amz-credential']}" />
    <input type="hidden" name="X-Amz-Algorithm" value="${signed['x-amz-algorithm']}" />
    <input type="hidden" name="X-Amz-Date" value="${signed['x-amz-date']}" />
    ${asksTag ? '<label>Tags for File: <input type="input" name="x-amz-meta-tag" value="" /></label>' : '<input type="hidden" name="x-amz-meta-tag" value="" />'}
    <input type="hidden" name="Policy" value="${base64}" />
    <input type="hidden" name="X-Amz-Signature" value="${signature}" />
    ${without === 'file' ? '' : `<label>File: <input type="file" name="file" ${input} /></label>`}
    <input type="submit" name="submit" value="Upload to Amazon S3" />
  </form>`;
}
