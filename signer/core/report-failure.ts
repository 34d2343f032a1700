import type { Context } from 'hono';
import type { HTTPException } from 'hono/http-exception';
import type { Admission } from './admission.ts';
import { ProblemError, toVisible } from './problem.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { storageBusy } from './storage-calls.ts';
import { isStorageError, statusOf } from './storage-error.ts';

/** Emits the event of a request that failed, or of one upload in it. Returns the error as the client may see it. */
export type ReportFailure = (error: unknown, c: Context) => HTTPException;

/** Makes the function that reports failures, those of the storage among them. */
export function createFailureReport({ onEvent }: ResolvedOptions, { ownerOf }: Admission): ReportFailure {
  return function reportFailure(error, c) {
    const meant = isStorageError(error) ? storageProblem(error) : error;
    const visible = toVisible(meant);
    const status = visible.res?.status ?? visible.status;
    if (status >= 500) {
      onEvent({ action: 'error', status, code: codeOf(meant) ?? 'internal', error }, c);
    } else if (status >= 400) {
      onEvent({ action: 'refused', owner: ownerOf(c), status, code: codeOf(meant) ?? 'refused' }, c);
    }
    return visible;
  };
}

const codeOf = (error: unknown): string | undefined => (error instanceof ProblemError ? error.code : undefined);

function storageProblem(cause: unknown): ProblemError {
  if (statusOf(cause) === 503 || statusOf(cause) === 429) return storageBusy(cause);
  return new ProblemError(502, 'storage-failed', "The storage request failed. The signer's log has the reason.", {
    cause,
  });
}
