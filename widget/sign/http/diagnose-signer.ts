import { UploadError } from '../../core/errors.ts';
import { isReachable } from '../../core/probe.ts';

/**
 * Finds out why a signer that has never answered this page has not responded. A signer of another origin that answers a
 * request without CORS, and not the repeated request, does not allow this page.
 *
 * @param page the page's origin
 * @param request repeats the request
 * @param cause the error of the first request
 * @returns the response to the repeated request
 * @throws {UploadError} `cors`, or `csp` or `config` when the page itself blocks the request; otherwise `cause`
 */
export async function diagnoseSigner(
  signer: URL,
  page: string,
  request: () => Promise<Response>,
  signal: AbortSignal,
  cause: unknown,
): Promise<Response> {
  const responds = await isReachable(signer, signal, 'HEAD', 'sign');
  if (!responds || page === signer.origin) throw cause;
  return request().catch((cause: unknown) => {
    signal.throwIfAborted();
    const message = `The signer at ${signer.origin} answers, but not to this page. Allow the origin ${page} in the signer (SIGNER_ORIGINS), and the headers that this page sends. If ${signer.pathname} is not the path of the signer, correct the attribute "endpoint".`;
    throw new UploadError('cors', message, { phase: 'sign', cause });
  });
}
