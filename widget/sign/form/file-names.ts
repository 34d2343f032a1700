import type { FileInfo } from '../../core/item.ts';

/** Gives each file a name that no other file of the form has, and the same one at each retry. */
export class UniqueFileNames {
  readonly #byId = new Map<string, string>();
  readonly #used = new Set<string>();

  /** The name to put in the place of `${filename}`: `cat.jpg`, then `cat-2.jpg` for another file of that name. */
  nameFor({ id, name }: FileInfo): string {
    const known = this.#byId.get(id);
    if (known) return known;
    // NFC: names that look alike become equal. `${` and `$$` have a meaning in keys, and control characters have none.
    const plain = name.normalize('NFC').replace(/\$(?=[{$])|\p{Cc}/gu, '_');
    const dot = plain.lastIndexOf('.') > 0 ? plain.lastIndexOf('.') : plain.length;
    let unique = plain;
    for (let count = 2; this.#used.has(unique); count += 1)
      unique = `${plain.slice(0, dot)}-${count}${plain.slice(dot)}`;
    this.#used.add(unique);
    this.#byId.set(id, unique);
    return unique;
  }
}
