import { UploadError } from './errors.ts';
import type { Network } from './network.ts';

/** Requests that came to nothing before the storage is asked whether it is there at all. */
const TRIES = 2;

/**
 * What may be behind a request without an answer: browsers tell a page the same of a dead line, of a file that cannot be
 * read, and of a storage that answers, but not to this page.
 */
export class Silence {
  #tries = 0;
  readonly #file: File;
  readonly #options: { network: Network; signal: AbortSignal };

  constructor(file: File, options: { network: Network; signal: AbortSignal }) {
    this.#file = file;
    this.#options = options;
  }

  /** Bytes have moved, so the storage listens. */
  broken(): void {
    this.#tries = 0;
  }

  /** @throws {UploadError} `file-changed` or `cors` when one of them it was */
  async after(error: UploadError, url: string | undefined): Promise<void> {
    if (error.status !== undefined) return;
    await this.#read(error);
    const { network, signal } = this.#options;
    if (error.code !== 'network' || !network.online || !url || ++this.#tries !== TRIES) return;
    // a request whose answer may not be read needs no permission
    const probe = fetch(new URL('/', url), { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal });
    const isThere = await probe.then(
      () => true,
      () => false,
    );
    if (isThere) throw corsError(url, error);
  }

  async #read(error: UploadError): Promise<void> {
    try {
      await this.#file.slice(-1).arrayBuffer();
    } catch (cause) {
      const message = `"${this.#file.name}" was changed, moved or deleted after it was picked: pick it again`;
      throw new UploadError('file-changed', message, { phase: error.phase, cause });
    }
  }
}

function corsError(url: string, cause: UploadError): UploadError {
  const message = `${new URL(url).host} answers, but not to this page: its CORS rule must allow the page's origin, the methods POST and PUT, and all headers, and expose ETag`;
  return new UploadError('cors', message, { phase: 'upload', cause });
}
