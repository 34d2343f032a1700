import { isUploadError, UploadError, type UploadErrorCode } from '../core/errors.ts';
import type { FileInfo } from '../core/item.ts';
import { isPdfAfterOtherBytes, type Sniffed, sniff } from '../media/sniff.ts';

/** The page's requirements of a file beyond its name, type and size. */
export interface Checks {
  /** Whether the content must match the file's type. */
  readonly sniff: boolean;
  /** Smallest width and height of an image in pixels, as `600x400`. Default: none. */
  readonly minImageSize?: string;
  /** Largest width and height of an image in pixels, as `8000x8000`. Default: none. */
  readonly maxImageSize?: string;
  /** The page's own check. Default: none. */
  readonly validate?: Validate;
}

/**
 * The page's own check of a file, before the file is added. When it throws, the file is refused with the code `unknown`.
 *
 * @param options the signal is aborted when the file is removed or canceled meanwhile
 * @returns the reason why the file is refused, in words for the visitor; undefined or empty when it may be added
 */
export type Validate = (file: File, options: { signal: AbortSignal }) => string | void | Promise<string | void>;

/**
 * Checks the content of a file before it is added.
 *
 * @returns why the file is refused, also when it cannot be checked; undefined when it may be added
 */
export async function check(asked: Checks, info: FileInfo, signal: AbortSignal): Promise<UploadError | undefined> {
  const { file } = info;
  if (!file) return undefined;
  try {
    const { minImageSize, maxImageSize } = asked;
    if (asked.sniff || minImageSize || maxImageSize) {
      const found = await sniff(file);
      if (asked.sniff && isMismatch(info, found) && !(await isLatePdf(info, found))) return refuse('file-content');
      if (isOutside(found, minImageSize, maxImageSize)) return refuse('image-dimensions');
    }
    const words = await asked.validate?.(file, { signal });
    return words ? new UploadError('invalid', words, { phase: 'validate' }) : undefined;
  } catch (cause) {
    if (isUploadError(cause)) return cause;
    // a bug of the page, or its server cannot be reached: the message is for developers and may be in any language
    return new UploadError('unknown', `the page's own validate failed: ${String(cause)}`, { phase: 'validate', cause });
  }
}

const refuse = (code: UploadErrorCode): UploadError =>
  new UploadError(code, `refused before sending: ${code}`, { phase: 'validate' });

/**
 * The detected types that are accepted for each declared type. Content of a type not listed here may be anything but a
 * program.
 */
const EXPECTED: readonly (readonly [RegExp, readonly (string | undefined)[]])[] = [
  [/^image\/p?jpe?g$/, ['image/jpeg']],
  [/^image\/(hei[cf]|avif)/, ['image/heic', 'image/heif', 'image/avif']],
  [/^image\/(png|gif|webp|bmp|tiff)$/, []],
  [/^application\/pdf$/, ['application/pdf']],
  [/^(video|audio)\/(mp4|quicktime|(x-)?m4\w|3gpp2?)$/, ['video/mp4', 'video/quicktime']],
  [/webm|matroska/, ['video/webm']],
  [/\/(ogg|opus)$/, ['audio/ogg']],
  // these documents are not packed
  [/opendocument.*xml$/, [undefined]],
  [/\/(zip|epub\+zip|java-archive)$|opendocument/, ['application/zip']],
  // a document with a password has the older container
  [/openxmlformats/, ['application/zip', 'application/x-ole-storage']],
  [/msword|ms-excel|ms-powerpoint/, ['application/x-ole-storage', 'application/zip', undefined]],
  [/^text\/|json$/, [undefined]],
];

const PROGRAMS = ['application/vnd.microsoft.portable-executable', 'application/x-executable'];

/** Whether the bytes are not those of the file's type. */
function isMismatch({ type }: FileInfo, found: Sniffed | undefined): boolean {
  const expected = EXPECTED.find(([declared]) => declared.test(type))?.[1];
  if (!expected) return PROGRAMS.includes(found?.type ?? '') && !type.includes('octet-stream');
  return !(expected.length ? expected : [type]).includes(found?.type);
}

/** Whether a file is the PDF that its type says, although it does not begin like one. */
const isLatePdf = async ({ type, file }: FileInfo, found: Sniffed | undefined): Promise<boolean> =>
  type === 'application/pdf' && !found && isPdfAfterOtherBytes(file!);

function isOutside(found: Sniffed | undefined, min = '0x0', max = 'InfinityxInfinity'): boolean {
  if (!found?.width || !found.height) return false;
  const [minWidth, minHeight] = pixels(min);
  const [maxWidth, maxHeight] = pixels(max);
  const { width, height } = found;
  return width < minWidth || height < minHeight || width > maxWidth || height > maxHeight;
}

const pixels = (size: string): [number, number] => {
  const [width, height] = size.split('x').map(Number);
  return [width ?? 0, height ?? 0];
};
