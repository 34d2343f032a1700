/**
 * The signing contract, version 1, as types: what goes over the wire between the tag and a signer.
 * All members are JSON; sizes are bytes, times are seconds.
 *
 * @module
 */

/** A file as the tag describes it to the signer. */
export interface FileRequest {
  /** The caller's own id, unique in the request and echoed in the answer. */
  id: string;
  /** The file's own name. A signer uses it for a sanitised extension and the download name only. */
  name: string;
  /** Media type; `application/octet-stream` where the browser knows none. */
  type: string;
  /** Bytes. */
  size: number;
  /** Path relative to the picked folder; for folder uploads only. */
  path?: string;
  /** Of this file alone, over the request's own; the same names, and at most 2 KB with it. */
  metadata?: Readonly<Record<string, string>>;
  /** Of the whole file; or the algorithm alone: then the signer asks for the value, of the file or of each part. */
  checksum?: Checksum | Pick<Checksum, 'algorithm'>;
}

/** Algorithm names as in S3's `x-amz-checksum-*`; the value is Base64. */
export interface Checksum {
  algorithm: ChecksumAlgorithm;
  value: string;
}

export type ChecksumAlgorithm = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha256';

/** `POST {endpoint}` */
export interface SignRequest {
  /** 1 to 100 files. */
  files: FileRequest[];
  /** Of all files: flat strings from the signer's allow-list, at most 2 KB together. */
  metadata?: Record<string, string> | undefined;
  /** Asked for when the storage has answered POST with 501 or 405. */
  method?: 'PUT';
}

/** The answer to a {@link SignRequest}: the same files in the same order. */
export interface SignAnswer {
  files: SignedFile[];
}

export type SignedFile = SignedPost | SignedPut | SignedMultipart | RefusedFile;

interface Signed {
  id: string;
  /** The object's key, raw: not percent-encoded. */
  key: string;
  /** Seconds from the answer for which the signature holds. */
  expires: number;
  /** Opaque to the client; without it the tag neither confirms nor resumes. */
  ticket?: string;
  /** Whether the tag is to call `/confirm` once the file is stored. */
  confirm?: boolean;
  /** Whether `/delete` removes the stored object again, by the ticket. */
  deletable?: boolean;
  /**
   * The checksum that is wanted and not signed yet: of the whole file, then told to `/sign-again`; of each part, when the
   * method is MULTIPART.
   */
  checksum?: ChecksumAlgorithm;
}

/** Browser-based POST with a signed policy. */
export interface SignedPost extends Signed {
  method: 'POST';
  url: string;
  fields: Record<string, string>;
}

/** One presigned PUT, for stores that answer POST with 501. */
export interface SignedPut extends Signed {
  method: 'PUT';
  url: string;
  headers?: Record<string, string>;
}

/** Multipart upload; the parts are signed by {@link PartsRequest}. */
export interface SignedMultipart extends Signed {
  method: 'MULTIPART';
  ticket: string;
  partSize: number;
}

/** One refused file does not refuse the batch. */
export interface RefusedFile {
  id: string;
  error: { code: string; message: string; limit?: number };
}

/** Body of `/sign-again`: the checksum, if the grant asked for one. */
export interface SignAgainRequest extends TicketRequest {
  checksum?: Checksum;
}

/** Body of `/parts/list`, `/complete`, `/abort`, `/confirm` and `/delete`. */
export interface TicketRequest {
  ticket: string;
}

/** `POST {endpoint}/parts`: at most 100 parts, in ascending order. */
export interface PartsRequest extends TicketRequest {
  parts: { number: number; size: number; checksum?: Checksum }[];
}

export interface PartsAnswer {
  parts: { number: number; url: string; headers?: Record<string, string> }[];
  expires: number;
}

/** Answer of `/parts/list`: what S3 holds already. */
export interface PartsListAnswer {
  parts: { number: number; size: number }[];
}

/** Answer of `/complete` and `/confirm`. */
export interface StoredFile {
  key: string;
  location: string;
  etag?: string;
  size?: number;
  receipt?: string;
}

/** Problem Details, RFC 9457, with a `code` for programs. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
}
