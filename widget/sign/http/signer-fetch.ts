import { UploadError } from '../../core/errors.ts';
import { isReachable } from '../../core/probe.ts';

type SignerFetch = (url: string, init: RequestInit & { signal: AbortSignal }) => Promise<Response>;

/**
 * Makes a `fetch` for one signer that distinguishes a CORS refusal from a lost connection. Browsers report both alike. If a
 * signer of another origin has never answered, it is probed without CORS. If the probe succeeds and a second request fails
 * too, the cause is CORS.
 *
 * @throws {UploadError} `cors`; every other failure is `fetch`'s own error
 */
export function createSignerFetch(): SignerFetch {
  /** Origins that have answered this page. If one of them falls silent, the network is at fault. */
  const answered = new Set<string>();
  return async (url, init) => {
    const page = globalThis.location?.origin;
    const signer = new URL(new Request(url).url);
    const request = async (): Promise<Response> => {
      const response = await fetch(signer, init);
      answered.add(signer.origin);
      return response;
    };
    try {
      return await request();
    } catch (cause) {
      const isUnknown = page && page !== signer.origin && !answered.has(signer.origin);
      if (!isUnknown || !(await isReachable(signer, init.signal, 'HEAD'))) throw cause;
    }
    return request().catch((cause: unknown) => {
      init.signal.throwIfAborted();
      const message = `The signer at ${signer.origin} answers, but not to this page. Allow the origin ${page} in the signer (SIGNER_ORIGINS), and the headers that this page sends.`;
      throw new UploadError('cors', message, { phase: 'sign', cause });
    });
  };
}
