import { type RetryKind, UploadError, type UploadErrorCode, type UploadPhase } from './errors.ts';
import type { HttpResponse } from './http.ts';
import { redact } from './redact.ts';

/** S3's error codes that say more than their status does: our code for each, and whether to retry. */
const MEANING: Record<string, readonly [UploadErrorCode, RetryKind?]> = {
  SlowDown: ['storage-busy', 'throttle'],
  RequestTimeout: ['storage-busy', 'transient'],
  IncompleteBody: ['storage-busy', 'transient'],
  BadDigest: ['corrupt', 'transient'],
  InvalidDigest: ['corrupt', 'transient'],
  XAmzContentChecksumMismatch: ['corrupt', 'transient'],
  InvalidToken: ['expired', 'sign-again'],
  InvalidAccessKeyId: ['expired', 'sign-again'],
  RequestTimeTooSkewed: ['signer-clock', 'sign-again'],
  // another request for the same key was faster: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  ConditionalRequestConflict: ['storage-busy', 'transient'],
  OperationAborted: ['storage-busy', 'transient'],
  // the signature forbids to overwrite: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
  PreconditionFailed: ['already-stored'],
  EntityTooLarge: ['file-too-large'],
  EntityTooSmall: ['file-too-small'],
  NoSuchUpload: ['upload-lost'],
  NoSuchBucket: ['storage-config'],
  PermanentRedirect: ['storage-config'],
  AuthorizationHeaderMalformed: ['storage-config'],
  AuthorizationQueryParametersError: ['storage-config'],
};

/** Characters of a response that are searched. */
const MAX_XML_CHARACTERS = 16_384;
/** Characters of the storage's message that are passed on. */
const MAX_MESSAGE_CHARACTERS = 300;

/** The text of the first element of that name, or undefined. It reads plain text only, without nested elements. */
export function xmlText(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)<`)
    .exec(xml.slice(0, MAX_XML_CHARACTERS))?.[1]
    ?.replace(/&(quot|#34|amp);/g, (_, entity) => (entity === 'amp' ? '&' : '"'));
}

/** The error that a response of the storage means. */
export function s3Error(response: HttpResponse, phase: UploadPhase): UploadError {
  const { status, text } = response;
  const s3Code = plain(xmlText(text, 'Code'));
  const message = redact(xmlText(text, 'Message') ?? '').slice(0, MAX_MESSAGE_CHARACTERS);
  const [code, retry] = meaning(status, s3Code, message);
  return new UploadError(code, `The storage responded with ${status} ${s3Code ?? ''}: ${message}`, {
    phase,
    retry,
    status,
    s3Code,
    requestId: plain(xmlText(text, 'RequestId') ?? response.header('x-amz-request-id')),
    retryAfter: retryAfter(response),
    serverTime: Date.parse(xmlText(text, 'ServerTime') ?? '') || undefined,
    limit: Number(xmlText(text, 'M(?:ax|in)SizeAllowed')) || undefined,
  });
}

/** A code or an id of the storage; undefined if it is anything else, such as a URL or a signature, which has 64 digits. */
const plain = (text: string | null = ''): string | undefined => /^[\w:+/=-]{1,60}$/.exec(text ?? '')?.[0];

function meaning(status: number, s3Code = '', message: string): readonly [UploadErrorCode, RetryKind?] {
  // hasOwn: the storage chooses the code, and it may choose `constructor`
  if (Object.hasOwn(MEANING, s3Code)) return MEANING[s3Code]!;
  // storages use different statuses and codes: 400 ExpiredRequest (R2), MalformedHeader (Ozone), InvalidRequest (Garage)
  if ([400, 401, 403].includes(status)) {
    if (/expired|not yet valid|too old/i.test(s3Code + message)) return ['expired', 'sign-again'];
    if (/skewed/i.test(message)) return ['signer-clock', 'sign-again'];
  }
  if (status === 412) return ['already-stored'];
  if (status === 429) return ['storage-busy', 'throttle'];
  if ([500, 502, 503, 504].includes(status)) return ['storage-busy', 'transient'];
  if ([301, 307, 404, 405, 501].includes(status)) return ['storage-config'];
  return ['storage-refused'];
}

/**
 * Milliseconds for which the server asks to wait: `x-amz-retry-after` (milliseconds) or `Retry-After` (seconds or a date).
 * Undefined where it asks for no wait.
 */
export function retryAfter({ header }: Pick<HttpResponse, 'header'>): number | undefined {
  const ms = Number(header('x-amz-retry-after') ?? NaN);
  const hint = header('retry-after') ?? '';
  const wait = ms >= 0 ? ms : /^\d+$/.test(hint) ? Number(hint) * 1000 : Date.parse(hint) - Date.now();
  return wait > 0 ? wait : undefined;
}
