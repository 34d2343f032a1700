import { isUploadError, UploadError, type UploadErrorCode } from '../core/errors.ts';
import type { FileInfo } from '../core/item.ts';
import { type Sniffed, sniff } from '../media/sniff.ts';

/** What a page asks of a file beyond its name, type and size. */
export interface Checks {
  /** Whether the bytes have to be what the type says. */
  readonly sniff: boolean;
  /** Pixels, as `600x400`. */
  readonly minImageSize?: string;
  readonly maxImageSize?: string;
  /** Resolves to why the file may not be added, in words for the visitor; to nothing when it may. */
  readonly validate?: Validate;
}

export type Validate = (file: File, options: { signal: AbortSignal }) => string | void | Promise<string | void>;

/** Looks into a file before it is added: why it may not be, or undefined. What cannot be looked into may not be, either. */
export async function check(asked: Checks, info: FileInfo, signal: AbortSignal): Promise<UploadError | undefined> {
  const { file } = info;
  if (!file) return undefined;
  try {
    const { minImageSize, maxImageSize } = asked;
    if (asked.sniff || minImageSize || maxImageSize) {
      const found = await sniff(file);
      if (asked.sniff && isMismatch(info, found)) return refuse('file-content');
      if (isOutside(found, minImageSize, maxImageSize)) return refuse('image-dimensions');
    }
    const words = await asked.validate?.(file, { signal });
    return words ? new UploadError('invalid', words, { phase: 'validate' }) : undefined;
  } catch (cause) {
    if (isUploadError(cause)) return cause;
    // a bug of the page, or its own server is out of reach: its words are for developers, and in any language
    return new UploadError('unknown', `the page's own validate failed: ${String(cause)}`, { phase: 'validate', cause });
  }
}

const refuse = (code: UploadErrorCode): UploadError =>
  new UploadError(code, `refused before sending: ${code}`, { phase: 'validate' });

/** What the bytes of a type may say; a type that is not here may be anything but a program. */
const EXPECTED: readonly (readonly [RegExp, readonly (string | undefined)[]])[] = [
  [/^image\/jpe?g$/, ['image/jpeg']],
  [/^image\/(hei[cf]|avif)/, ['image/heic', 'image/heif', 'image/avif']],
  [/^image\/(png|gif|webp|bmp|tiff)$/, []],
  [/^application\/pdf$/, ['application/pdf']],
  [/^(video|audio)\/(mp4|quicktime|x-m4\w|3gpp2?)$/, ['video/mp4', 'video/quicktime']],
  [/webm|matroska/, ['video/webm']],
  [/\/(ogg|opus)$/, ['audio/ogg']],
  [/\/(zip|epub\+zip|java-archive)$|opendocument/, ['application/zip']],
  // one with a password is sealed in the older container
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
