import type { FileInfo } from '../../core/item.ts';

/** Gives each file a name that no other file of the form has. A retry uses the same name. */
export class UniqueFileNames {
  readonly #byId = new Map<string, string>();
  readonly #used = new Set<string>();
  /** The last number that was tried for a name, so that thousands of one name take linear time. */
  readonly #counts = new Map<string, number>();

  /** The name that replaces `${filename}`: `cat.jpg`, then `cat-2.jpg` for another file of that name. */
  nameFor({ id, name }: FileInfo): string {
    const known = this.#byId.get(id);
    if (known) return known;
    // NFC makes names equal that look the same. S3 interprets `${` and `$$` in a key, and control characters are not allowed
    // in names, so both are replaced.
    const plain = name.normalize('NFC').replace(/\$(?=[{$])|\p{Cc}/gu, '_');
    const dot = plain.lastIndexOf('.') > 0 ? plain.lastIndexOf('.') : plain.length;
    let unique = plain;
    let count = this.#counts.get(plain) ?? 1;
    while (this.#used.has(unique)) unique = `${plain.slice(0, dot)}-${(count += 1)}${plain.slice(dot)}`;
    this.#counts.set(plain, count);
    this.#used.add(unique);
    this.#byId.set(id, unique);
    return unique;
  }
}
