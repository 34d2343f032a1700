import { callWithRetries } from './retrying-call.ts';
import { isUploadError, UploadError } from './errors.ts';
import type { Granted, GrantCache } from './grant-cache.ts';
import { type FileInfo, resultOf, type UploadResult, type UploadState } from './item.ts';
import { post } from './post.ts';
import type { StoredFile } from './protocol.ts';
import { checkReadable } from './readable.ts';
import { Retry, type RetryOptions } from './retry.ts';
import type { SendFileOptions } from './send-file.ts';
import { NoResponseDiagnosis } from './no-response-diagnosis.ts';

export interface UploadOptions
  extends
    Omit<SendFileOptions, 'onProgress' | 'onSent' | 'onRetry' | 'isResumed' | 'retry'>,
    Pick<RetryOptions, 'quota'> {
  grants: GrantCache;
  report(state: UploadState): void;
  /** Told of the grant before anything is sent by it; what it throws ends the upload. */
  onGrant?(grant: Granted): Promise<void>;
  /** Told of each try that failed and will be made again; `delay` in milliseconds. */
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
  const onRetry: SendFileOptions['onRetry'] = ({ reason, attempt, delay, error }) => {
    if (reason === 'retry') options.onRetry({ attempt, delay, error });
  };
  const onWait: SendFileOptions['onRetry'] = (wait) => {
    const { reason, attempt, error } = wait;
    report({ status: 'waiting', loaded, reason, attempt, error });
    onRetry(wait);
  };
  const retryOptions: RetryOptions = { quota, network, signal, onWait };
  const retry = new Retry(retryOptions);
  const silence = new NoResponseDiagnosis(file, options);
  let isResumed = grants.has(info.id);
  let wasExpired = false;
  let wasLost = false;
  for (;;) {
    report({ status: 'signing', loaded });
    const grant = await grants.acquire(info, signal, onWait);
    await options.onGrant?.(grant);
    const confirm = async (): Promise<StoredFile | null> => {
      const stored = grant.confirm && (await callWithRetries(grant.confirm, retryOptions));
      return stored?.size === undefined || stored.size === file.size ? (stored ?? null) : null;
    };
    const finish = (result: UploadResult): UploadResult => {
      report({ status: 'finishing', loaded: file.size });
      retry.succeed();
      return result;
    };
    try {
      report({ status: 'uploading', loaded });
      if (grants.isUnanswered(info.id)) {
        // the answer was lost, and the file perhaps not
        const stored = await confirm();
        if (stored) return finish(resultOf(stored));
        report({ status: 'uploading', loaded });
      }
      let result = await sendFile(grant, file, {
        ...options,
        retry: retryOptions,
        onRetry,
        isResumed,
        onProgress(now) {
          if (now > 0) silence.bytesMoved();
          loaded = Math.max(loaded, Math.min(now, file.size));
          report({ status: 'uploading', loaded });
        },
        onSent() {
          grants.setUnanswered(info.id, grant.method !== 'MULTIPART');
          report({ status: 'finishing', loaded: (loaded = file.size) });
        },
      });
      if (grant.mustConfirm && grant.method !== 'MULTIPART') result = { ...result, ...confirmed(await confirm()) };
      return finish(result);
    } catch (cause) {
      signal.throwIfAborted();
      if (!isUploadError(cause)) await checkReadable(file, 'upload');
      const error = isUploadError(cause)
        ? cause
        : new UploadError('unknown', `the upload failed: ${String(cause)}`, { phase: 'upload', cause });
      isResumed = true;
      if (error.status !== undefined && error.phase === 'upload') grants.setUnanswered(info.id, false);
      if (error.retry === 'sign-again') {
        if (wasExpired) throw clockError(error);
        wasExpired = true;
        grants.expire(info.id, error);
        continue;
      }
      wasExpired = false;
      if (grant.method === 'POST' && [405, 501].includes(error.status ?? 0) && grants.usePut(info.id)) continue;
      if (error.code === 'upload-lost' && !wasLost) {
        // it may have been put together while nobody heard; else the storage has cleared it away: from the start, once
        wasLost = true;
        const stored = await confirm().catch(unlessLost);
        if (stored) return finish(resultOf(stored));
        isResumed = false;
        grants.delete(info.id);
        continue;
      }
      await silence.check(error, 'url' in grant ? grant.url : undefined);
      await retry.waitAfter(error);
      // the file is read anew for its checksum, too
      if (error.code === 'corrupt' && grant.method !== 'MULTIPART') grants.delete(info.id);
    }
  }
}

async function sendFile(grant: Granted, file: File, options: SendFileOptions): Promise<UploadResult> {
  switch (grant.method) {
    case 'POST':
      return post(grant, file, options);
    case 'PUT':
      return (await options.load(() => import('./put.ts'))).put(grant, file, options);
    case 'MULTIPART':
      return (await options.load(() => import('./multipart.ts'))).multipart(grant, file, options);
  }
}

function confirmed(stored: StoredFile | null): UploadResult {
  if (!stored)
    throw new UploadError('upload-lost', 'the storage said yes, and has no such file', { phase: 'finalize' });
  return resultOf(stored);
}

/** @throws {UploadError} any but that of a ticket which is of no use any more */
function unlessLost(error: UploadError): null {
  if (error.code === 'upload-lost') return null;
  throw error;
}

const clockError = (cause: UploadError): UploadError =>
  new UploadError('signer-clock', 'a signature expired at once, and so did the next one: set the clock of the signer', {
    phase: 'upload',
    status: cause.status,
    s3Code: cause.s3Code,
    requestId: cause.requestId,
    cause,
  });
