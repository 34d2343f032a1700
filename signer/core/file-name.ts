import { extensionOf } from './media-types.ts';

/**
 * Characters that change how a name is displayed, and not what it says: controls, such as a line break; marks that reverse the
 * direction, with which `exe.gpj` reads `jpg.exe` backwards; and invisible ones. Joiners stay: emoji and Persian need them.
 */
const INVISIBLE = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\u00ad\u200b\u2060-\u2064\ufeff\ufff9-\ufffb]/gu;

/**
 * A file's name without folders, without invisible characters, and without the dots and blanks at its end, which Windows drops.
 *
 * @returns `file` if nothing else is left
 */
export function cleanName(name: string): string {
  const last = name.replace(INVISIBLE, '').replace(/^.*[/\\]/s, '');
  return trimEnd(last).trimStart() || 'file';
}

/** A cleaned name that ends in the extension. `setup.exe` with `.jpg` becomes `setup.exe.jpg`, and `cat.JPG` stays. */
export const withExtension = (name: string, extension: string): string =>
  extension === `.${extensionOf(name)}` ? name : name + extension;

/**
 * A file's path in its folder, whose last segment ends in the extension. It leads nowhere else: it has no `..`, drive or slash at
 * its start.
 */
export function cleanPath(path: string, extension: string): string {
  const folders = path.replace(INVISIBLE, '').split(/[/\\]/).slice(0, -1).map(trimEnd);
  const inside = folders.filter((each) => each && !/^[a-z]:$/i.test(each));
  return [...inside, withExtension(cleanName(path), extension)].join('/');
}

/** In linear time, unlike `/[. ]+$/` on a name of many dots. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && /[.\s]/.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}
