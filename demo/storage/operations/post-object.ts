import { parseTaggingXml, readAttributes } from './object-metadata.ts';
import { signatureMismatch, unsupportedMechanism, type Authority } from '../auth/authenticate.ts';
import { checksumHeaders, defaultAlgorithm, parseContentMd5, statedChecksum } from '../protocol/checksums.ts';
import { findCredential, scopeFault } from '../auth/credential-check.ts';
import { S3Error, invalidArgument } from '../protocol/s3-error.ts';
import { readForm, type FormFields } from '../body/read-post-form.ts';
import type { StoredObject } from '../store/object-store.ts';
import type { Context } from './operation-context.ts';
import { assertPolicyHolds, parsePolicy, type Policy } from '../auth/post-policy.ts';
import { maxBodySize, receive } from '../body/write-verified.ts';
import { assertKeyLength, type S3Request } from '../protocol/s3-request.ts';
import { algorithm, equalSignatures, parseAmzDate, parseCredential, sign, uriEncode } from '../auth/sigv4.ts';
import { buildXml } from '../protocol/xml.ts';

const signatureFields = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature'];

/** POST Object: a form whose policy says what it may upload. */
export async function postObject({ request, buckets, objects, authority }: Context): Promise<Response> {
  if (!/^multipart\/form-data\s*;/i.test(request.header('content-type') ?? ''))
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
      Condition: 'Bucket POST must be of the enclosure-type multipart/form-data',
    });
  if (request.contentLength === undefined)
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  buckets.assertExists(request.bucket);

  return objects.withTemporary(request.bucket, async (temporary) => {
    const { object, fields, received } = await readForm(request, async (sent, file) => {
      const fields = withKey(sent, file.name);
      const policy = authorise(request, fields, authority);
      const object = describe(fields);
      await buckets.assertAclAllowed(request.bucket, object.acl);
      const received = await receive(file.bytes, temporary.path, expectations(fields, policy), defaultAlgorithm);
      return { object, fields, received };
    });
    const stored = await objects.put(
      request.bucket,
      {
        ...object,
        size: received.size,
        etag: `"${received.md5}"`,
        checksum: received.checksum,
        checksumType: 'FULL_OBJECT',
      },
      temporary,
    );
    return answer(request, fields, stored);
  });
}

/** S3 fills in the file's name before it looks at the policy. Without a name the variable stays as it is. */
function withKey(sent: FormFields, fileName: string | undefined): FormFields {
  const template = sent.get('key');
  if (template === undefined) throw missingField('key');
  const key = fileName === undefined ? template : template.replaceAll('${filename}', () => fileName);
  if (key === '') throw invalidArgument('User key must have a length greater than 0.', 'key', '');
  assertKeyLength(key);
  return new Map([...sent, ['key', key]]);
}

function authorise(request: S3Request, fields: FormFields, authority: Authority): Policy {
  const encoded = fields.get('policy');
  const missing = signatureFields.filter((name) => !fields.has(name.toLowerCase()));
  if (fields.has('signature') || fields.has('awsaccesskeyid')) throw unsupportedMechanism();
  // Nobody signed it, and the buckets are closed to the public.
  if (encoded === undefined || missing.length === signatureFields.length)
    throw new S3Error('AccessDenied', 'Access Denied');
  const [firstMissing] = missing;
  if (firstMissing !== undefined) throw missingField(firstMissing);

  assertSignature(fields, encoded, authority);
  const policy = parsePolicy(encoded);
  const bucket = fields.get('bucket') ?? request.bucket;
  if (bucket !== request.bucket)
    throw invalidArgument('The bucket field must name the bucket that is posted to.', 'bucket', bucket);
  assertPolicyHolds(policy, new Map([...fields, ['bucket', bucket]]), authority.now());
  return policy;
}

function assertSignature(fields: FormFields, encoded: string, { credentials, region, now }: Authority): void {
  const [method = '', credential = '', amzDate = '', signature = ''] = signatureFields.map((name) =>
    fields.get(name.toLowerCase()),
  );
  if (method !== algorithm)
    throw invalidArgument(`X-Amz-Algorithm only supports "${algorithm}"`, 'X-Amz-Algorithm', method);
  if (!parseAmzDate(amzDate))
    throw invalidArgument(
      "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
      'X-Amz-Date',
      amzDate,
    );
  const scope = parseCredential(credential);
  const fault = scopeFault(scope, amzDate, region);
  if (!scope || fault)
    throw new S3Error(
      'AuthorizationQueryParametersError',
      `Error parsing the X-Amz-Credential parameter; ${fault?.message}`,
      fault?.details,
    );
  const { accessKeyId } = scope;
  const { secretAccessKey } = findCredential(credentials, accessKeyId, fields.get('x-amz-security-token'), now());
  if (!equalSignatures(sign(secretAccessKey, scope, encoded), signature))
    throw signatureMismatch(accessKeyId, encoded, signature);
}

function describe(fields: FormFields) {
  const tagging = fields.get('tagging');
  const attributes = readAttributes(fields, fields.get('acl'), tagging === undefined ? {} : parseTaggingXml(tagging));
  return { ...attributes, key: fields.get('key') ?? '' };
}

function expectations(fields: FormFields, { range }: Policy) {
  const md5 = fields.get('content-md5');
  return {
    range: range && ([range[0], Math.min(range[1], maxBodySize)] as const),
    md5: md5 === undefined ? undefined : parseContentMd5(md5),
    checksum: statedChecksum((name) => fields.get(name), 'x-amz-checksum-algorithm'),
  };
}

function answer(request: S3Request, fields: FormFields, { key, etag, checksum }: StoredObject): Response {
  const location = `${request.origin}/${request.bucket}/${uriEncode(key)}`;
  const headers = {
    etag,
    location,
    ...checksumHeaders(checksum, 'FULL_OBJECT'),
  };
  const redirect = redirectTarget(fields.get('success_action_redirect') ?? fields.get('redirect'));
  if (redirect) {
    const query = `bucket=${uriEncode(request.bucket)}&key=${uriEncode(key)}&etag=${uriEncode(etag)}`;
    redirect.search += redirect.search === '' ? `?${query}` : `&${query}`;
    return new Response(null, { status: 303, headers: { ...headers, location: redirect.href } });
  }
  switch (fields.get('success_action_status')) {
    case '200':
      return new Response(null, { status: 200, headers });
    case '201':
      return new Response(
        buildXml({ PostResponse: { Location: location, Bucket: request.bucket, Key: key, ETag: etag } }),
        { status: 201, headers: { ...headers, 'content-type': 'application/xml' } },
      );
    default:
      return new Response(null, { status: 204, headers });
  }
}

/** S3 ignores what is no absolute web address, and an empty one. */
function redirectTarget(text: string | undefined): URL | undefined {
  if (text === undefined || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

const missingField = (name: string) =>
  invalidArgument(
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    name,
    '',
  );
