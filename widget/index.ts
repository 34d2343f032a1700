// The public entry `s3-uploader`: the element's class, the ways to sign, and the queue. It registers nothing: `define.ts` does.
// The queue alone is `s3-uploader/core`, and what it needs in a browser without the element is `s3-uploader/browser`.
export { S3UploaderElement } from './element/s3-uploader.ts';
export type { Validate } from './element/content-checks.ts';
export type { S3UploaderEventMap } from './element/events.ts';
export type { ExistingFile } from './element/existing-files.ts';
export type { Label } from './locales/label.ts';
export type { Labels } from './locales/labels.ts';

export { cognito, type CognitoOptions, type CognitoSign } from './sign/cognito/cognito.ts';
export type { IdentityPool, Logins } from './sign/cognito/credentials.ts';
export { endpoint, type EndpointOptions } from './sign/contract/endpoint.ts';
export type { SignerAccess } from './sign/http/signer-request.ts';
export { betterUpload, type BetterUploadOptions } from './sign/presets/better-upload.ts';
export { companion, type CompanionOptions } from './sign/presets/companion.ts';
export { presignedPost, type PresignedPostOptions } from './sign/presets/presigned-post.ts';
export { rails } from './sign/presets/rails.ts';

export {
  isAccepted,
  isActive,
  isPending,
  isUploadError,
  loadedOf,
  steadyNetwork,
  Uploader,
  UploadError,
} from './core/index.ts';
export type {
  AdoptedFile,
  Checksum,
  ChecksumAlgorithm,
  ComputeChecksum,
  Duplicates,
  ErrorDetail,
  FileDetail,
  FileInfo,
  FileToSign,
  Grant,
  HttpRequest,
  HttpResponse,
  Limits,
  Load,
  MultipartGrant,
  Network,
  PartToSign,
  PostGrant,
  PreparationOptions,
  PutGrant,
  Refusal,
  RemoveOptions,
  RenewOptions,
  ResumeRecord,
  ResumeStore,
  RetryKind,
  Sign,
  SignedParts,
  SignOptions,
  StoredFile,
  StoredItem,
  Transport,
  TransportOptions,
  UploaderEventMap,
  UploaderEvents,
  UploaderOptions,
  UploadErrorCode,
  UploadErrorInit,
  UploadGrant,
  UploadItem,
  UploadPhase,
  UploadResult,
  UploadState,
  UploadStatus,
} from './core/index.ts';
