import { abortable } from '../../core/network.ts';
import type { diagnoseSigner, SignerSilence } from './diagnose-signer.ts';
import type * as signerErrors from './signer-error.ts';

/** Loads the code that explains a response which is an error. */
export type Explain = (signal: AbortSignal) => Promise<typeof signerErrors>;

type SignerFetch = (url: URL, init: signerErrors.SignerRequestOptions) => Promise<Response>;

/**
 * Makes a `fetch` for one signer that distinguishes a request that the page or the signer does not allow from a lost
 * connection. Browsers report all alike. A redirect is followed only in a second request, which shows where it leads.
 *
 * @throws {UploadError} `cors`; `csp` or `config` when the page itself blocks the request; the meaning of a redirect; every
 *   other failure is `fetch`'s own error
 */
export function createSignerFetch(explain: Explain): SignerFetch {
  /** Origins that have answered this page. If one of them falls silent, the network is at fault. */
  const answered = new Set<string>();
  const silence: SignerSilence = { unreadable: 0 };
  return async (signer, init) => {
    const { signal } = init;
    const page = globalThis.location?.origin;
    const send = (keepalive?: boolean): Promise<Response> => fetch(signer, { ...init, keepalive, redirect: 'manual' });
    try {
      // browsers limit the number and the bytes of requests with `keepalive`
      const response = await (init.keepalive ? send(true).catch(() => send()) : send());
      answered.add(signer.origin);
      // browsers hide the status of a redirect, Node does not
      if (response.status && (response.status < 300 || response.status > 399)) return response;
      return await (await explain(signal)).followRedirect(signer, init);
    } catch (cause) {
      if (!page || answered.has(signer.origin)) throw cause;
      const chunk = await abortable<{ diagnoseSigner?: typeof diagnoseSigner }>(signal, (resolve) => {
        import('./diagnose-signer.ts').then(resolve, resolve);
      });
      if (!chunk.diagnoseSigner) throw cause;
      return chunk.diagnoseSigner(signer, page, silence, signal, cause);
    }
  };
}
