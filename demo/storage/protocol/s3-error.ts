import { buildXml } from './xml.ts';

/** HTTP status of each error code: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const STATUS_BY_CODE = {
  AccessDenied: 403,
  AccessForbidden: 403,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  BadRequest: 400,
  BucketAlreadyOwnedByYou: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  ExpiredToken: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidDigest: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidPolicyDocument: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidStorageClass: 400,
  InvalidTag: 400,
  InvalidToken: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedPOSTRequest: 400,
  MalformedXML: 400,
  MaxPostPreDataLengthExceeded: 400,
  MetadataTooLarge: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchCORSConfiguration: 404,
  NoSuchKey: 404,
  NoSuchLifecycleConfiguration: 404,
  NoSuchPublicAccessBlockConfiguration: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
} as const;

/** Code of an error response. */
export type S3ErrorCode = keyof typeof STATUS_BY_CODE;

/**
 * An error response of S3. Code and message are AWS's own, byte for byte, where AWS has one. A message that starts with
 * "The local storage" marks a limit of this storage.
 */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly code: S3ErrorCode;
  /** Further elements of the error's XML, in this order. */
  readonly details: Readonly<Record<string, string>>;

  constructor(code: S3ErrorCode, message: string, details: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.details = details;
  }

  /** HTTP status of the response. */
  get status(): number {
    return STATUS_BY_CODE[this.code];
  }

  /** Body of the response. `requestId` and `hostId` repeat the headers `x-amz-request-id` and `x-amz-id-2`. */
  toXml(requestId: string, hostId: string): string {
    return buildXml({
      Error: { Code: this.code, Message: this.message, ...this.details, RequestId: requestId, HostId: hostId },
    });
  }
}

// Errors that several files throw.

/** The request is not signed, or its signer may not do this. */
export const accessDenied = () => new S3Error('AccessDenied', 'Access Denied');

/** The body is larger than `maxBytes`. */
export const entityTooLarge = (bytes: number, maxBytes: number) =>
  new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: `${bytes}`,
    MaxSizeAllowed: `${maxBytes}`,
  });

/** The body is smaller than `minBytes`. */
export const entityTooSmall = (bytes: number, minBytes: number, details: Readonly<Record<string, string>> = {}) =>
  new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    ProposedSize: `${bytes}`,
    MinSizeAllowed: `${minBytes}`,
    ...details,
  });

/** The body ends early, or does not follow the aws-chunked format. */
export const incompleteBody = () => new S3Error('IncompleteBody', 'The request body terminated unexpectedly');

/** The value of the parameter, header or form field `name` is not valid. */
export const invalidArgument = (message: string, name: string, value: string) =>
  new S3Error('InvalidArgument', message, { ArgumentName: name, ArgumentValue: value });

/** The body is not XML, or not of the expected schema. */
export const malformedXml = () =>
  new S3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );

/** S3 refuses a body whose length it does not know in advance. */
export const missingContentLength = () =>
  new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');

/** A precondition of the request is not met. */
export const preconditionFailed = (condition: string) =>
  new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
