import { AnswerTimes } from './answer-times.ts';
import { isUploadError, UploadError } from './errors.ts';
import type { UploadResult } from './item.ts';
import { createNoResponseCheck } from './no-response.ts';
import { type Part, partsOf } from './parts.ts';
import { lacksParts, type PartRecovery, recoverPart } from './recover-part.ts';
import { MAX_CONNECTIONS } from './request-limiter.ts';
import { Retry, type RetryOptions } from './retry.ts';
import { callWithRetries } from './retrying-call.ts';
import type { SendFile, SendFileOptions } from './send-file.ts';
import { send } from './send.ts';
import type { MultipartGrant } from './sign.ts';
import { firstParts, type SignedPart, signedParts, signParts } from './signed-parts.ts';

/** Maximum number of hosts of one bucket that the parts of a file are sent to at a time. */
const MAX_HOSTS = 4;
/**
 * Milliseconds in which S3 must complete an upload: "several minutes", according to
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
const COMPLETE_TIMEOUT_MS = 300_000;

/** Lists the parts of the file that the storage does not have. */
type ListMissing = () => Promise<Part[]>;

/** One upload in parts. */
interface PartsUpload {
  readonly grant: MultipartGrant;
  readonly file: File;
  readonly listMissing: ListMissing;
  /** Tries once, and never makes the file wait. */
  readonly peekMissing: ListMissing;
  readonly answers: AnswerTimes;
}

/**
 * Uploads a file in parts. Parts that the storage has are not sent again, and of those that fail only each that failed.
 * The signer completes the upload from the storage's own list of parts.
 */
export const multipart: SendFile<MultipartGrant> = async (grant, file, options) => {
  const plan = partsOf(file.size, grant.partSize);
  const list = async (retry: RetryOptions): Promise<Part[]> => {
    const stored = await callWithRetries(grant.listParts, retry);
    const sizes = new Map(stored.map(({ number, size }) => [number, size]));
    return plan.filter(({ number, size }) => sizes.get(number) !== size);
  };
  const { onWait: _noWait, ...quiet } = options.retry;
  const upload: PartsUpload = {
    grant,
    file,
    listMissing: shared(() => list(options.retry)),
    peekMissing: shared(() => list({ ...quiet, attempts: 1 })),
    answers: new AnswerTimes(),
  };
  const complete = async (): Promise<UploadResult> => {
    const call = { ...options.retry, timeout: COMPLETE_TIMEOUT_MS, onTry: options.onSent };
    const result = await options.settle(await callWithRetries(grant.complete, call));
    if (result) return result;
    throw new UploadError('upload-lost', 'the stored object has another size than the file', { phase: 'finalize' });
  };
  await sendParts(upload, options.isResumed ? await upload.listMissing() : plan, options);
  try {
    return await complete();
  } catch (error) {
    if (!isUploadError(error) || !lacksParts(error)) throw error;
    await sendParts(upload, await upload.listMissing(), options);
    return complete();
  }
};

/** Calls that run at the same time share one result: a list of parts may have a hundred pages. */
function shared<T>(call: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= call().finally(() => (running = undefined)));
}

/** Sends parts with a few workers on one iterator: each worker sends the next part when it has sent its last. */
async function sendParts(upload: PartsUpload, parts: readonly Part[], options: SendFileOptions): Promise<void> {
  const { grant, file } = upload;
  // the first failure aborts the other workers, and not the upload as a whole
  const workers = new AbortController();
  const signal = AbortSignal.any([options.signal, workers.signal]);
  const loaded = new Map<number, number>();
  let stored = file.size - parts.reduce((sum, { size }) => sum + size, 0);
  const report = (): void => options.onProgress([...loaded.values()].reduce((sum, bytes) => sum + bytes, stored));
  // the file waits only when none of its parts is being sent
  const onWait: SendFileOptions['onRetry'] = (wait) =>
    loaded.size ? options.onRetry(wait) : options.retry.onWait?.(wait);
  const partOptions = { ...options, signal, retry: { ...options.retry, onWait } };
  const first = options.isResumed ? [] : await firstParts(grant, parts, options);
  const queue = signedParts(grant, file, parts, first, partOptions);
  const work = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await queue.next();
      if (done) return;
      await sendPart(upload, value, {
        ...options,
        signal,
        onProgress(bytes) {
          loaded.set(value.number, bytes);
          report();
        },
        onWait(wait) {
          loaded.delete(value.number);
          onWait(wait);
        },
      });
      loaded.delete(value.number);
      stored += value.size;
      report();
    }
  };
  report();
  const hosts = new Set(first.map(({ url }) => new URL(url).host)).size || 1;
  const workerCount = Math.min(MAX_CONNECTIONS * Math.min(hosts, MAX_HOSTS), parts.length);
  try {
    await Promise.all(Array.from({ length: workerCount }, work));
  } catch (error) {
    workers.abort(error);
    throw error;
  }
}

/** Sends one part, and repeats that until it is stored or cannot be. */
async function sendPart(
  { grant, file, listMissing, peekMissing, answers }: PartsUpload,
  part: SignedPart,
  options: SendFileOptions & Required<Pick<RetryOptions, 'onWait'>>,
): Promise<void> {
  const { signal, onProgress, onWait } = options;
  const retry = new Retry({ ...options.retry, signal, onWait });
  const checkNoResponse = createNoResponseCheck(file, options);
  const { number, start, size } = part;
  let recovery: PartRecovery | undefined;
  const isMissing = async (list: ListMissing): Promise<boolean> =>
    (await list()).some((part) => part.number === number);
  for (;;) {
    let sentAt: number | undefined;
    let isStored = false;
    try {
      if (part.timeLeft() <= 0) [part] = (await signParts(grant, file, [part], options)) as [SignedPart];
      onProgress(0);
      const { url, headers } = part;
      const { header } = await send(
        { method: 'PUT', url, headers, body: file.slice(start, start + size) },
        {
          ...options,
          onSent: () => (sentAt = Date.now()),
          async onUnanswered(ms) {
            isStored = !(await isMissing(peekMissing));
            return isStored || answers.isLate(ms);
          },
        },
      );
      if (sentAt !== undefined) answers.add(Date.now() - sentAt);
      grant.onPartStored?.({ number, size, etag: header('etag') ?? undefined });
      retry.succeed();
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (isStored) return;
      if (!isUploadError(error)) throw error;
      recovery = recoverPart(error, { previous: recovery });
      if (recovery !== 'wait') part = { ...part, timeLeft: () => 0 };
      if (recovery === 'sign-again') continue;
      if (recovery === 'fail') await checkNoResponse(error);
      if (recovery === 'fail') throw error;
      if (recovery === 'look-up' && !(await isMissing(listMissing))) return;
      const { url, headers } = part;
      await retry.waitAfter(error, await checkNoResponse(error, { method: 'PUT', url, headers, size }));
    }
  }
}
