/** Types that some browsers or systems do not know, by extension. */
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

/**
 * The media type that both the signer and the storage get: the browser's, else by the extension, else
 * `application/octet-stream`. Without parameters, since policies are written for bare types.
 */
export function mediaType({ name, type }: Pick<File, 'name' | 'type'>): string {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const bare = type.split(';')[0]!.trim().toLowerCase();
  return bare || (Object.hasOwn(BY_EXTENSION, extension) && BY_EXTENSION[extension]!) || 'application/octet-stream';
}
