import type { Credential } from '../options.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import { findCredential, findScopeError } from './credential-check.ts';
import {
  ALGORITHM,
  STREAMING_UNSIGNED_PAYLOAD_TRAILER,
  UNSIGNED_PAYLOAD,
  canonicalRequest,
  equalSecrets,
  parseAmzDate,
  parseCredential,
  sign,
  stringToSign,
  type CredentialScope,
} from './sigv4.ts';

/** Seven days: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
const MAX_EXPIRES_SECONDS = 604_800;
/** 15 minutes: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html */
const MAX_CLOCK_SKEW_MS = 15 * 60 * 1000;

/** The values that signatures are checked against. */
export interface AuthConfig {
  readonly credentials: readonly Credential[];
  /** The only region that a signature may name. */
  readonly region: string;
  readonly now: () => Date;
}

/** A signature that was verified. */
export interface VerifiedSignature {
  /** Access key of the signer. */
  readonly accessKeyId: string;
  /** `x-amz-content-sha256`: the body's SHA-256 in hex, or one of the constants for an unsigned body. */
  readonly payloadHash: string;
}

/** A request together with its signature; undefined when the request is anonymous. */
export interface AuthenticatedRequest {
  readonly request: S3Request;
  readonly signature: VerifiedSignature | undefined;
}

/** A signature as a header or a presigned URL states it, not yet verified. */
interface SignatureClaim {
  readonly scope: CredentialScope;
  readonly amzDate: string;
  readonly signedHeaders: readonly string[];
  /** Hex. */
  readonly signature: string;
  /** Session token of a temporary credential. */
  readonly token: string | undefined;
  readonly payloadHash: string;
  /** The query that the signature covers. */
  readonly query: S3Request['query'];
}

/**
 * Verifies the signature of a request, in its `Authorization` header or in the query of its presigned URL.
 *
 * @returns undefined for an anonymous request
 * @throws {S3Error} when there is a signature, and it is malformed, expired or wrong
 */
export function authenticate(request: S3Request, config: AuthConfig): VerifiedSignature | undefined {
  const header = request.header('authorization');
  const presigned = request.param('X-Amz-Algorithm') !== undefined || request.param('X-Amz-Signature') !== undefined;
  if (header !== undefined && presigned)
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the ' +
        'Authorization header should be specified',
      { ArgumentName: 'Authorization', ArgumentValue: header },
    );
  if (request.param('AWSAccessKeyId') !== undefined || header?.startsWith('AWS ')) throw unsupportedMechanism();
  if (header !== undefined) return verify(request, parseHeader(request, header, config), config);
  if (presigned) return verify(request, parsePresignedUrl(request, config), config);
  return undefined;
}

function parseHeader(request: S3Request, header: string, { region, now }: AuthConfig): SignatureClaim {
  const malformed = (reason: string, details = {}) =>
    new S3Error('AuthorizationHeaderMalformed', `The authorization header is malformed; ${reason}`, details);
  const [, mechanism, rest = ''] = /^(\S+)\s+(.*)$/.exec(header) ?? [];
  if (mechanism !== ALGORITHM) throw unsupportedMechanism();
  const parts = new Map(rest.split(',').map((part) => splitOnce(part.trim(), '=')));
  const credential = parts.get('Credential');
  const signature = parts.get('Signature');
  const signedHeaders = parts.get('SignedHeaders')?.split(';');
  if (credential === undefined) throw malformed('missing Credential.');
  if (signature === undefined) throw malformed('missing Signature.');
  if (signedHeaders === undefined) throw malformed('missing SignedHeaders.');
  const amzDate = request.header('x-amz-date') ?? '';
  const date = parseAmzDate(amzDate);
  if (!date) throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  const scope = parseCredential(credential);
  const scopeError = findScopeError(scope, amzDate, region);
  if (!scope || scopeError) throw malformed(scopeError?.message ?? '', scopeError?.details);
  if (Math.abs(now().getTime() - date.getTime()) > MAX_CLOCK_SKEW_MS)
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      {
        RequestTime: amzDate,
        ServerTime: now().toISOString(),
        MaxAllowedSkewMilliseconds: `${MAX_CLOCK_SKEW_MS}`,
      },
    );
  const payloadHash = request.header('x-amz-content-sha256');
  if (payloadHash === undefined)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  const token = request.header('x-amz-security-token');
  return { scope, amzDate, signedHeaders, signature, token, payloadHash, query: request.query };
}

