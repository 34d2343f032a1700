import type { UploadError, UploadErrorCode } from '../core/errors.ts';
import type { FileInfo, UploadItem } from '../core/item.ts';
import { enErrors } from '../locales/en-errors.ts';
import { enLimits } from '../locales/en-limits.ts';
import type { LabelKey } from '../locales/labels.ts';
import { listNames } from './announcer.ts';
import { ERROR_TEXTS } from './error-table.ts';
import { fileKinds } from './file-kinds.ts';
import type { Localizer } from './localizer.ts';
import { dimensionsText, listText } from './quantities.ts';

export { enErrors };
export { ServerWait } from './server-wait.ts';
export { SetupFaults } from './setup-faults.ts';

/** The page's limits that the texts of errors name. */
export interface AcceptedFiles {
  /** Accepted types, as in the attribute of `<input type=file>`. */
  readonly accept?: string;
  /** Minimum dimensions of an image in pixels, as `600x400`. */
  readonly minImageSize?: string;
  /** Maximum dimensions of an image in pixels, as `8000x8000`. */
  readonly maxImageSize?: string;
}

/**
 * The text of an error for a visitor, with what they can do. The error's own message is for developers, except when the page
 * itself or a check of the stored file refused it. A fault of the set-up has the text for one that only this file has.
 */
export function errorText(file: FileInfo, error: UploadError, accepted: AcceptedFiles, localizer: Localizer): string {
  const { code, limit, message } = error;
  if (code === 'invalid' || (code === 'file-refused' && message)) return message;
  // a signer may refuse a type that the page accepts
  if (code === 'file-type') return typeText(error.phase === 'validate' ? accepted.accept : '', localizer);
  if (code === 'image-dimensions') return imageSizeText(accepted, localizer);
  // a signer may refuse a file without naming its limit
  if (code.includes('too-') && limit === undefined) return localizer.term('signer-refused');
  const key = textKeyOf(error);
  if (key === 'setup') return localizer.term('signer-refused');
  // rounded away from the limit: "1 MB is too large. The limit is 1 MB." would puzzle
  const options = { roundingMode: code === 'file-too-large' ? 'ceil' : 'floor' } as Intl.NumberFormatOptions;
  return localizer.term(key, {
    code,
    n: limit ?? 0,
    limit: localizer.size(limit ?? 0),
    size: localizer.size(file.size, options),
  });
}

function textKeyOf({ code, status }: UploadError): LabelKey {
  // a server that responds is not a lost connection
  if (code === 'signer-unreachable' && status !== undefined) return 'storage-busy';
  // a later version of the core may have further codes
  return (ERROR_TEXTS as Partial<Record<UploadErrorCode, readonly [string, LabelKey]>>)[code]?.[1] ?? 'unknown';
}

/** Texts of errors that a server or the connection causes, and no file. */
const SERVER_TEXTS: readonly LabelKey[] = ['network', 'storage-busy', 'quota-exceeded', 'expired'];

/**
 * The error that all failed files have in common, if it is no file's own.
 *
 * @returns the key of its text; undefined if there is none, or only one file has failed
 */
export function sharedFailure(items: readonly UploadItem[]): LabelKey | undefined {
  const keys = items.flatMap((item) => (item.status === 'failed' ? textKeyOf(item.error) : []));
  const [key] = keys;
  return key && keys.length > 1 && SERVER_TEXTS.includes(key) && keys.every((each) => each === key) ? key : undefined;
}

/** Names the accepted types, unless some of them have no name for visitors. */
export function typeText(accept: string | undefined, localizer: Localizer): string {
  const { words, isComplete, n } = fileKinds(accept, localizer.withEnglish(enLimits));
  return isComplete && words.length
    ? localizer.term('file-type', { n, types: listText(words, localizer) })
    : localizer.term('other-type');
}

/** Names the limits that are set, because the error does not contain which of them the image exceeds. */
function imageSizeText({ minImageSize, maxImageSize }: AcceptedFiles, localizer: Localizer): string {
  const sentence = (key: LabelKey, size: string | undefined): readonly string[] =>
    size ? [localizer.term(key, { size: dimensionsText(size, localizer) })] : [];
  return [...sentence('image-min', minImageSize), ...sentence('image-max', maxImageSize)].join(' ');
}

/** Which files of unfinished uploads the visitor must choose again; empty if there are none. */
export function unfinishedText(files: readonly UploadItem[], localizer: Localizer): string {
  const names = files.flatMap((item) =>
    item.status === 'paused' && item.error?.code === 'file-missing' ? item.name : [],
  );
  return names.length ? `${listNames(names, localizer)}: ${localizer.term('file-missing')}` : '';
}
