export type { AdoptedFile } from './adopted-file.ts';
export type { RemoveOptions } from './removals.ts';
export { Uploader } from './uploader.ts';
export type { UploaderEventMap } from './uploader-event-target.ts';
export type { StoredItem } from './removals.ts';
export type { UploaderOptions } from './uploader-options.ts';
export type { PreparationOptions } from './preparation.ts';
export type { Duplicates, Limits } from './limits.ts';
export { isAccepted } from './accept.ts';
export type { FileInfo, UploadItem, UploadResult, UploadState, UploadStatus } from './item.ts';
export { canSetMetadata, isActive, isPending, isSettled, isUnfinished, loadedOf } from './item.ts';
export {
  isUploadError,
  type RetryKind,
  type SentBytes,
  UploadError,
  type UploadErrorCode,
  type UploadErrorInit,
  type UploadPhase,
} from './errors.ts';
export { type ErrorDetail, type FileDetail, isRetryable, type UploaderEvents } from './events.ts';
export type { HttpRequest, HttpResponse, Transport, TransportOptions } from './http.ts';
export { Connections } from './connections.ts';
export { type Network, steadyNetwork } from './network.ts';
export type { Load } from './lazy.ts';
export type {
  FileBeingChecked,
  FileToSign,
  Grant,
  MultipartGrant,
  PartToSign,
  PostGrant,
  PutGrant,
  Refusal,
  RenewOptions,
  Sign,
  SignedParts,
  SignOptions,
  UploadGrant,
} from './sign.ts';
export type { ResumeRecord, ResumeStore } from './resume-record.ts';
export type { ComputeChecksum } from './send-file.ts';
export type {
  Checksum,
  ChecksumAlgorithm,
  FileRequest,
  PartsAnswer,
  PartsListAnswer,
  PartsRequest,
  Problem,
  ProcessingFile,
  RefusedFile,
  SignAgainRequest,
  SignAnswer,
  SignedFile,
  SignedMultipart,
  SignedPost,
  SignedPut,
  SignRequest,
  StoredFile,
  TicketRequest,
} from './protocol.ts';
