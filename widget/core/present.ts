import type { FileInfo, UploadItem } from './item.ts';
import type { Limits, Present } from './limits.ts';

/** What counts for the limits: what is to be stored, or is; told of each file that is added meanwhile. */
export function presentIn(
  items: Iterable<UploadItem>,
  { duplicates }: Limits,
): Present & { add(file: FileInfo): void } {
  const known = new Set<string>();
  const present = {
    count: 0,
    bytes: 0,
    has: (file: FileInfo) => known.has(fingerprint(file)),
    add(file: FileInfo) {
      present.count += 1;
      present.bytes += file.size;
      if (duplicates === 'skip') known.add(fingerprint(file));
    },
  };
  for (const item of items) if (item.status !== 'rejected' && item.status !== 'canceled') present.add(item);
  return present;
}

/** Of an empty list. */
export const NOTHING: Present = { count: 0, bytes: 0, has: () => false };

/** Of what was picked: what is made of it may have another name and size. */
const fingerprint = (info: FileInfo): string => {
  const { name, size, lastModified }: Partial<File> = info.picked ?? info.file ?? info;
  return [name, size, info.path, lastModified].join('/');
};
