import type { UploadError } from '../core/errors.ts';
import type { UploadItem } from '../core/item.ts';
import { ERROR_TEXTS } from './error-table.ts';
import type { Localizer } from './localizer.ts';

/**
 * Whether an error is a fault of the set-up, which stops every file until the page's author or the operator fixes it.
 * Files that failed by one stay `failed`, with one `upload-error` each; only their rows do not repeat it.
 */
export const isSetupFault = ({ code }: UploadError): boolean => ERROR_TEXTS[code][1] === 'setup';

/** The faults of the set-up that files have failed by: one sentence for the visitor, and the console for who fixes it. */
export class SetupFaults {
  /** The messages that were printed. */
  readonly #printed = new Set<string>();

  /** Prints each distinct message once. @returns the sentence about the first fault; empty if there is none */
  report(items: readonly UploadItem[], localizer: Localizer): string {
    const errors = items.flatMap((item) => (item.status === 'failed' && isSetupFault(item.error) ? item.error : []));
    for (const error of errors) this.#print(error);
    return errors[0] ? localizer.term('setup', { code: errors[0].code }) : '';
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

function printFault(text: string, code: string): void {
  // eslint-disable-next-line no-console -- the page's author looks there, and the visitor cannot fix it
  console.error(`<s3-uploader>: uploads are not set up correctly (${code}). ${text}`);
}
