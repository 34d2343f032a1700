import { isUploadError, UploadError } from './errors.ts';
import type { GrantCache } from './grant-cache.ts';
import type { FileInfo, UploadResult, UploadState } from './item.ts';
import type { Load } from './lazy.ts';
import { createNoResponseCheck } from './no-response.ts';
import { post } from './post.ts';
import type { StoredFile } from './protocol.ts';
import { checkReadable } from './readable.ts';
import { redact } from './redact.ts';
import { mayBeStored, recover, type Recovery } from './recover.ts';
import { Retry, type RetryOptions } from './retry.ts';
import { callWithRetries } from './retrying-call.ts';
import type { SendFileOptions } from './send-file.ts';
import type { FileBeingChecked, UploadGrant } from './sign.ts';
import { MIN_MULTIPART_BYTES } from './sign-batcher.ts';
import { resultOfGrant } from './upload-result.ts';

/** Maximum number of requests that look up a file before it fails. */
const LOOK_UP_ATTEMPTS = 3;

export interface UploadOptions
  extends
    Omit<SendFileOptions, 'type' | 'onProgress' | 'onSent' | 'onRetry' | 'isResumed' | 'retry' | 'settle'>,
    Pick<RetryOptions, 'quota'> {
  readonly grants: GrantCache;
  report(state: UploadState): void;
  /** Called with the grant before anything is sent, and when the file is being checked; when it throws, the upload fails. */
  onGrant(grant: UploadGrant, isStored?: boolean): Promise<void>;
  /** Called after each failed attempt that will be repeated; `delay` is in milliseconds. */
  onRetry(wait: { attempt: number; delay: number; error: UploadError }): void;
}

/**
 * Uploads one file: signs it, sends it, and confirms it where the signer wants that. Repeats until the file is stored or
 * cannot be.
 *
 * @throws {UploadError} when it cannot be stored; the signal's reason when aborted
 */
