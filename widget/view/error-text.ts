import type { UploadError, UploadErrorCode } from '../core/errors.ts';
import type { FileInfo, UploadItem } from '../core/item.ts';
import { enErrors } from '../locales/en-errors.ts';
import type { LabelKey } from '../locales/labels.ts';
import { listNames } from './announcer.ts';
import { ERROR_TEXTS } from './error-table.ts';
import { fileKinds } from './limits-text.ts';
import type { Localizer } from './localizer.ts';
import { listText } from './quantities.ts';

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
 * itself or a check of the stored file refused it. A fault of the set-up has none: the element says it once for all files.
 */
export function errorText(file: FileInfo, error: UploadError, accepted: AcceptedFiles, localizer: Localizer): string {
  const { code, limit, message, status } = error;
  if (code === 'invalid' || (code === 'file-refused' && message)) return message;
  if (code === 'file-type') return typeText(error, accepted, localizer);
  if (code === 'image-dimensions') return dimensionsText(accepted, localizer);
  // a signer may refuse a file without naming its limit
  if (code.includes('too-') && limit === undefined) return localizer.term('signer-refused');
  // a later version of the core may have further codes
  const [, text] = (ERROR_TEXTS as Partial<Record<UploadErrorCode, readonly [string, LabelKey]>>)[code] ?? [
    '',
    'unknown',
  ];
  // a server that responds is not a lost connection
  const isBusy = code === 'signer-unreachable' && status !== undefined;
  const key = isBusy ? 'storage-busy' : text;
  if (key === 'setup') return '';
  // rounded away from the limit: "1 MB is too large. The limit is 1 MB." would puzzle
  const options = { roundingMode: code === 'file-too-large' ? 'ceil' : 'floor' } as Intl.NumberFormatOptions;
  return localizer.term(key, {
    code,
    n: limit ?? 0,
    limit: localizer.size(limit ?? 0),
    size: localizer.size(file.size, options),
  });
}

/** Names the accepted types, unless the signer refused one of them or some of them have no name for visitors. */
function typeText({ phase }: UploadError, { accept = '' }: AcceptedFiles, localizer: Localizer): string {
  const kinds = fileKinds(accept, localizer);
  const isHelpful = phase === 'validate' && accept.split(',').every((type) => fileKinds(type, localizer).length);
  if (!isHelpful) return localizer.term('other-type');
  // `images` and `videos` are plural, `audio` and `PDF` are not
  const n = /^(image|video)/.test(accept) ? 2 : kinds.length;
  return localizer.term('file-type', { n, types: listText(kinds, localizer) });
}

/** Names the limits that are set, because the error does not contain which of them the image exceeds. */
function dimensionsText({ minImageSize, maxImageSize }: AcceptedFiles, localizer: Localizer): string {
  const sentence = (key: LabelKey, size: string | undefined): readonly string[] =>
    size
      ? [
          localizer.term(key, {
            size: size
              .split('x')
              .map((side) => localizer.number(+side))
              .join('\u00a0×\u00a0'),
          }),
        ]
      : [];
  return [...sentence('image-min', minImageSize), ...sentence('image-max', maxImageSize)].join(' ');
}

/** Which files of unfinished uploads the visitor must choose again; empty if there are none. */
export function unfinishedText(files: readonly UploadItem[], localizer: Localizer): string {
  const names = files.flatMap((item) =>
    item.status === 'paused' && item.error?.code === 'file-missing' ? item.name : [],
  );
  return names.length ? `${listNames(names, localizer)}: ${localizer.term('file-missing')}` : '';
}
