import type { Transport } from '../core/http.ts';
import { readText } from './backend.ts';

/** Milliseconds between two signs of life. */
const TICK = 10_000;
/** Bytes a second below which nobody would wait: the time that a file is given. */
const SLOWEST = 16_384;
const ANSWER_BYTES = 16_384;

/**
 * A form whose policy insists on `success_action_redirect`: XMLHttpRequest would follow it to a page that is not for
 * scripts, and call that a failure. fetch can stop before it, and then an opaque answer is S3's yes. It tells nothing of its
 * way, so there is no progress, and no telling a dead line from a slow one before the file's time is up.
 */
export const sendRedirected: Transport = async ({ url, body }, { signal, onProgress }) => {
  const file = body instanceof FormData ? body.get('file') : body;
  const bytes = file instanceof Blob ? file.size : 0;
  let left = (bytes / SLOWEST) * 1000;
  const timer = setInterval(() => {
    left -= TICK;
    // not a byte, but alive
    if (left > 0) onProgress(0, Infinity);
  }, TICK);
  try {
    const response = await fetch(url, { method: 'POST', body, redirect: 'manual', credentials: 'omit', signal });
    if (response.type === 'opaqueredirect') return { status: 204, text: '', header: () => null };
    const text = await readText(response, ANSWER_BYTES);
    return { status: response.status, text, header: (name) => response.headers.get(name) };
  } finally {
    clearInterval(timer);
  }
};
