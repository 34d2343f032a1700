import type { Connections } from './connections.ts';
import type { Transport } from './http.ts';
import type { UploadItem } from './item.ts';
import type { Load } from './lazy.ts';
import type { Limits } from './limits.ts';
import type { Network } from './network.ts';
import type { PreparationOptions } from './preparation.ts';
import type { ChecksumAlgorithm } from './protocol.ts';
import type { ResumeStore } from './resume-record.ts';
import type { ComputeChecksum } from './send-file.ts';
import type { Sign } from './sign.ts';

/**
 * The options of an `Uploader`. Changed by `configure()`; a file that is being uploaded keeps those it began with, but
 * for `sign`, which also counts for its next signature.
 */
export interface UploaderOptions extends PreparationOptions {
  /** Grants uploads. */
  sign: Sign;
  /** Sends requests to the storage. */
  send: Transport;
  /** The requests to each host, which the queues of one page share. Default: those of this queue alone. */
  connections?: Connections;
  /** The browser's knowledge of its connection; read once, by the constructor. Default: always online. */
  network?: Network;
  /**
   * Maximum number of files that are uploaded at a time. Default 3: with several parts of each, they use the six
   * connections that browsers open to one host over HTTP/1.1.
   */
  concurrency?: number;
  /** Milliseconds without progress after which a request is aborted and repeated. Default 30,000, as in Uppy. */
  timeout?: number;
  /** Whether files start as they are added. Default true; false: they wait for `start()`. */
  auto?: boolean;
  /**
   * Decides which files may start. Called by each command that starts files, `start` and `retry`, with all files that the
   * command is about to start; with `auto`, with each file as it is ready. A file that is not returned stays as it is and
   * may be started again. Default: all files start.
   *
   * It is called before anything is signed, so it may still call `setMetadata()`.
   */
  gate?: (files: readonly UploadItem[]) => readonly UploadItem[];
  /** Limits of the files that may be added. Default: any number of files up to S3's size limit. */
  limits?: Limits;
  /**
   * Whether a stored file that is removed can come back until `deleteRemoved()`, which deletes it. Default false: it is deleted
   * at once, unless `removeFile()` is told otherwise.
   */
  keepRemoved?: boolean;
  /** Hosts that files may be sent to, as `example.com` or `example.com:8443`. Default: any. */
  allowedHosts?: readonly string[];
  /** The checksum that is sent with each file or part and verified by the storage. Default: as the signer wants. */
  checksum?: ChecksumAlgorithm;
  /** Remembers unfinished multipart uploads for later pages. Default: none are remembered. */
  resume?: ResumeStore;
  /** Computes checksums. Default: in this thread, in slices. */
  computeChecksum?: ComputeChecksum;
  /** Loads the chunks that few uploads need, such as multipart uploads. Default: one attempt. */
  load?: Load;
}
