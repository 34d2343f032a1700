import type { Transport } from '../core/http.ts';

/** The browser's transport. XMLHttpRequest, because fetch reports no upload progress. */
export const xhr: Transport = ({ method, url, headers = {}, body }, { signal, onProgress, onSent }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    signal.addEventListener('abort', abort);
    let isSent = false;
    // Firefox has no `load` before the answer
    const sent = (): void => {
      if (!isSent) onSent();
      isSent = true;
    };
    request.upload.onload = sent;
    request.upload.onprogress = ({ loaded, total }) => {
      if (isSent) return;
      onProgress(loaded, total);
      if (loaded === total) sent();
    };
    request.onload = () =>
      resolve({
        status: request.status,
        url: request.responseURL,
        text: request.responseText,
        header: (name) => request.getResponseHeader(name),
      });
    // browsers abort requests by themselves too: only the signal tells whose abort it was
    request.onerror = request.onabort = () =>
      reject(signal.aborted ? (signal.reason as Error) : new Error('no answer'));
    request.onloadend = () => signal.removeEventListener('abort', abort);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
  });
