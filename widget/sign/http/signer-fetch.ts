import { UploadError } from '../../core/errors.ts';
import { isThere } from '../../core/probe.ts';

/** Origins that have answered this page: where one of them does not, it is the line. */
const heard = new Set<string>();

/**
 * fetch, of a signer. Browsers tell a page the same of a dead line and of a signer that answers, but not to this page: who was
 * never heard is asked whether it is there, and if so once more.
 *
 * @throws {UploadError} `cors`, or whatever fetch throws
 */
export async function reach(url: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  const page = globalThis.location?.origin;
  const signer = new URL(new Request(url).url);
  const hear = (response: Response): Response => {
    heard.add(signer.origin);
    return response;
  };
  try {
    return hear(await fetch(signer, init));
  } catch (cause) {
    const isForeign = page && page !== signer.origin && !heard.has(signer.origin);
    if (!isForeign || !(await isThere(signer, init.signal, 'HEAD'))) throw cause;
  }
  return fetch(signer, init).then(hear, (cause: unknown) => {
    init.signal.throwIfAborted();
    const message = `the signer at ${signer.origin} answers, but not to this page: it must allow the origin ${page} (SIGNER_ORIGINS), and the headers that this page sends`;
    throw new UploadError('cors', message, { phase: 'sign', cause });
  });
}
