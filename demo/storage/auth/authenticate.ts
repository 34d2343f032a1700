import { findCredential, scopeFault } from './credential-check.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Credential } from '../options.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import {
  algorithm,
  canonicalRequest,
  equalSignatures,
  parseAmzDate,
  parseCredential,
  sign,
  stringToSign,
  unsignedPayload,
  type CredentialScope,
} from './sigv4.ts';

export const streamingTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** Longest life of a presigned URL, in seconds: seven days. */
const maxExpires = 604_800;
const maxSkewMs = 15 * 60 * 1000;

export interface Access {
  readonly accessKeyId: string;
  /** `x-amz-content-sha256`: the body's SHA-256 in hex, or one of the words for a body that is not signed. */
  readonly payload: string;
}

export interface Authority {
  readonly credentials: readonly Credential[];
  readonly region: string;
  readonly now: () => Date;
}

interface Claim {
  readonly credential: string;
  readonly scope: CredentialScope;
  readonly amzDate: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly token: string | undefined;
  readonly payload: string;
  readonly query: S3Request['query'];
}

/** Who signed a request, by its `Authorization` header or its presigned query; undefined when nobody did. */
export function authenticate(request: S3Request, authority: Authority): Access | undefined {
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
  if (header !== undefined) return admit(request, readHeader(request, header, authority), authority);
  if (presigned) return admit(request, readQuery(request, authority), authority);
  return undefined;
}

function readHeader(request: S3Request, header: string, { region, now }: Authority): Claim {
  const malformed = (reason: string, details = {}) =>
    new S3Error('AuthorizationHeaderMalformed', `The authorization header is malformed; ${reason}`, details);
  const [, mechanism, rest = ''] = /^(\S+)\s+(.*)$/.exec(header) ?? [];
  if (mechanism !== algorithm) throw unsupportedMechanism();
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
  const fault = scopeFault(scope, amzDate, region);
  if (!scope || fault) throw malformed(fault?.message ?? '', fault?.details);
  if (Math.abs(now().getTime() - date.getTime()) > maxSkewMs)
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      {
        RequestTime: amzDate,
        ServerTime: now().toISOString(),
        MaxAllowedSkewMilliseconds: `${maxSkewMs}`,
      },
    );
  const payload = request.header('x-amz-content-sha256');
  if (payload === undefined)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  const token = request.header('x-amz-security-token');
  return { credential, scope, amzDate, signedHeaders, signature, token, payload, query: request.query };
}

function readQuery(request: S3Request, { region, now }: Authority): Claim {
  const refused = (message: string, details = {}) => new S3Error('AuthorizationQueryParametersError', message, details);
  const named = (name: string) => {
    const value = request.param(name);
    if (value === undefined)
      throw refused(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, ' +
          'X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      );
    return value;
  };
  const credential = named('X-Amz-Credential');
  const amzDate = named('X-Amz-Date');
  const expires = named('X-Amz-Expires');
  const signedHeaders = named('X-Amz-SignedHeaders').split(';');
  const signature = named('X-Amz-Signature');
  if (named('X-Amz-Algorithm') !== algorithm) throw refused('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  const date = parseAmzDate(amzDate);
  if (!date) throw refused("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (!/^\d+$/.test(expires)) throw refused('X-Amz-Expires should be a number');
  const seconds = Number(expires);
  if (seconds < 1) throw refused('X-Amz-Expires must be non-negative');
  if (seconds > maxExpires) throw refused(`X-Amz-Expires must be less than a week (in seconds) that is ${maxExpires}`);
  const scope = parseCredential(credential);
  const fault = scopeFault(scope, amzDate, region);
  if (!scope || fault) throw refused(`Error parsing the X-Amz-Credential parameter; ${fault?.message}`, fault?.details);
  if (date.getTime() > now().getTime() + maxSkewMs)
    throw new S3Error('AccessDenied', 'Request is not yet valid', { ServerTime: now().toISOString() });
  const end = new Date(date.getTime() + seconds * 1000);
  if (end.getTime() <= now().getTime())
    throw new S3Error('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': expires,
      Expires: end.toISOString().replace(/\.\d+/, ''),
      ServerTime: now().toISOString().replace(/\.\d+/, ''),
    });
  const token = request.param('X-Amz-Security-Token');
  const payload = request.setting('x-amz-content-sha256') ?? unsignedPayload;
  const query = request.query.filter(([name]) => name !== 'X-Amz-Signature');
  return { credential, scope, amzDate, signedHeaders, signature, token, payload, query };
}

function admit(request: S3Request, claim: Claim, { credentials, now }: Authority): Access {
  const { scope, amzDate, signedHeaders, payload } = claim;
  assertPayloadWord(payload);
  const { secretAccessKey } = findCredential(credentials, scope.accessKeyId, claim.token, now());
  // The skeleton of the request cannot be signed for one use and sent with other settings.
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
    payload,
  });
  const text = stringToSign(amzDate, scope, canonical);
  if (!equalSignatures(sign(secretAccessKey, scope, text), claim.signature))
    throw signatureMismatch(scope.accessKeyId, text, claim.signature, canonical);
  return { accessKeyId: scope.accessKeyId, payload };
}

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

export const unsupportedMechanism = () =>
  new S3Error(
    'InvalidRequest',
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  );

function assertPayloadWord(payload: string): void {
  if (payload === unsignedPayload || payload === streamingTrailer || /^[0-9a-f]{64}$/.test(payload)) return;
  if (payload.startsWith('STREAMING-AWS4-'))
    throw new S3Error('NotImplemented', 'The local storage does not take bodies whose chunks are signed one by one.');
  throw new S3Error(
    'InvalidArgument',
    `x-amz-content-sha256 must be ${unsignedPayload}, ${streamingTrailer}, or a valid sha256 value.`,
    { ArgumentName: 'x-amz-content-sha256', ArgumentValue: payload },
  );
}

const hexBytes = (text: string) => (Buffer.from(text).toString('hex').match(/../g) ?? []).join(' ');

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
