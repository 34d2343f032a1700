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

/** The media type that the signer and the storage are told: one and the same. */
export function mediaType({ name, type }: Pick<File, 'name' | 'type'>): string {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  // without parameters: policies are written for bare types
  const bare = type.split(';')[0]!.trim().toLowerCase();
  return bare || (Object.hasOwn(BY_EXTENSION, extension) && BY_EXTENSION[extension]!) || 'application/octet-stream';
}
