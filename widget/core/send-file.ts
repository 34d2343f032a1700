import type { ChecksumAlgorithm } from './protocol.ts';
import type { UploadResult } from './item.ts';
import type { Load } from './lazy.ts';
import type { RetryOptions } from './retry.ts';
import type { SendOptions } from './send.ts';

export interface SendFileOptions extends Omit<SendOptions, 'onProgress'> {
  /** Bytes of the file that are sent. */
  onProgress(loaded: number): void;
  /** For the requests that a file needs beside its own. */
  retry: RetryOptions;
  /** A try has failed that does not stop the file. */
  onRetry: NonNullable<RetryOptions['onWait']>;
  /** Whether an earlier try, or an earlier page, has begun this very upload. */
  isResumed: boolean;
  allowedHosts: readonly string[] | undefined;
  digest: ComputeChecksum;
  /** Loads the ways that few files go. */
  load: Load;
}

/** A checksum, as Base64. */
export type ComputeChecksum = (data: Blob, algorithm: ChecksumAlgorithm, signal: AbortSignal) => Promise<string>;

/** One way to send a whole file, by the grant that asks for it. */
export type SendFile<G> = (grant: G, file: File, options: SendFileOptions) => Promise<UploadResult>;
