import { UploadError, type UploadPhase } from './errors.ts';

/** Milliseconds in which a browser reports that it has blocked a request. */
const REPORT_MS = 200;
/** Hosts of this machine, to which an https page may send requests by http. */
const LOCAL_HOST = /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/;

/**
 * Sends a request, and finds out whether the page itself has blocked it: by its Content-Security-Policy, or because an https
 * page may send no requests by http. To the request, both look like a lost connection.
 *
 * @throws {UploadError} `csp` or `config` when the request was blocked; otherwise the error of the request
 */
export async function explainBlocked<T>(url: URL, phase: UploadPhase, request: () => Promise<T>): Promise<T> {
  let report: (directive: string) => void;
  const blocked = new Promise<string>((resolve) => (report = resolve));
  const listener = (event: Event): void => {
    const { disposition, blockedURI, effectiveDirective } = event as SecurityPolicyViolationEvent;
    const isOurs = URL.canParse(blockedURI) && new URL(blockedURI).host === url.host;
    if (isOurs && disposition === 'enforce') report(effectiveDirective);
  };
  // of the window, or of a worker; Node has no such events
  const target: Partial<EventTarget> = globalThis;
  target.addEventListener?.('securitypolicyviolation', listener);
  try {
    return await request();
  } catch (cause) {
    const none = new Promise<undefined>((resolve) => setTimeout(resolve, target.addEventListener ? REPORT_MS : 0));
    const directive = await Promise.race([blocked, none]);
    if (directive) {
      const message = `the page's Content-Security-Policy blocks requests to ${url.host}: add ${url.origin} to its ${directive}`;
      throw new UploadError('csp', message, { phase, cause });
    }
    if (globalThis.location?.protocol === 'https:' && url.protocol === 'http:' && !LOCAL_HOST.test(url.hostname)) {
      const message = `browsers block requests from an https page to ${url.origin}, which is not encrypted: use https there, too`;
      throw new UploadError('config', message, { phase, cause });
    }
    throw cause;
  } finally {
    target.removeEventListener?.('securitypolicyviolation', listener);
  }
}
