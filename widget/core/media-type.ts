/** Types that some browsers or systems do not know, by extension; `accept.ts` knows all others. */
const BY_EXTENSION: Record<string, string> = {
  heic: 'image/heic',
  heif: 'image/heif',
  avif: 'image/avif',
  webp: 'image/webp',
  mkv: 'video/x-matroska',
  flac: 'audio/flac',
  csv: 'text/csv',
  md: 'text/markdown',
  '7z': 'application/x-7z-compressed',
  rar: 'application/vnd.rar',
};

/** The type of a file whose type is not known. */
export const OCTET_STREAM = 'application/octet-stream';

/** The type in lower case, without parameters. */
export const bareType = ({ type }: Pick<File, 'type'>): string => {
  const end = type.indexOf(';');
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
};

/**
 * The media type that both the signer and the storage get: the browser's, else by the extension, else
 * `application/octet-stream`. Without parameters, since policies are written for bare types.
 */
export function mediaType(file: Pick<File, 'name' | 'type'>): string {
  const bare = bareType(file);
  if (bare && bare !== OCTET_STREAM) return bare;
  const extension = file.name.slice(file.name.lastIndexOf('.') + 1).toLowerCase();
  return (Object.hasOwn(BY_EXTENSION, extension) && BY_EXTENSION[extension]!) || OCTET_STREAM;
}
