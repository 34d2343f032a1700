import { signatureMismatch, unsupportedMechanism, type AuthConfig } from '../auth/authenticate.ts';
import { findCredential, findScopeError } from '../auth/credential-check.ts';
import { assertPolicySatisfied, parsePolicy, type PostPolicy } from '../auth/post-policy.ts';
import { ALGORITHM, equalSecrets, parseAmzDate, parseCredential, sign, uriEncode } from '../auth/sigv4.ts';
import { readPostForm, type PostFields } from '../body/read-post-form.ts';
import { MAX_BODY_BYTES, writeVerified, type ExpectedBody } from '../body/write-verified.ts';
import { DEFAULT_ALGORITHM, checksumHeaders, parseContentMd5, readStatedChecksum } from '../protocol/checksums.ts';
import {
  S3Error,
  accessDenied,
  invalidArgument,
  missingContentLength,
  preconditionFailed,
} from '../protocol/s3-error.ts';
import { assertKeyLength, type S3Request } from '../protocol/s3-request.ts';
import { buildXml } from '../protocol/xml.ts';
import type { ObjectMetadata, StoredObject } from '../store/object-store.ts';
import { parseTaggingXml, readObjectMetadata } from './object-metadata.ts';
import type { OperationContext } from './operation-context.ts';
import { readIfNoneMatchField } from './write-condition.ts';

/** Fields that sign a policy: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html */
const SIGNATURE_FIELDS = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature'];

/** POST Object: a form with a signed policy that limits the upload. */
export async function postObject({ request, buckets, objects, auth }: OperationContext): Promise<Response> {
  if (!/^multipart\/form-data\s*;/i.test(request.header('content-type') ?? ''))
    throw preconditionFailed('Bucket POST must be of the enclosure-type multipart/form-data');
  if (request.contentLength === undefined) throw missingContentLength();
  buckets.assertExists(request.bucket);

  return objects.withTemporaryFile(request.bucket, async (temporary) => {
    const { fields, metadata, body, ifAbsent } = await readPostForm(request, async (sent, file) => {
      const fields = fillInFileName(sent, file.name);
      const policy = verifyPolicy(request, fields, auth);
      const ifAbsent = readIfNoneMatchField(fields);
      if (ifAbsent) await objects.assertAbsent(request.bucket, fields.get('key') ?? '');
      const metadata = readFormMetadata(fields);
      await buckets.assertAclAllowed(request.bucket, metadata.acl);
      const body = await writeVerified(file.bytes, temporary.path, expectedFile(fields, policy), DEFAULT_ALGORITHM);
      return { fields, metadata, body, ifAbsent };
    });
    const stored = await objects.put(
      request.bucket,
      {
        ...metadata,
        key: fields.get('key') ?? '',
        size: body.size,
        etag: `"${body.md5}"`,
        checksum: body.checksum,
        checksumType: 'FULL_OBJECT',
      },
      temporary,
      ifAbsent,
    );
    return respond(request, fields, stored);
  });
}

/**
 * Replaces `${filename}` in the key by the name of the file, or leaves it when the file has no name. S3 does so before it
 * checks the policy.
 */
function fillInFileName(sent: PostFields, fileName: string | undefined): PostFields {
  const template = sent.get('key');
  if (template === undefined) throw missingField('key');
  const key = fileName === undefined ? template : template.replaceAll('${filename}', () => fileName);
  if (key === '') throw invalidArgument('User key must have a length greater than 0.', 'key', '');
  assertKeyLength(key);
  return new Map([...sent, ['key', key]]);
}

function verifyPolicy(request: S3Request, fields: PostFields, auth: AuthConfig): PostPolicy {
  const encoded = fields.get('policy');
  const missing = SIGNATURE_FIELDS.filter((name) => !fields.has(name.toLowerCase()));
  if (fields.has('signature') || fields.has('awsaccesskeyid')) throw unsupportedMechanism();
  // An anonymous form: no bucket of this storage is publicly writable.
  if (encoded === undefined || missing.length === SIGNATURE_FIELDS.length) throw accessDenied();
  const [firstMissing] = missing;
  if (firstMissing !== undefined) throw missingField(firstMissing);

  verifySignature(fields, encoded, auth);
  const policy = parsePolicy(encoded);
  const bucket = fields.get('bucket') ?? request.bucket;
  if (bucket !== request.bucket)
    throw invalidArgument('The bucket field must name the bucket that is posted to.', 'bucket', bucket);
  assertPolicySatisfied(policy, new Map([...fields, ['bucket', bucket]]), auth.now());
  return policy;
}

function verifySignature(fields: PostFields, encodedPolicy: string, { credentials, region, now }: AuthConfig): void {
  const [algorithm = '', credential = '', amzDate = '', signature = ''] = SIGNATURE_FIELDS.map((name) =>
    fields.get(name.toLowerCase()),
  );
  if (algorithm !== ALGORITHM)
    throw invalidArgument(`X-Amz-Algorithm only supports "${ALGORITHM}"`, 'X-Amz-Algorithm', algorithm);
  if (!parseAmzDate(amzDate))
    throw invalidArgument(
      "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
      'X-Amz-Date',
      amzDate,
    );
  const scope = parseCredential(credential);
  const scopeError = findScopeError(scope, amzDate, region);
  if (!scope || scopeError)
    throw new S3Error(
      'AuthorizationQueryParametersError',
      `Error parsing the X-Amz-Credential parameter; ${scopeError?.message}`,
      scopeError?.details,
    );
  const { accessKeyId } = scope;
  const { secretAccessKey } = findCredential(credentials, accessKeyId, fields.get('x-amz-security-token'), now());
  if (!equalSecrets(sign(secretAccessKey, scope, encodedPolicy), signature))
    throw signatureMismatch(accessKeyId, encodedPolicy, signature);
}

function readFormMetadata(fields: PostFields): ObjectMetadata {
  const tagging = fields.get('tagging');
  return readObjectMetadata(fields, fields.get('acl'), tagging === undefined ? {} : parseTaggingXml(tagging));
}

function expectedFile(fields: PostFields, { range }: PostPolicy): ExpectedBody {
  const md5 = fields.get('content-md5');
  return {
    range: range && [range[0], Math.min(range[1], MAX_BODY_BYTES)],
    md5: md5 === undefined ? undefined : parseContentMd5(md5),
    checksum: readStatedChecksum((name) => fields.get(name), 'x-amz-checksum-algorithm'),
  };
}

function respond(request: S3Request, fields: PostFields, { key, etag, checksum }: StoredObject): Response {
  const location = `${request.origin}/${request.bucket}/${uriEncode(key)}`;
  const headers = {
    etag,
    location,
    ...checksumHeaders(checksum, 'FULL_OBJECT'),
  };
  const redirect = parseRedirect(fields.get('success_action_redirect') ?? fields.get('redirect'));
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

/** S3 ignores a redirect that is not an absolute http or https URL. */
function parseRedirect(text: string | undefined): URL | undefined {
  if (text === undefined || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

const missingField = (name: string) =>
  invalidArgument(
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    name,
    '',
  );
