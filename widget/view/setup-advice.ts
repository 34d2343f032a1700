import type { UploadErrorCode } from '../core/errors.ts';
import { ERROR_CAUSES } from './error-table.ts';

/** The usual cause of a fault of the set-up, and its fix, for the console. A chunk of its own: visitors need neither. */
export function adviceOn(code: UploadErrorCode): string {
  const [cause, fix] = ERROR_CAUSES[code];
  return `Cause: ${cause}\nFix: ${fix}`;
}
