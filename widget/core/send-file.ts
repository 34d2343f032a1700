import type { ChecksumAlgorithm, StoredFile } from './protocol.ts';
import type { UploadResult } from './item.ts';
import type { RetryOptions } from './retry.ts';
import type { SendOptions } from './send.ts';
import type { FileBeingChecked } from './sign.ts';

/** Options of {@link SendFile}. */
export interface SendFileOptions extends Omit<SendOptions, 'onProgress'> {
  /** Media type of the file, as the signer was told. */
  readonly type: string;
  /** Called with the bytes of the file that are sent or stored. */
  onProgress(loaded: number): void;
  /** For requests to the signer while the file is sent. */
  readonly retry: RetryOptions;
  /** The result of a completed upload, once the signer has checked it; undefined if the object has another size than the file. */
  settle(answer: StoredFile | FileBeingChecked): Promise<UploadResult | undefined>;
  /** Called after a failed attempt that does not stop the file. */
  readonly onRetry: NonNullable<RetryOptions['onWait']>;
  /** Whether parts of this upload may be stored already, by an earlier attempt or an earlier page. */
  readonly isResumed: boolean;
  /** Computes checksums of parts. */
  readonly computeChecksum: ComputeChecksum;
}

/**
 * Computes a checksum, as Base64 of its big-endian bytes.
 *
 * @throws the signal's reason when aborted
 */
export type ComputeChecksum = (data: Blob, algorithm: ChecksumAlgorithm, signal: AbortSignal) => Promise<string>;

/**
 * Sends a whole file by one kind of grant.
 *
 * @throws {UploadError} when it is not stored; the signal's reason when aborted
 */
export type SendFile<G> = (grant: G, file: File, options: SendFileOptions) => Promise<UploadResult>;
