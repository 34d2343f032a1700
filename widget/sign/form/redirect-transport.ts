import type { Transport } from '../../core/http.ts';
import type { PostGrant } from '../../core/sign.ts';
import { readText } from '../http/read-text.ts';

/** Milliseconds between two signs of life. */
const TICK = 1_000;
/** Milliseconds between two questions whether anybody can be reached, and for which the answer holds. */
const PROBE = 10_000;
/** Bytes a second, 256 kbit/s, below which nobody would wait: the time that a file is given at most, and a minute. */
const SLOWEST = 32_768;
const LEAST = 60_000;
const ANSWER_BYTES = 16_384;

/**
 * A form whose policy insists on `success_action_redirect`: XMLHttpRequest would follow it to a page that is not for
 * scripts, and call that a failure. fetch can stop before it, and then an opaque answer is S3's yes. It tells nothing of its
 * way, so there is no progress; what shows that the line lives is that the page's own server can be reached meanwhile.
 */
export const redirectTransport: Transport = async ({ url, body }, { signal, onProgress }) => {
  const file = body instanceof FormData ? body.get('file') : body;
  const end = Date.now() + LEAST + ((file instanceof Blob ? file.size : 0) / SLOWEST) * 1000;
  const over = new AbortController();
  void whileReached(AbortSignal.any([signal, over.signal]), () => {
    // not a byte, but alive
    if (Date.now() < end) onProgress(0, Infinity);
  });
  try {
    const response = await fetch(url, { method: 'POST', body, redirect: 'manual', credentials: 'omit', signal });
    if (response.type === 'opaqueredirect') return { status: 204, text: '', header: () => null };
    const text = (await readText(response, ANSWER_BYTES)) ?? '';
    return { status: response.status, text, header: (name) => response.headers.get(name) };
  } finally {
    over.abort();
  }
};

/** Tells again and again for as long as the page's own server answers: all connections to the storage may be in use. */
async function whileReached(signal: AbortSignal, tell: () => void): Promise<void> {
  while (!signal.aborted) {
    const isThere = await fetch(location.href, { method: 'HEAD', cache: 'no-store', signal }).then(
      () => true,
      () => false,
    );
    for (let waited = 0; waited < PROBE && !signal.aborted; waited += TICK) {
      if (isThere) tell();
      await new Promise((resolve) => setTimeout(resolve, TICK));
    }
  }
}

/**
 * A form whose redirect is emptied: S3 then has nowhere to send the page, and answers. Ceph's gateway sends it to an empty
 * address all the same, which is the bucket's own; that it did is its yes, whatever is found there. Where the page may not
 * read what is found there, the file is sent once more, and from then on the other way.
 *
 * @returns what stands before the transport, for all files of one form
 */
export function createRedirectFallback(): NonNullable<PostGrant['wrapTransport']> {
  let isFollowed = false;
  return (transport) => async (request, options) => {
    if (isFollowed) return redirectTransport(request, options);
    let isSent = false;
    const onSent = (): void => {
      isSent = true;
      options.onSent();
    };
    try {
      const response = await transport(request, { ...options, onSent });
      const { search = '' } = response.url ? new URL(response.url) : {};
      const etag = new URLSearchParams(search).get('etag');
      return etag ? { status: 204, text: '', header: (name) => (name === 'etag' ? etag : null) } : response;
    } catch (error) {
      // what the page itself has ended says nothing of the storage
      isFollowed ||= isSent && !options.signal.aborted;
      throw error;
    }
  };
}
