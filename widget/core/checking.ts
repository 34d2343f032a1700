import { UploadError } from './errors.ts';
import type { UploadState } from './item.ts';
import { delay } from './network.ts';
import type { StoredFile } from './protocol.ts';
import type { RetryOptions } from './retry.ts';
import { callWithRetries } from './retrying-call.ts';
import type { FileBeingChecked, UploadGrant } from './sign.ts';

/** First and maximum wait before the signer is asked again, in milliseconds. The wait doubles each time. */
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
/** Milliseconds of the longest wait that a signer may ask for. */
const MAX_HINT_MS = 120_000;

/** Options of {@link untilChecked}. */
export interface CheckingOptions {
  /** Bytes of the file. */
  readonly size: number;
  readonly retry: RetryOptions;
  report(state: UploadState): void;
}

/**
 * Waits until the signer has checked a stored file, such as for viruses. The signer is asked again for as long as it accepts the
 * file's ticket.
 *
 * @throws {UploadError} `file-refused` or `object-differs` when the check has failed; `signer-refused` when the signer no longer
 *   knows the file; the signal's reason when aborted
 */
export async function untilChecked(
  answer: FileBeingChecked,
  { confirm }: UploadGrant,
  { size, retry, report }: CheckingOptions,
): Promise<StoredFile> {
  if (!confirm) throw unknownFile();
  let now: StoredFile | FileBeingChecked | null = answer;
  for (let wait = FIRST_WAIT_MS; 'status' in now; wait = Math.min(2 * wait, MAX_WAIT_MS)) {
    report({ status: 'finishing', loaded: size, checking: true });
    await delay(Math.max(wait, Math.min(now.retryAfter ?? 0, MAX_HINT_MS)), retry.signal);
    now = await callWithRetries(confirm, retry).catch((error: unknown) => {
      // the file must not be signed and sent again
      throw (error as UploadError).code === 'upload-lost' ? unknownFile(error as UploadError) : error;
    });
    if (!now) throw unknownFile();
  }
  return now;
}

const unknownFile = (cause?: UploadError): UploadError =>
  new UploadError('signer-refused', 'the signer does not know a file any more that it was checking', {
    phase: 'finalize',
    status: cause?.status,
    cause,
  });
