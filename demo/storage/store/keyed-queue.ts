/** Runs tasks of one name one after the other, tasks of different names side by side. */
export class Locks {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<T>(name: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(name) ?? Promise.resolve();
    const mine = before.then(task);
    const settled = mine.catch(() => {});
    this.#tails.set(name, settled);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(name) === settled) this.#tails.delete(name);
    }
  }
}
