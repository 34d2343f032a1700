/** The other side did not answer in time: the page is blocked, or the uploader waits for ever. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/**
 * Waits no longer than `ms` for a promise.
 *
 * @throws {NoAnswer} after that
 */
export async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer in ${Math.round(ms / 1000)} s`)), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
