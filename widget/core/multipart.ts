import { checkUrl } from './check-grant.ts';
import { checkPut } from './check-put.ts';
import { deadline, EXPIRY_MARGIN_MS } from './deadline.ts';
import { isUploadError, UploadError } from './errors.ts';
import type { UploadResult } from './item.ts';
import { createNoResponseCheck } from './no-response.ts';
import { type Part, partsOf } from './parts.ts';
import { lacksParts, type PartRecovery, recoverPart } from './recover.ts';
import { Retry, type RetryOptions } from './retry.ts';
import { callWithRetries } from './retrying-call.ts';
import type { SendFile, SendFileOptions } from './send-file.ts';
import { send } from './send.ts';
import type { MultipartGrant, PartToSign, SignedParts } from './sign.ts';

/** Parts of one file that are sent at a time. */
const CONCURRENT_PARTS = 4;
/** Parts that are signed at a time: those that are sent, and as many to come. */
const SIGN_BATCH_PARTS = 2 * CONCURRENT_PARTS;
/**
 * Milliseconds in which S3 must complete an upload: "several minutes", according to
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
const COMPLETE_TIMEOUT_MS = 300_000;

interface SignedPart extends Part {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for which the signature is valid. */
  timeLeft(): number;
}

/** Lists the parts of the file that the storage does not have. */
type ListMissing = () => Promise<Part[]>;

/**
 * Uploads a file in parts. Parts that the storage has are not sent again, and of those that fail only each that failed.
 * The signer completes the upload from the storage's own list of parts.
 */
export const multipart: SendFile<MultipartGrant> = async (grant, file, options) => {
  const plan = partsOf(file.size, grant.partSize);
  const list: ListMissing = async () => {
    const stored = await callWithRetries(grant.listParts, options.retry);
    const sizes = new Map(stored.map(({ number, size }) => [number, size]));
    return plan.filter(({ number, size }) => sizes.get(number) !== size);
  };
  let listing: Promise<Part[]> | undefined;
  // workers that lost their responses together share one list, which may have a hundred pages
  const listMissing: ListMissing = () => (listing ??= list().finally(() => (listing = undefined)));
  const complete = async (): Promise<UploadResult> => {
    const call = { ...options.retry, timeout: COMPLETE_TIMEOUT_MS, onTry: options.onSent };
    const result = await options.settle(await callWithRetries(grant.complete, call));
    if (result) return result;
    throw new UploadError('upload-lost', 'the stored object has another size than the file', { phase: 'finalize' });
  };
  await sendParts(grant, file, options.isResumed ? await listMissing() : plan, listMissing, options);
  try {
    return await complete();
  } catch (error) {
    if (!isUploadError(error) || !lacksParts(error)) throw error;
    await sendParts(grant, file, await listMissing(), listMissing, options);
    return complete();
  }
};

/** Sends parts with a few workers on one iterator: each worker sends the next part when it has sent its last. */
async function sendParts(
  grant: MultipartGrant,
  file: File,
  parts: readonly Part[],
  listMissing: ListMissing,
  options: SendFileOptions,
): Promise<void> {
  // the first failure aborts the other workers, and not the upload as a whole
  const workers = new AbortController();
  const signal = AbortSignal.any([options.signal, workers.signal]);
  const loaded = new Map<number, number>();
  let stored = file.size - parts.reduce((sum, { size }) => sum + size, 0);
  const report = (): void => options.onProgress([...loaded.values()].reduce((sum, bytes) => sum + bytes, stored));
  // the file waits only when none of its parts is being sent
  const onWait: SendFileOptions['onRetry'] = (wait) =>
    loaded.size ? options.onRetry(wait) : options.retry.onWait?.(wait);
  const queue = signedParts(grant, file, parts, { ...options, signal, retry: { ...options.retry, onWait } });
  const work = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await queue.next();
      if (done) return;
      await sendPart(grant, file, value, listMissing, {
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
  try {
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_PARTS, parts.length) }, work));
  } catch (error) {
    workers.abort(error);
    throw error;
  }
}

/** Signs parts in batches, the next batch while this one is sent. */
async function* signedParts(
  grant: MultipartGrant,
  file: File,
  parts: readonly Part[],
  options: SendFileOptions,
): AsyncGenerator<SignedPart, void, void> {
  const sign = (from: number): Promise<SignedPart[]> | undefined => {
    const batch = parts.slice(from, from + SIGN_BATCH_PARTS);
    if (!batch.length) return undefined;
    const signed = signParts(grant, file, batch, options);
    // a worker that needs the batch gets its error; until then the rejection counts as handled
    signed.catch(() => {});
    return signed;
  };
  let next = sign(0);
  for (let from = SIGN_BATCH_PARTS; next; from += SIGN_BATCH_PARTS) {
    const signed = await next;
    next = sign(from);
    yield* signed;
  }
}

/** Signs parts, with their checksums where the grant wants them. */
async function signParts(
  grant: MultipartGrant,
  file: File,
  parts: readonly Part[],
  { computeChecksum, retry, signal, allowedHosts }: SendFileOptions,
): Promise<SignedPart[]> {
  const { checksum: algorithm } = grant;
  const wanted: PartToSign[] = [];
  // one after the other, so that no more than one is in memory
  for (const { number, start, size } of parts) {
    const value = algorithm && (await computeChecksum(file.slice(start, start + size), algorithm, signal));
    wanted.push({ number, size, ...(value && { checksum: { algorithm, value } }) });
  }
  const signed: SignedParts = await callWithRetries((signal) => grant.signParts(wanted, signal), { ...retry, signal });
  const timeLeft = deadline(signed.lifetime - EXPIRY_MARGIN_MS);
  const byNumber = new Map(signed.parts.map((part) => [part.number, part]));
  return parts.map((part) => {
    const { url = '', headers } = byNumber.get(part.number) ?? {};
    checkUrl(url, allowedHosts);
    return { ...part, url, headers: checkPut(url, headers, part.size), timeLeft };
  });
}

/** Sends one part, and repeats that until it is stored or cannot be. */
async function sendPart(
  grant: MultipartGrant,
  file: File,
  part: SignedPart,
  listMissing: ListMissing,
  options: SendFileOptions & Required<Pick<RetryOptions, 'onWait'>>,
): Promise<void> {
  const { signal, onProgress, onWait } = options;
  const retry = new Retry({ ...options.retry, signal, onWait });
  const checkNoResponse = createNoResponseCheck(file, options);
  const { number, start, size } = part;
  let recovery: PartRecovery | undefined;
  for (;;) {
    try {
      if (part.timeLeft() <= 0) [part] = (await signParts(grant, file, [part], options)) as [SignedPart];
      onProgress(0);
      const { url, headers } = part;
      const { header } = await send(
        { method: 'PUT', url, headers, body: file.slice(start, start + size) },
        { ...options, onSent: () => {} },
      );
      grant.onPartStored?.({ number, size, etag: header('etag') ?? undefined });
      retry.succeed();
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isUploadError(error)) throw error;
      recovery = recoverPart(error, { previous: recovery });
      if (recovery !== 'wait') part = { ...part, timeLeft: () => 0 };
      if (recovery === 'sign-again') continue;
      if (recovery === 'fail') await checkNoResponse(error);
      if (recovery === 'fail') throw error;
      if (recovery === 'look-up' && !(await listMissing()).some((part) => part.number === number)) return;
      const { url, headers } = part;
      await retry.waitAfter(error, await checkNoResponse(error, { method: 'PUT', url, headers, size }));
    }
  }
}
