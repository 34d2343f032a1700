import { abortable } from '../../core/network.ts';
import type { diagnoseSigner } from './diagnose-signer.ts';

type SignerFetch = (url: string, init: RequestInit & { signal: AbortSignal }) => Promise<Response>;

/**
 * Makes a `fetch` for one signer that distinguishes a request that the page or the signer does not allow from a lost
 * connection. Browsers report all alike.
 *
 * @throws {UploadError} `cors`, or `csp` or `config` when the page itself blocks the request; every other failure is
 *   `fetch`'s own error
 */
export function createSignerFetch(): SignerFetch {
  /** Origins that have answered this page. If one of them falls silent, the network is at fault. */
  const answered = new Set<string>();
  return async (url, init) => {
    const { signal } = init;
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
      if (!page || answered.has(signer.origin)) throw cause;
      const chunk = await abortable<{ diagnoseSigner?: typeof diagnoseSigner }>(signal, (resolve) => {
        import('./diagnose-signer.ts').then(resolve, resolve);
      });
      if (!chunk.diagnoseSigner) throw cause;
      return chunk.diagnoseSigner(signer, page, request, signal, cause);
    }
  };
}
