import { amzDate, signPolicy } from '../../widget/sign/sigv4.ts';
import type { Backend } from './backend.ts';

export interface AwsFormOptions {
  /** Where S3 sends the page when a file is stored, a field each: `success_action_redirect`, or what it was once called. */
  redirect?: FormRedirect | readonly FormRedirect[];
  /** Seconds until the policy's end; default 600. */
  expires?: number;
  /** Of the field Content-Type; the documentation's is for the visitor to fill in. Default `text`. */
  contentType?: 'hidden' | 'text';
  /** Whether the visitor is asked for a tag, as in the documentation; and whether it has to be filled in. Default true. */
  asksTag?: boolean | 'required';
  /** Further attributes of the file input, such as `multiple`. */
  input?: string;
  /** Default `user/user1/${filename}`. */
  key?: string;
  /** Bytes. */
  range?: [number, number];
  /** Leaves something out, as a page might. */
  without?: 'key' | 'file' | 'file-name' | 'policy';
  /** Has a field twice. */
  twice?: boolean;
  /** Default the bucket's address. */
  action?: string;
}

export interface FormRedirect {
  name?: 'success_action_redirect' | 'redirect';
  url: string;
  /** Whether the policy insists on the address (`fixed`), leaves it to the form (`open`), or wants it to begin so. */
  policy: 'fixed' | 'open' | { startsWith: string };
}

const redirectCondition = ({ name = 'success_action_redirect', url, policy }: FormRedirect): object => {
  if (policy === 'fixed') return { [name]: url };
  return ['starts-with', `$${name}`, policy === 'open' ? '' : policy.startsWith];
};

/**
 * The form of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html, its conditions and its fields in
 * their order, encryption among them, signed for a bucket that is there.
 */
export async function awsForm(
  { url, bucket, region, credentials }: Pick<Backend, 'url' | 'bucket' | 'region' | 'credentials'>,
  options: AwsFormOptions = {},
): Promise<string> {
  const { redirect = [], expires = 600, contentType = 'text', asksTag = true, input = '', range, without } = options;
  const { key = 'user/user1/${filename}', action = `${url}/${bucket}` } = options;
  const redirects = [redirect].flat();
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
      ...redirects.map(redirectCondition),
      ['starts-with', '$Content-Type', 'image/'],
      { 'x-amz-meta-uuid': '14365123651274' },
      { 'x-amz-server-side-encryption': 'AES256' },
      ['starts-with', '$x-amz-meta-tag', ''],
      ...(range ? [['content-length-range', ...range]] : []),
      ...Object.entries(signed).map(([name, value]) => ({ [name]: value })),
    ],
  };
  const { policy: base64, 'x-amz-signature': signature } = await signPolicy(JSON.stringify(policy), credentials, scope);
  const hidden = (name: string, value: string): string => `<input type="hidden" name="${name}" value="${value}" />`;
  const asked = (label: string, name: string, value: string, more = ''): string =>
    `<label>${label}: <input type="input" name="${name}" value="${value}" ${more} /></label>`;
  return `<form action="${action}" method="post" enctype="multipart/form-data">
    ${without === 'key' ? '' : hidden('key', key)}
    ${hidden('acl', 'public-read')}
    ${redirects.map(({ name = 'success_action_redirect', url }) => hidden(name, url)).join('\n')}
    ${contentType === 'text' ? asked('Content-Type', 'Content-Type', 'image/jpeg') : hidden('Content-Type', 'image/jpeg')}
    ${hidden('x-amz-meta-uuid', '14365123651274').repeat(options.twice ? 2 : 1)}
    ${hidden('x-amz-server-side-encryption', 'AES256')}
    ${hidden('X-Amz-Credential', signed['x-amz-credential'])}
    ${hidden('X-Amz-Algorithm', signed['x-amz-algorithm'])}
    ${hidden('X-Amz-Date', signed['x-amz-date'])}
    ${asksTag ? asked('Tags for File', 'x-amz-meta-tag', '', asksTag === true ? '' : asksTag) : hidden('x-amz-meta-tag', '')}
    ${without === 'policy' ? '' : hidden('Policy', base64) + hidden('X-Amz-Signature', signature)}
    ${without === 'file' ? '' : `<label>File: <input type="file" name="${without === 'file-name' ? 'upload' : 'file'}" ${input} /></label>`}
    <input type="submit" name="submit" value="Upload to Amazon S3" />
  </form>`;
}