function parsePresignedUrl(request: S3Request, { region, now }: AuthConfig): SignatureClaim {
  const refused = (message: string, details = {}) => new S3Error('AuthorizationQueryParametersError', message, details);
  const required = (name: string) => {
    const value = request.param(name);
    if (value === undefined)
      throw refused(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, ' +
          'X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      );
    return value;
  };
  const credential = required('X-Amz-Credential');
  const amzDate = required('X-Amz-Date');
  const expires = required('X-Amz-Expires');
  const signedHeaders = required('X-Amz-SignedHeaders').split(';');
  const signature = required('X-Amz-Signature');
  if (required('X-Amz-Algorithm') !== ALGORITHM) throw refused('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  const date = parseAmzDate(amzDate);
  if (!date) throw refused("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (!/^\d+$/.test(expires)) throw refused('X-Amz-Expires should be a number');
  const seconds = Number(expires);
  if (seconds < 1) throw refused('X-Amz-Expires must be non-negative');
  if (seconds > MAX_EXPIRES_SECONDS)
    throw refused(`X-Amz-Expires must be less than a week (in seconds) that is ${MAX_EXPIRES_SECONDS}`);
  const scope = parseCredential(credential);
  const scopeError = findScopeError(scope, amzDate, region);
  if (!scope || scopeError)
    throw refused(`Error parsing the X-Amz-Credential parameter; ${scopeError?.message}`, scopeError?.details);
  if (date.getTime() > now().getTime() + MAX_CLOCK_SKEW_MS)
    throw new S3Error('AccessDenied', 'Request is not yet valid', { ServerTime: now().toISOString() });
  const end = new Date(date.getTime() + seconds * 1000);
  if (end.getTime() <= now().getTime())
    throw new S3Error('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': expires,
      Expires: end.toISOString().replace(/\.\d+/, ''),
      ServerTime: now().toISOString().replace(/\.\d+/, ''),
    });
  const token = request.param('X-Amz-Security-Token');
  const payloadHash = request.headerOrParam('x-amz-content-sha256') ?? UNSIGNED_PAYLOAD;
  const query = request.query.filter(([name]) => name !== 'X-Amz-Signature');
  return { scope, amzDate, signedHeaders, signature, token, payloadHash, query };
}

function verify(request: S3Request, claim: SignatureClaim, { credentials, now }: AuthConfig): VerifiedSignature {
  const { scope, amzDate, signedHeaders, payloadHash } = claim;
  assertPayloadHash(payloadHash);
  const { secretAccessKey } = findCredential(credentials, scope.accessKeyId, claim.token, now());
  // All x-amz- headers must be signed, so that a holder of the URL cannot add an ACL or metadata.
  const unsigned = Object.keys(request.incoming.headers).filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0)
    throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    });
  const canonical = canonicalRequest({
    method: request.method,
    path: request.path,
    query: claim.query,
    headers: signedHeaders.map((name) => [name, request.header(name) ?? '']),
    payloadHash,
  });
  const text = stringToSign(amzDate, scope, canonical);
  if (!equalSecrets(sign(secretAccessKey, scope, text), claim.signature))
    throw signatureMismatch(scope.accessKeyId, text, claim.signature, canonical);
  return { accessKeyId: scope.accessKeyId, payloadHash };
}

/** The error of a wrong signature. It shows what the storage has signed, as S3 does. `text` is the string to sign. */
export function signatureMismatch(accessKeyId: string, text: string, provided: string, canonical?: string): S3Error {
  return new S3Error(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    {
      AWSAccessKeyId: accessKeyId,
      StringToSign: text,
      SignatureProvided: provided,
      StringToSignBytes: hexBytes(text),
      ...(canonical !== undefined && { CanonicalRequest: canonical, CanonicalRequestBytes: hexBytes(canonical) }),
    },
  );
}

/** The error of a request that is signed with another algorithm, such as Signature Version 2. */
export const unsupportedMechanism = () =>
  new S3Error(
    'InvalidRequest',
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  );

function assertPayloadHash(payloadHash: string): void {
  if (payloadHash === UNSIGNED_PAYLOAD || payloadHash === STREAMING_UNSIGNED_PAYLOAD_TRAILER) return;
  if (/^[0-9a-f]{64}$/.test(payloadHash)) return;
  if (payloadHash.startsWith('STREAMING-AWS4-'))
    throw new S3Error(
      'NotImplemented',
      `The local storage does not implement signed chunks. Send ${STREAMING_UNSIGNED_PAYLOAD_TRAILER} instead.`,
    );
  throw new S3Error(
    'InvalidArgument',
    `x-amz-content-sha256 must be ${UNSIGNED_PAYLOAD}, ${STREAMING_UNSIGNED_PAYLOAD_TRAILER}, or a valid sha256 value.`,
    { ArgumentName: 'x-amz-content-sha256', ArgumentValue: payloadHash },
  );
}

const hexBytes = (text: string) => (Buffer.from(text).toString('hex').match(/../g) ?? []).join(' ');

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
