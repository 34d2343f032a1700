import { UploadError } from './errors.ts';
import { isReachable } from './probe.ts';
import { checkReadable } from './readable.ts';
import type { SendOptions } from './send.ts';

type DiagnosisOptions = Pick<SendOptions, 'network' | 'signal' | 'limiter'>;

/** Requests without a response after which the storage is probed. */
const MIN_SILENT_REQUESTS = 2;

/**
 * Finds out why a request had no response. Browsers report the same error for a lost connection, a file that cannot be
 * read, and a storage whose CORS rule does not allow this page.
 */
export class NoResponseDiagnosis {
  readonly #file: File;
  readonly #options: DiagnosisOptions;
  #silentRequests = 0;

  constructor(file: File, options: DiagnosisOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Call it when bytes were sent: the storage has accepted the connection. */
  bytesMoved(): void {
    this.#silentRequests = 0;
  }

  /**
   * Looks for the cause of an error without a response.
   *
   * @param url of the request, if there was one
   * @throws {UploadError} `file-changed` or `cors` when that is the cause
   */
  async check(error: UploadError, url: string | undefined): Promise<void> {
    if (error.status !== undefined) return;
    await checkReadable(this.#file, error.phase);
    const { network, signal, limiter } = this.#options;
    if (error.code !== 'network' || !network.online || !url || limiter.answeredHosts.has(new URL(url).host)) return;
    if (++this.#silentRequests < MIN_SILENT_REQUESTS) return;
    if (await isReachable(new URL('/', url), signal)) throw corsError(url, error);
  }
}

function corsError(url: string, cause: UploadError): UploadError {
  const message = `${new URL(url).host} responds, but not to this page: its CORS rule must allow the page's origin, the methods POST and PUT, and all headers, and expose ETag`;
  return new UploadError('cors', message, { phase: 'upload', cause });
}