export async function upload(info: FileInfo, options: UploadOptions): Promise<UploadResult> {
  const { grants, network, quota, signal, report, connections, load } = options;
  // a file that an earlier page has stored, and that is only being checked, may be gone
  const { id, type, size, file = new File([], info.name) } = info;
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
  const checkNoResponse = createNoResponseCheck(file, options);
  const recoveries: Recovery[] = [];
  let isResumed = grants.hasBegun(id);
  // arrives while the file is signed
  if (size >= MIN_MULTIPART_BYTES) loadMultipart(load, signal, true).catch(() => {});

  const settle = async (
    answer: StoredFile | FileBeingChecked,
    grant: UploadGrant,
  ): Promise<UploadResult | undefined> => {
    const { storedResult } = await load(() => import('./stored-result.ts'), signal);
    return storedResult(answer, grant, { ...options, size, retry: retryOptions });
  };

  const confirm = async (grant: UploadGrant, attempts = Infinity): Promise<UploadResult | undefined> => {
    const answer = grant.confirm && (await callWithRetries(grant.confirm, { ...retryOptions, attempts }));
    return answer ? settle(answer, grant) : undefined;
  };

  const finish = (result: UploadResult): UploadResult => {
    report({ status: 'finishing', loaded: size });
    retry.succeed();
    return result;
  };

  /** The signer's answer that a file is stored whose request has had no response yet. */
  let unheard: StoredFile | FileBeingChecked | null = null;

  const attempt = async (grant: UploadGrant): Promise<UploadResult> => {
    report({ status: 'uploading', loaded });
    unheard = null;
    if (grants.isUnanswered(id)) {
      const stored = await confirm(grant);
      if (stored) return stored;
      report({ status: 'uploading', loaded });
    }
    if (!info.file) throw new UploadError('file-missing', 'pick it again', { phase: 'upload' });
    const result = await sendFile(grant, file, {
      ...options,
      type,
      retry: retryOptions,
      settle: (answer) => settle(answer, grant),
      onRetry,
      isResumed,
      onProgress(now) {
        loaded = Math.max(loaded, Math.min(now, size));
        report({ status: 'uploading', loaded });
      },
      onSent() {
        grants.setUnanswered(id, grant.method !== 'MULTIPART');
        report({ status: 'finishing', loaded: (loaded = size) });
      },
      async onUnanswered() {
        if (!grant.confirm) return false;
        unheard = await callWithRetries(grant.confirm, { quota, network, signal, attempts: 1 });
        return !!unheard;
      },
    });
    if (grant.method === 'MULTIPART') return result;
    // a response without an ETag may be that of a proxy
    const isProven = !!result.etag || !grant.confirm;
    if (isProven && !grant.mustConfirm) return result;
    const stored = await confirm(grant);
    if (stored) return { ...result, ...stored };
    const { lostError, portalError } = await load(() => import('./final-errors.ts'), signal);
    throw isProven ? lostError() : portalError(grant);
  };

  /** After an error that leaves open whether the file is stored. */
  const lookUp = async (grant: UploadGrant, error: UploadError): Promise<UploadResult | undefined> => {
    if (!error.sent || !grants.isUnanswered(id)) return undefined;
    const stored = await confirm(grant, LOOK_UP_ATTEMPTS).catch((failure: unknown): undefined => {
      // the file is stored, and its check has failed
      if ((failure as UploadError).phase === 'finalize') throw failure;
    });
    signal.throwIfAborted();
    return stored;
  };

  /** The error that a grant for PUT shall avoid. */
  let avoided: UploadError | undefined;

  /** The error with which the file fails. */
  const finalError = (error?: unknown): unknown => {
    if (!avoided || signal.aborted) return error;
    grants.usePut(false);
    return avoided;
  };

  for (;;) {
    report({ status: 'signing', loaded });
    const grant = await grants.acquire(info, signal, onWait).catch((error: unknown) => {
      throw finalError(error);
    });
    if (avoided && grant.method !== 'PUT') throw finalError();
    await options.onGrant(grant);
    grants.begin(id);
    const { method } = grant;
    const wasUnanswered = grants.isUnanswered(id);
    try {
      return finish(await attempt(grant));
    } catch (cause) {
      signal.throwIfAborted();
      const found = unheard && (await settle(unheard, grant));
      if (found) return finish(found);
      let error = isUploadError(cause) ? cause : await unknownError(cause, file);
      let isReachable = false;
      try {
        isReachable = await checkNoResponse(error, 'url' in grant ? grant : undefined, !!avoided);
      } catch (cause) {
        if (!isUploadError(cause)) throw cause;
        error = cause;
      }
      if (mayBeStored(error.sent)) grants.setUnanswered(id, method !== 'MULTIPART');
      else if (error.status !== undefined && error.phase === 'upload') grants.setUnanswered(id, false);
      const isPostKnown = 'url' in grant && connections.to(new URL(grant.url).host).hasStoredPost;
      const recovery = recover(error, { method, isPut: grants.isPut(id), isPostKnown, recoveries });
      recoveries.push(recovery);
      isResumed = true;
      switch (recovery) {
        case 'sign-again':
          grants.expire(id, error);
          break;
        case 'use-put': {
          const stored = await lookUp(grant, error);
          if (stored) return finish(stored);
          if (error.code === 'cors') avoided = error;
          grants.usePut();
          break;
        }
        case 'confirm': {
          let gone = error;
          const stored = await confirm(grant).catch((lost: unknown) => void (gone = lost as UploadError));
          if (stored) return finish(stored);
          if (wasUnanswered && error.code === 'already-stored' && 'url' in grant && !grant.confirm) {
            return finish(resultOfGrant(grant, file.name));
          }
          grants.restart(id, gone);
          isResumed = false;
          break;
        }
        case 'wait':
        case 'wait-and-sign':
        case 'fail':
          try {
            if (recovery === 'fail') throw error;
            await retry.waitAfter(error, isReachable);
          } catch (final) {
            signal.throwIfAborted();
            const stored = await lookUp(grant, error);
            if (stored) return finish(stored);
            throw finalError(final);
          }
          if (recovery === 'wait-and-sign') grants.delete(id);
          break;
        case 'fail-signer-clock':
          throw (await load(() => import('./final-errors.ts'), signal)).clockError(error);
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
      return (await loadMultipart(load, signal)).multipart(grant, file, options);
  }
}

const loadMultipart = (...[load, signal, isQuiet]: [load: Load, signal: AbortSignal, isQuiet?: boolean]) =>
  load(() => import('./multipart.ts'), signal, isQuiet);

/** @throws {UploadError} `file-changed` when the file cannot be read */
async function unknownError(cause: unknown, file: File): Promise<UploadError> {
  await checkReadable(file, 'upload');
  return new UploadError('unknown', redact(`the upload failed: ${String(cause)}`), { phase: 'upload', cause });
}
