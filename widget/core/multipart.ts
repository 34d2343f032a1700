import { callWithRetries } from './retrying-call.ts';
import { checkUrl } from './check-grant.ts';
import { isUploadError } from './errors.ts';
import { resultOf, type UploadResult } from './item.ts';
import { type Part, partsOf } from './parts.ts';
import { Retry, type RetryOptions } from './retry.ts';
import type { SendFile, SendFileOptions } from './send-file.ts';
import { send } from './send.ts';
import { NoResponseDiagnosis } from './no-response-diagnosis.ts';
import type { MultipartGrant, PartToSign, SignedParts } from './sign.ts';

/** Parts of one file that are sent at a time. */
const WORKERS = 4;
/** Parts that are signed at a time: what is being sent, and as many to come. */
const SIGNED = 2 * WORKERS;
/** Milliseconds S3 may take to put the parts together: "several minutes", says its documentation. */
const COMPLETE_TIMEOUT = 300_000;
/** Milliseconds a part's signature is taken for expired early. */
const EARLY = 60_000;

interface SignedPart extends Part {
  url: string;
  headers?: Readonly<Record<string, string>> | undefined;
  /** On both clocks, as one of them stands still while the machine sleeps. */
  isFresh(): boolean;
}

/**
 * A file in parts: what the storage holds already is not sent again, and of what fails only the part that failed. The
 * signer completes the upload from the storage's own list, so no header and no XML is needed here.
 */
export const multipart: SendFile<MultipartGrant> = async (grant, file, options) => {
  const plan = partsOf(file.size, grant.partSize);
  const list = async (): Promise<Part[]> => {
    const held = new Map(
      (await callWithRetries(grant.listParts, options.retry)).map(({ number, size }) => [number, size]),
    );
    return plan.filter(({ number, size }) => held.get(number) !== size);
  };
  let listing: Promise<Part[]> | undefined;
  // workers whose answers were lost together look at one list, which may have a hundred pages
  const missing = (): Promise<Part[]> => (listing ??= list().finally(() => (listing = undefined)));
  const complete = async (): Promise<UploadResult> =>
    resultOf(
      await callWithRetries(grant.complete, { ...options.retry, timeout: COMPLETE_TIMEOUT, onTry: options.onSent }),
    );
  await sendParts(grant, file, options.isResumed ? await missing() : plan, missing, options);
  try {
    return await complete();
  } catch (error) {
    // the storage's list has not what was sent: once more, from that list
    if (!isUploadError(error) || ![409, 422].includes(error.status ?? 0)) throw error;
    await sendParts(grant, file, await missing(), missing, options);
    return complete();
  }
};

/** Workers on one iterator: each takes the next part when it has sent its last. */
async function sendParts(
  grant: MultipartGrant,
  file: File,
  parts: readonly Part[],
  missing: () => Promise<Part[]>,
  options: SendFileOptions,
): Promise<void> {
  // the first failure ends the other workers, and not the upload as a whole
  const team = new AbortController();
  const signal = AbortSignal.any([options.signal, team.signal]);
  const loaded = new Map<number, number>();
  let stored = file.size - parts.reduce((sum, { size }) => sum + size, 0);
  const report = (): void => options.onProgress([...loaded.values()].reduce((sum, bytes) => sum + bytes, stored));
  // while other parts move, so does the file
  const onWait: SendFileOptions['onRetry'] = (wait) =>
    loaded.size ? options.onRetry(wait) : options.retry.onWait?.(wait);
  const queue = signedParts(grant, file, parts, { ...options, signal, retry: { ...options.retry, onWait } });
  const work = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await queue.next();
      if (done) return;
      await sendPart(grant, file, value, missing, {
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
    await Promise.all(Array.from({ length: Math.min(WORKERS, parts.length) }, work));
  } catch (error) {
    team.abort(error);
    throw error;
  }
}

/** Parts with their signatures, the next few being signed while these are sent. */
async function* signedParts(
  grant: MultipartGrant,
  file: File,
  parts: readonly Part[],
  options: SendFileOptions,
): AsyncGenerator<SignedPart, void, void> {
  const batch = (from: number): Promise<SignedPart[]> | undefined => {
    const some = parts.slice(from, from + SIGNED);
    if (!some.length) return undefined;
    const signed = signParts(grant, file, some, options);
    // whoever takes it hears of its failure; until then it is no unhandled one
    signed.catch(() => {});
    return signed;
  };
  let next = batch(0);
  for (let from = SIGNED; next; from += SIGNED) {
    const signed = await next;
    next = batch(from);
    yield* signed;
  }
}

async function signParts(
  grant: MultipartGrant,
  file: File,
  parts: readonly Part[],
  { digest, retry, signal, allowedHosts }: SendFileOptions,
): Promise<SignedPart[]> {
  const { checksum: algorithm } = grant;
  const wanted: PartToSign[] = [];
  // one after the other, so that no more than one is in memory
  for (const { number, start, size } of parts) {
    const value = algorithm && (await digest(file.slice(start, start + size), algorithm, signal));
    wanted.push({ number, size, ...(value && { checksum: { algorithm, value } }) });
  }
  const answer: SignedParts = await callWithRetries((signal) => grant.signParts(wanted, signal), { ...retry, signal });
  const lifetime = answer.lifetime - EARLY;
  const [wall, steady] = [Date.now() + lifetime, performance.now() + lifetime];
  const byNumber = new Map(answer.parts.map((part) => [part.number, part]));
  return parts.map((part) => {
    const { url = '', headers } = byNumber.get(part.number) ?? {};
    checkUrl(url, allowedHosts);
    return { ...part, url, headers, isFresh: () => Date.now() < wall && performance.now() < steady };
  });
}

async function sendPart(
  grant: MultipartGrant,
  file: File,
  part: SignedPart,
  missing: () => Promise<Part[]>,
  options: SendFileOptions & Pick<RetryOptions, 'onWait'>,
): Promise<void> {
  const { signal, onProgress, onWait } = options;
  const retry = new Retry({ ...options.retry, signal, ...(onWait && { onWait }) });
  const silence = new NoResponseDiagnosis(file, options);
  const { number, start, size } = part;
  let wasExpired: boolean = false;
  for (;;) {
    let isSent = false;
    try {
      if (!part.isFresh()) [part] = (await signParts(grant, file, [part], options)) as [SignedPart];
      onProgress(0);
      const { url, headers } = part;
      const { header } = await send(
        { method: 'PUT', url, headers, body: file.slice(start, start + size) },
        {
          ...options,
          onProgress(loaded) {
            if (loaded > 0) silence.bytesMoved();
            onProgress(loaded);
          },
          onSent: () => (isSent = true),
        },
      );
      grant.onPartStored?.({ number, size, etag: header('etag') ?? undefined });
      retry.succeed();
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isUploadError(error)) throw error;
      const isExpired: boolean = error.retry === 'sign-again' && !wasExpired;
      wasExpired = isExpired;
      // some storages hide from the page that a signature has expired, so silence may mean that, too; and damaged bytes are
      // read anew for their checksum
      if (isExpired || error.status === undefined || error.code === 'corrupt') part = { ...part, isFresh: () => false };
      if (isExpired) continue;
      await silence.check(error, part.url);
      if (isSent && error.status === undefined && !(await missing()).some((part) => part.number === number)) return;
      await retry.waitAfter(error);
    }
  }
}
