import { UploadError } from '../../core/errors.ts';
import { isReachable } from '../../core/probe.ts';

/**
 * Requests in a row without a readable response, after which a signer that responds to other requests does not allow this
 * page. A broken connection looks the same to the page, and so does a proxy that answers 502 without CORS headers while the
 * signer restarts. Both usually end within five attempts, which take up to eight seconds.
 */
const MIN_UNREADABLE_REQUESTS = 5;

/** What is known of a signer that has never answered this page. */
export interface SignerSilence {
  /** Requests in a row without a readable response, while the signer has responded to a request without CORS. */
  unreadable: number;
}

/**
 * Finds out why a signer that has never answered this page has not responded.
 *
 * @param page the page's origin
 * @param silence the number of unreadable requests so far, which this call raises or sets to 0
 * @param cause the error of the request
 * @throws {UploadError} `csp` or `config` when the page itself blocks the request; `cors` when the signer does not allow this
 *   page; otherwise `cause`
 */
export async function diagnoseSigner(
  signer: URL,
  page: string,
  silence: SignerSilence,
  signal: AbortSignal,
  cause: unknown,
): Promise<never> {
  const responds = await isReachable(signer, signal, 'HEAD', 'sign');
  silence.unreadable = responds && page !== signer.origin ? silence.unreadable + 1 : 0;
  if (silence.unreadable < MIN_UNREADABLE_REQUESTS) throw cause;
  const message = `The signer at ${signer.origin} answers, but not to this page. Allow the origin ${page} in the signer (SIGNER_ORIGINS), and the headers that this page sends. If ${signer.pathname} is not the path of the signer, correct the attribute "endpoint".`;
  throw new UploadError('cors', message, { phase: 'sign', cause });
}
