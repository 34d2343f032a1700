import type { Transport } from '../core/http.ts';

/** Sends by XMLHttpRequest: `fetch` reports no upload progress. */
export const xhr: Transport = ({ method, url, headers = {}, body }, { signal, onProgress, onSent }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    signal.addEventListener('abort', abort);
    let isSent = false;
    const reportSent = (): void => {
      if (!isSent) onSent();
      isSent = true;
    };
    request.upload.onload = reportSent;
    request.upload.onprogress = ({ loaded, total }) => {
      if (isSent) return;
      onProgress(loaded, total);
      // Firefox fires `load` only when the response arrives
      if (loaded === total) reportSent();
    };
    request.onload = () =>
      resolve({
        status: request.status,
        url: request.responseURL,
        text: request.responseText,
        header: (name) => request.getResponseHeader(name),
      });
    // browsers abort requests themselves, too: the signal is aborted only if the caller did
    request.onerror = request.onabort = () =>
      reject(signal.aborted ? (signal.reason as Error) : new Error('The storage did not respond.'));
    request.onloadend = () => signal.removeEventListener('abort', abort);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
  });
