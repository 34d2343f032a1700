import type { FileInfo } from '../../core/item.ts';

/** Names of files as parts of keys: each file has one of its own, and keeps it when it is tried again. */
export class UniqueFileNames {
  readonly #byId = new Map<string, string>();
  readonly #taken = new Set<string>();

  nameFor({ id, name }: FileInfo): string {
    const known = this.#byId.get(id);
    if (known) return known;
    // one look, one name; `$$` and `${` mean something to S3, and control characters nothing to anybody
    const plain = name.normalize('NFC').replace(/\$(?=[{$])|\p{Cc}/gu, '_');
    const dot = plain.lastIndexOf('.') > 0 ? plain.lastIndexOf('.') : plain.length;
    let own = plain;
    for (let count = 2; this.#taken.has(own); count += 1) own = `${plain.slice(0, dot)}-${count}${plain.slice(dot)}`;
    this.#taken.add(own);
    this.#byId.set(id, own);
    return own;
  }
}
