import { isUploadError, UploadError } from './errors.ts';
import type { GrantCache } from './grant-cache.ts';
import { type FileInfo, resultOf, type UploadResult, type UploadState } from './item.ts';
import { NoResponseDiagnosis } from './no-response-diagnosis.ts';
import { post } from './post.ts';
import { checkReadable } from './readable.ts';
import { recover, type Recovery } from './recover.ts';
import { Retry, type RetryOptions } from './retry.ts';
import { callWithRetries } from './retrying-call.ts';
import type { SendFileOptions } from './send-file.ts';
import type { UploadGrant } from './sign.ts';

export interface UploadOptions
  extends
    Omit<SendFileOptions, 'type' | 'onProgress' | 'onSent' | 'onRetry' | 'isResumed' | 'retry'>,
    Pick<RetryOptions, 'quota'> {
  readonly grants: GrantCache;
  report(state: UploadState): void;
  /** Called with the grant before anything is sent; when it throws, the upload fails. */
  onGrant(grant: UploadGrant): Promise<void>;
  /** Called after each failed attempt that will be repeated; `delay` is in milliseconds. */
  onRetry(wait: { attempt: number; delay: number; error: UploadError }): void;
}

/**
 * Uploads one file: signs it, sends it, and confirms it where the signer wants that. Repeats until the file is stored or
 * cannot be.
 *
 * @throws {UploadError} when it cannot be stored; the signal's reason when aborted
 */
export async function upload(info: FileInfo, file: File, options: UploadOptions): Promise<UploadResult> {
  const { grants, network, quota, signal, report } = options;
  const { id, type } = info;
  let loaded = 0;
  const onRetry: SendFileOptions['onRetry'] = ({ reason, attempt, delay, error }) => {
    if (reason === 'retry') options.onRetry({ attempt, delay, error });
  };
  const onWait: SendFileOptions['onRetry'] = (wait) => {
    report({ status: 'waiting', loaded, ...wait });
    onRetry(wait);
  };
  const retryOptions: RetryOptions = { quota, network, signal, onWait };
  const retry = new Retry(retryOptions);
  const diagnosis = new NoResponseDiagnosis(file, options);
  const recoveries: Recovery[] = [];
  let isResumed = grants.has(id);

  const confirm = async (grant: UploadGrant): Promise<UploadResult | undefined> => {
    const stored = grant.confirm && (await callWithRetries(grant.confirm, retryOptions));
    return stored && (stored.size ?? file.size) === file.size ? resultOf(stored) : undefined;
  };

  const finish = (result: UploadResult): UploadResult => {
    report({ status: 'finishing', loaded: file.size });
    retry.succeed();
    return result;
  };

  const attempt = async (grant: UploadGrant): Promise<UploadResult> => {
    report({ status: 'uploading', loaded });
    if (grants.isUnanswered(id)) {
      const stored = await confirm(grant);
      if (stored) return stored;
      report({ status: 'uploading', loaded });
    }
    const result = await sendFile(grant, file, {
      ...options,
      type,
      retry: retryOptions,
      onRetry,
      isResumed,
      onProgress(now) {
        if (now > 0) diagnosis.bytesMoved();
        loaded = Math.max(loaded, Math.min(now, file.size));
        report({ status: 'uploading', loaded });
      },
      onSent() {
        grants.setUnanswered(id, grant.method !== 'MULTIPART');
        report({ status: 'finishing', loaded: (loaded = file.size) });
      },
    });
    if (!grant.mustConfirm || grant.method === 'MULTIPART') return result;
    const stored = await confirm(grant);
    if (stored) return { ...result, ...stored };
    throw new UploadError('upload-lost', 'the storage accepted the file, and has no such object', {
      phase: 'finalize',
    });
  };

  for (;;) {
    report({ status: 'signing', loaded });
    const grant = await grants.acquire(info, signal, onWait);
    await options.onGrant(grant);
    const { method } = grant;
    try {
      return finish(await attempt(grant));
    } catch (cause) {
      signal.throwIfAborted();
      const error = isUploadError(cause) ? cause : await unknownError(cause, file);
      if (error.status !== undefined && error.phase === 'upload') grants.setUnanswered(id, false);
      const recovery = recover(error, { method, isPut: grants.isPut(id), recoveries });
      recoveries.push(recovery);
      isResumed = true;
      switch (recovery) {
        case 'sign-again':
          grants.expire(id, error);
          break;
        case 'use-put':
          grants.usePut();
          break;
        case 'confirm': {
          const stored = await confirm(grant).catch(unlessLost);
          if (stored) return finish(stored);
          grants.delete(id);
          isResumed = false;
          break;
        }
        case 'wait':
        case 'wait-and-sign':
        case 'fail':
          await diagnosis.check(error, 'url' in grant ? grant.url : undefined);
          if (recovery === 'fail') throw error;
          await retry.waitAfter(error);
          if (recovery === 'wait-and-sign') grants.delete(id);
          break;
        case 'fail-signer-clock':
          throw clockError(error);
      }
    }
  }
}

async function sendFile(grant: UploadGrant, file: File, options: SendFileOptions): Promise<UploadResult> {
  const { load, signal } = options;
  switch (grant.method) {
    case 'POST':
      return post(grant, file, options);
    case 'PUT':
      return (await load(() => import('./put.ts'), signal)).put(grant, file, options);
    case 'MULTIPART':
      return (await load(() => import('./multipart.ts'), signal)).multipart(grant, file, options);
  }
}

/** @throws {UploadError} `file-changed` when the file cannot be read */
async function unknownError(cause: unknown, file: File): Promise<UploadError> {
  await checkReadable(file, 'upload');
  return new UploadError('unknown', `the upload failed: ${String(cause)}`, { phase: 'upload', cause });
}

/** Ignores that the ticket is of no use any more. */
function unlessLost(error: UploadError): undefined {
  if (error.code !== 'upload-lost') throw error;
}

const clockError = (cause: UploadError): UploadError =>
  new UploadError('signer-clock', 'two signatures in a row had expired at once: set the clock of the signer', {
    ...cause,
    phase: 'upload',
    retry: 'never',
    cause,
  });
