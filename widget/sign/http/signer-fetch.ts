import { isReachable } from '../../core/probe.ts';
import type * as signerErrors from './signer-error.ts';

/** Loads the code that explains a response which is an error. */
export type Explain = (signal: AbortSignal) => Promise<typeof signerErrors>;

type SignerFetch = (url: URL, init: signerErrors.SignerRequestOptions) => Promise<Response>;

/**
 * Makes a `fetch` for one signer that distinguishes a CORS refusal from a lost connection. Browsers report both alike. If a
 * signer of another origin has never answered, it is probed without CORS. If the probe succeeds and a second request fails
 * too, the cause is CORS. A redirect is followed only in a second request, which shows where it leads.
 *
 * @throws {UploadError} `cors`, or the meaning of a redirect; every other failure is `fetch`'s own error
 */
export function createSignerFetch(explain: Explain): SignerFetch {
  /** Origins that have answered this page. If one of them falls silent, the network is at fault. */
  const answered = new Set<string>();
  return async (signer, init) => {
    const page = globalThis.location?.origin;
    const { signal } = init;
    const request = async (): Promise<Response> => {
      const response = await fetch(signer, { ...init, redirect: 'manual' });
      answered.add(signer.origin);
      // browsers hide the status of a redirect, Node does not
      if (response.status && (response.status < 300 || response.status > 399)) return response;
      return (await explain(signal)).followRedirect(signer, init);
    };
    try {
      return await request();
    } catch (cause) {
      const isUnknown = page && page !== signer.origin && !answered.has(signer.origin);
      if (!isUnknown || !(await isReachable(signer, signal, 'HEAD'))) throw cause;
    }
    return request().catch(async (cause: unknown) => {
      signal.throwIfAborted();
      throw (await explain(signal)).corsError(signer, cause);
    });
  };
}
