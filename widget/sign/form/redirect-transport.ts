import { deadline } from '../../core/deadline.ts';
import { bytesOf, type HttpRequest, type Transport } from '../../core/http.ts';
import type { PostGrant } from '../../core/sign.ts';
import { readText } from '../http/read-text.ts';

/** Milliseconds between two reports that the network works. */
const HEARTBEAT_MS = 1_000;
/** Milliseconds between two probes of the page's own server. The result of a probe is valid until the next one. */
const PAGE_PROBE_INTERVAL_MS = 10_000;
/** Bytes per second of the slowest upload that is not aborted after {@link MIN_DURATION_MS}: 256 kbit/s. */
const MIN_BYTES_PER_SECOND = 32_768;
/** Milliseconds that any upload may take. */
const MIN_DURATION_MS = 60_000;
/** Maximum bytes of the storage's response to a form. */
const MAX_FORM_RESPONSE_BYTES = 16_384;

/**
 * Sends a form whose policy fixes `success_action_redirect`. XMLHttpRequest would follow the redirect to a page that scripts
 * may not read, and report a failure. `fetch` can stop before it, and the opaque response then means success.
 *
 * `fetch` reports no progress. As long as the page's own server can be reached, this reports 0 bytes to the watchdog, until
 * the time for the file's size is over.
 */
export const redirectTransport: Transport = Object.assign<Transport, Partial<Transport>>(
  async ({ url, body }, { signal, onProgress }) => {
    const timeLeft = deadline(MIN_DURATION_MS + (bytesOf(body) / MIN_BYTES_PER_SECOND) * 1000);
    const finished = new AbortController();
    void reportWhileReachable(AbortSignal.any([signal, finished.signal]), () => {
      if (timeLeft() > 0) onProgress(0, Infinity);
    });
    try {
      const response = await fetch(url, { method: 'POST', body, redirect: 'manual', credentials: 'omit', signal });
      // CORS hides the address. Only the storage, which CORS allows, can redirect a page's request.
      if (response.type === 'opaqueredirect')
        return { status: 204, url: redirectOf(body), text: '', header: () => null };
      const text = (await readText(response, MAX_FORM_RESPONSE_BYTES)) ?? '';
      return { status: response.status, text, header: (name) => response.headers.get(name) };
    } finally {
      finished.abort();
    }
  },
  { reportsProgress: true },
);

/** The signed address of the redirect after success. */
function redirectOf(body: HttpRequest['body']): string {
  const fields = body instanceof FormData ? [body.get('success_action_redirect'), body.get('redirect')] : [];
  return (fields.find(Boolean) ?? '') as string;
}

/** Calls `report` every second as long as the page's server answers. All connections to the storage may be in use. */
async function reportWhileReachable(signal: AbortSignal, report: () => void): Promise<void> {
  while (!signal.aborted) {
    const isReachable = await fetch(location.href, { method: 'HEAD', cache: 'no-store', signal }).then(
      () => true,
      () => false,
    );
    for (let waited = 0; waited < PAGE_PROBE_INTERVAL_MS && !signal.aborted; waited += HEARTBEAT_MS) {
      if (isReachable) report();
      await new Promise((resolve) => setTimeout(resolve, HEARTBEAT_MS));
    }
  }
}

/**
 * Wraps the transport of a form whose redirect field is emptied, so that S3 answers without a redirect.
 *
 * Ceph's gateway redirects to the empty address, which is the bucket's own URL. The redirect means success, with any response
 * from that URL. If CORS hides the response from the page, the file is sent again. {@link redirectTransport} then sends it
 * and all further files of the form.
 *
 * @returns the wrapper for all files of one form
 */
export function createRedirectFallback(): NonNullable<PostGrant['wrapTransport']> {
  let isHidden = false;
  return (transport) => async (request, options) => {
    if (isHidden) return redirectTransport(request, options);
    let isSent = false;
    const onSent = (): void => {
      isSent = true;
      options.onSent();
    };
    try {
      const response = await transport(request, { ...options, onSent });
      const { host, searchParams } = new URL(response.url || request.url);
      // a redirect to another host is not the storage's own
      const etag = host === new URL(request.url).host && searchParams.get('etag');
      return etag ? { status: 204, text: '', header: (name) => (name === 'etag' ? etag : null) } : response;
    } catch (error) {
      // an upload that the page has aborted is no sign of a hidden response
      isHidden ||= isSent && !options.signal.aborted;
      throw error;
    }
  };
}
