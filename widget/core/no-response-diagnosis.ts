import { UploadError } from './errors.ts';
import { isReachable } from './probe.ts';
import { checkReadable } from './readable.ts';
import type { SendOptions } from './send.ts';

type SilenceOptions = Pick<SendOptions, 'network' | 'signal' | 'limiter'>;

/** Requests that came to nothing before the storage is asked whether it is there at all. */
const TRIES = 2;

/**
 * What may be behind a request without an answer: browsers tell a page the same of a dead line, of a file that cannot be
 * read, and of a storage that answers, but not to this page.
 */
export class NoResponseDiagnosis {
  #tries = 0;
  readonly #file: File;
  readonly #options: SilenceOptions;

  constructor(file: File, options: SilenceOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Bytes have moved, so the storage listens. */
  bytesMoved(): void {
    this.#tries = 0;
  }

  /** @throws {UploadError} `file-changed` or `cors` when one of them it was */
  async check(error: UploadError, url: string | undefined): Promise<void> {
    if (error.status !== undefined) return;
    await checkReadable(this.#file, error.phase);
    const { network, signal, limiter: sockets } = this.#options;
    if (error.code !== 'network' || !network.online || !url || sockets.answeredHosts.has(new URL(url).host)) return;
    if (++this.#tries < TRIES) return;
    if (await isReachable(new URL('/', url), signal)) throw corsError(url, error);
  }
}

function corsError(url: string, cause: UploadError): UploadError {
  const message = `${new URL(url).host} answers, but not to this page: its CORS rule must allow the page's origin, the methods POST and PUT, and all headers, and expose ETag`;
  return new UploadError('cors', message, { phase: 'upload', cause });
}
