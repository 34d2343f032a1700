import { rename, rm } from 'node:fs/promises';

/** A file that is deleted at the end of its request, unless it was moved to its place. */
export class TemporaryFile {
  readonly path: string;
  #moved = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Moves the file atomically, over an existing file if there is one. Both must be on the same file system. */
  async moveTo(place: string): Promise<void> {
    await rename(this.path, place);
    this.#moved = true;
  }

  /** Deletes the file, unless it was moved. */
  async discard(): Promise<void> {
    if (!this.#moved) await rm(this.path, { force: true });
  }
}
