/** Runs tasks with the same key one after another, and tasks with different keys in parallel. */
export class KeyedQueue {
  /** The last task of each key, without its errors. */
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs a task once all earlier tasks with this key have settled. Rejects as the task does. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const previous = this.#tails.get(key) ?? Promise.resolve();
    const current = previous.then(task);
    const settled = current.catch(() => {});
    this.#tails.set(key, settled);
    try {
      return await current;
    } finally {
      if (this.#tails.get(key) === settled) this.#tails.delete(key);
    }
  }
}
