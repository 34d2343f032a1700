import type { UploadError, UploadErrorCode } from '../core/errors.ts';
import type { UploadItem } from '../core/item.ts';
import { ERROR_TEXTS } from './error-table.ts';
import type { Localizer } from './localizer.ts';

const isSetupFault = ({ code }: UploadError): boolean => ERROR_TEXTS[code][1] === 'setup';

/** Faults of the set-up that a single file can have, too: the storage may refuse its key, or have an object there. */
const OF_ONE_FILE: readonly UploadErrorCode[] = ['storage-refused', 'already-stored', 'object-differs'];

/** The number of such failures that shows, while no file is stored, that the set-up is at fault and not the files. */
const MANY = 3;

/**
 * The faults of the set-up that files have failed by, which stop every file until the page's author or the operator fixes
 * them: one sentence for the visitor, and the console for who fixes them. The files stay `failed`, with one `upload-error`
 * each; only their rows do not repeat the sentence. A fault that only some of several files have is told in their rows.
 */
export class SetupFaults {
  /** The messages that were printed. */
  readonly #printed = new Set<string>();
  /** Whether a file has been stored since the element was created: the set-up works. */
  #hasStored = false;
  /** Whether faults that a single file can have stop every file. */
  #stopsAll = false;

  /** Whether the element tells an error once, for all files, and no row does. */
  readonly isTold = (error: UploadError): boolean =>
    isSetupFault(error) && (this.#stopsAll || !OF_ONE_FILE.includes(error.code));

  /** Must be called before each draw. @returns whether any fault of the set-up is told once: `isTold` changes with it */
  update(items: readonly UploadItem[]): boolean {
    const failures = failuresOf(items);
    this.#hasStored ||= items.some(({ status, file }) => status === 'done' && file);
    this.#stopsAll =
      !this.#hasStored &&
      failures.length > 0 &&
      (failures.length >= MANY || items.every(({ status }) => ['failed', 'rejected', 'done'].includes(status)));
    return this.#stopsAll;
  }

  /** Prints each distinct message once. @returns the sentence about the first fault to tell; empty if there is none */
  report(items: readonly UploadItem[], localizer: Localizer): string {
    this.update(items);
    const errors = failuresOf(items);
    for (const error of errors) this.#print(error);
    const told = errors.find(this.isTold);
    return told ? localizer.term('setup', { code: told.code }) : '';
  }

  #print({ code, message }: UploadError): void {
    if (this.#printed.has(message)) return;
    this.#printed.add(message);
    void import('./setup-advice.ts').then(
      ({ adviceOn }) => printFault(`${message}\n${adviceOn(code)}`, code),
      () => printFault(message, code), // without its chunk, the advice is missing; the message is not
    );
  }
}

function failuresOf(items: readonly UploadItem[]): readonly UploadError[] {
  return items.flatMap((item) => (item.status === 'failed' && isSetupFault(item.error) ? item.error : []));
}

function printFault(text: string, code: string): void {
  // eslint-disable-next-line no-console -- the page's author looks there, and the visitor cannot fix it
  console.error(`<s3-uploader>: uploads are not set up correctly (${code}). ${text}`);
}
