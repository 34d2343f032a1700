import { isUploadError, UploadError } from './errors.ts';
import type { Granted, Grants } from './grants.ts';
import type { Transport } from './http.ts';
import type { FileInfo, UploadResult, UploadState } from './item.ts';
import type { Network } from './network.ts';
import { post } from './post.ts';
import { Retry, type RetryOptions, type RetryQuota } from './retry.ts';
import type { SendFileOptions } from './send-file.ts';

export interface UploadOptions {
  grants: Grants;
  send: Transport;
  network: Network;
  quota: RetryQuota;
  /** Milliseconds without progress. */
  timeout: number;
  signal: AbortSignal;
  report(state: UploadState): void;
  /** Told before each wait, after the state is reported. */
  onRetry(wait: { attempt: number; delay: number; error: UploadError }): void;
}

/**
 * One file, from the signature to the storage's yes: sign → send → confirm, again and again until it is stored or cannot
 * be.
 *
 * @throws {UploadError} when it cannot be stored; the signal's reason when it was ended
 */
export async function upload(info: FileInfo, file: File, options: UploadOptions): Promise<UploadResult> {
  const { grants, network, quota, signal, report } = options;
  let loaded = 0;
  const onWait: RetryOptions['onWait'] = ({ reason, attempt, delay, error }) => {
    report({ status: 'waiting', loaded, reason, attempt, error });
    if (reason === 'retry') options.onRetry({ attempt, delay, error });
  };
  const retry = new Retry({ quota, network, signal, onWait });
  let wasExpired = false;
  let unsent = 0;
  for (;;) {
    report({ status: 'signing', loaded });
    const grant = await grants.take(info, signal, onWait);
    let moved = false;
    try {
      report({ status: 'uploading', loaded });
      const result = await sendFile(grant, file, {
        ...options,
        onProgress(now) {
          moved ||= now > 0;
          loaded = Math.max(loaded, Math.min(now, file.size));
          report({ status: 'uploading', loaded });
        },
        onSent: () => report({ status: 'finishing', loaded: (loaded = file.size) }),
      });
      retry.succeed();
      return result;
    } catch (cause) {
      signal.throwIfAborted();
      const error = isUploadError(cause)
        ? cause
        : new UploadError('unknown', `the upload failed: ${String(cause)}`, { phase: 'upload', cause });
      if (error.retry === 'sign-again') {
        if (wasExpired) throw clockError(error);
        wasExpired = true;
        grants.expire(info.id);
        continue;
      }
      wasExpired = false;
      if (error.status === undefined) await checkReadable(file);
      if (error.code === 'network' && network.online && 'url' in grant) {
        unsent = moved ? 0 : unsent + 1;
        if (unsent === 2 && (await answers(grant.url, signal))) throw corsError(grant.url, error);
      }
      await retry.after(error);
    }
  }
}

async function sendFile(grant: Granted, file: File, options: SendFileOptions): Promise<UploadResult> {
  switch (grant.method) {
    case 'POST':
      return post(grant, file, options);
    case 'PUT':
      return (await import('./put.ts')).put(grant, file, options);
    case 'MULTIPART':
      throw new UploadError('bad-signer-response', 'the signer granted parts', { phase: 'sign' });
  }
}

/**
 * A file that has changed on the disk, or is gone, looks like a dead line to the request that reads it.
 *
 * @throws {UploadError} `file-changed`
 */
async function checkReadable(file: File): Promise<void> {
  try {
    await file.slice(-1).arrayBuffer();
  } catch (cause) {
    const message = `"${file.name}" was changed, moved or deleted after it was picked: pick it again`;
    throw new UploadError('file-changed', message, { phase: 'upload', cause });
  }
}

/** Whether anything at all answers there: a request whose answer may not be read needs no permission from CORS. */
const answers = (url: string, signal: AbortSignal): Promise<boolean> =>
  fetch(new URL('/', url), { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal }).then(
    () => true,
    () => false,
  );

function corsError(url: string, cause: UploadError): UploadError {
  const origin = 'location' in globalThis ? location.origin : 'the origin of the page';
  const message = `${new URL(url).host} answers, but not to this page. Its CORS rule must allow the origin ${origin}, the methods POST and PUT, and all headers, and expose ETag`;
  return new UploadError('cors', message, { phase: 'upload', cause });
}

const clockError = (cause: UploadError): UploadError =>
  new UploadError('signer-clock', 'a signature expired at once, and so did the next one: set the clock of the signer', {
    phase: 'upload',
    status: cause.status,
    s3Code: cause.s3Code,
    requestId: cause.requestId,
    cause,
  });
