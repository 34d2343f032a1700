/**
 * The signing contract, version 1, as types: the JSON that a client and a signer exchange. Sizes are in bytes, times in
 * seconds.
 *
 * @module
 */

/** A file as the client describes it to the signer. */
export interface FileRequest {
  /** The caller's own id, unique in the request and repeated in the response. */
  id: string;
  /** The file's own name. A signer uses it for a sanitized extension and the download name only. */
  name: string;
  /** Media type; `application/octet-stream` where nothing better is known. */
  type: string;
  /** Bytes. */
  size: number;
  /** Path relative to the picked folder, with `/` between segments; for folder uploads only. */
  path?: string;
  /** Metadata of this file, which overrides the request's. The same names are allowed; at most 2 KB with the request's. */
  metadata?: Readonly<Record<string, string>>;
  /**
   * A random text that stays the same while the client repeats its request for this file, because no response arrived. A signer
   * that has begun a multipart upload for it signs that one again, and begins no other. Up to 64 characters; optional.
   */
  nonce?: string;
  /** Set when a request with the same nonce had no response, so that an upload may have been begun. Default false. */
  repeated?: boolean;
  /** Checksum of the whole file; or its algorithm alone: then the signer asks for the value of the file or of each part. */
  checksum?: Checksum | Pick<Checksum, 'algorithm'>;
}

/** A checksum of a file or of a part. */
export interface Checksum {
  /** How the value was computed. */
  algorithm: ChecksumAlgorithm;
  /** Base64 of the big-endian bytes. */
  value: string;
}

/** Named as in S3's headers `x-amz-checksum-*`. */
export type ChecksumAlgorithm = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha256';

/** `POST {endpoint}` */
export interface SignRequest {
  /** 1 to 100 files. */
  files: FileRequest[];
  /** Metadata of all files: strings whose names the signer allows, at most 2 KB together. */
  metadata?: Record<string, string>;
  /** Set once the storage has answered a POST with 501 or 405. */
  method?: 'PUT';
}

/** The response to a {@link SignRequest}: the same files in the same order. */
export interface SignAnswer {
  /** A signature or a refusal for each file. */
  files: SignedFile[];
}

/** The answer for one file: how it is uploaded, or why it is refused. */
export type SignedFile = SignedPost | SignedPut | SignedMultipart | RefusedFile;

interface Signed {
  /** Id of the file in the request. */
  id: string;
  /** The object's key, raw: not percent-encoded. */
  key: string;
  /** Seconds for which the signature is valid, from the response. */
  expires: number;
  /** Opaque to the client. Without it the client neither confirms nor resumes. */
  ticket?: string;
  /** Whether the client must call `/confirm` once the file is stored. Default false. */
  confirm?: boolean;
  /** Whether `/delete` deletes the stored object, by the ticket. Default false. */
  deletable?: boolean;
  /**
   * Opaque tag of the visitor: equal for all files of one visitor, and different for another. A client resumes an upload of an
   * earlier page only for the same visitor. Default: the signer does not know its visitors.
   */
  visitor?: string;
  /**
   * The checksum that is wanted and not signed yet: of the whole file, which `/sign-again` then signs; with MULTIPART, of
   * each part.
   */
  checksum?: ChecksumAlgorithm;
}

/** Browser-based POST with a signed policy. */
export interface SignedPost extends Signed {
  /** Tells it from the other answers. */
  method: 'POST';
  /** URL of the bucket. */
  url: string;
  /** Fields of the form by name; the client sends them verbatim and in order, the file last. */
  fields: Record<string, string>;
}

/** One presigned PUT, for storages that answer a POST with 501. */
export interface SignedPut extends Signed {
  /** Tells it from the other answers. */
  method: 'PUT';
  /** The presigned URL. */
  url: string;
  /** The headers that were signed; the client sends them verbatim. Default: none. */
  headers?: Record<string, string>;
}

/** Multipart upload; the parts are signed by {@link PartsRequest}. */
export interface SignedMultipart extends Signed {
  /** Tells it from the other answers. */
  method: 'MULTIPART';
  /** Opaque to the client, which sends it with every request about this upload. */
  ticket: string;
  /** Bytes of every part but the last. */
  partSize: number;
  /**
   * The first parts, signed already as `/parts` would sign them. Only where no checksum of each part is wanted. Default: none.
   */
  firstParts?: PartsAnswer;
  /** Whether `/complete` accepts the tickets of several uploads. Default false. */
  completeMany?: boolean;
}

/** A file that the signer refuses. The other files of the request are signed all the same. */
export interface RefusedFile {
  /** Id of the file in the request. */
  id: string;
  /** The signer's code, a message for developers, and the limit that was crossed, in bytes or files. */
  error: { code: string; message: string; limit?: number };
}

/** Body of `/sign-again`: with the checksum, if the grant wanted one. */
export interface SignAgainRequest extends TicketRequest {
  /** Checksum of the whole file. */
  checksum?: Checksum;
}

/** Body of `/parts/list`, `/complete`, `/abort`, `/confirm` and `/delete`. */
export interface TicketRequest {
  /** The ticket that the signer issued with the signature. */
  ticket: string;
}

/**
 * Body of `/complete` for several uploads, if their grants say `completeMany`. Each is completed as by a call of its own, and one
 * that fails does not fail the others.
 */
export interface CompleteManyRequest {
  /** 1 to 50 different tickets, at most 512 KiB with the rest of the body. */
  tickets: string[];
}

/** Response to a {@link CompleteManyRequest}, with the status 200. */
export interface CompleteManyAnswer {
  /** In the order of the tickets: the stored file; one that is being checked, with the seconds to wait; or the problem. */
  files: (StoredFile | (ProcessingFile & { retryAfter: number }) | { error: Problem })[];
}

/** `POST {endpoint}/parts`: at most 100 parts, in ascending order. */
export interface PartsRequest extends TicketRequest {
  /** Number of each part, from 1; its size in bytes; its checksum, if the signer wants one. */
  parts: { number: number; size: number; checksum?: Checksum }[];
}

/** Response of `/parts`. */
export interface PartsAnswer {
  /** The presigned URL of each part, and the headers that were signed. */
  parts: { number: number; url: string; headers?: Record<string, string> }[];
  /** Seconds for which the signatures are valid, from the response. */
  expires: number;
}

/** Response of `/parts/list`: the parts that S3 has. */
export interface PartsListAnswer {
  /** Number of each part, from 1, and its size in bytes. */
  parts: { number: number; size: number }[];
}

/**
 * Response of `/complete` and `/confirm` with the status 202: the file is stored and is still being checked. The client calls
 * `/confirm` again after `Retry-After` seconds.
 */
export interface ProcessingFile {
  /** Tells it from the other responses. */
  status: 'processing';
}

/** Response of `/complete` and `/confirm`. */
export interface StoredFile {
  /** The object's key, raw: not percent-encoded. */
  key: string;
  /** The object's URL without a signature. */
  location: string;
  /** The object's ETag without quotes. Absent where the storage sent none. */
  etag?: string;
  /** Bytes. */
  size?: number;
  /** Sealed by the signer; the application's server verifies it. */
  receipt?: string;
}

/** An error: Problem Details, https://www.rfc-editor.org/rfc/rfc9457, with a `code` for programs. */
export interface Problem {
  /** URI of the kind of problem. */
  type: string;
  /** The kind of problem in words, in English. */
  title: string;
  /** HTTP status. */
  status: number;
  /** This one problem in words, in English. */
  detail?: string;
  /** The kind of problem, for programs. */
  code: string;
}
