import { isUploadError, UploadError } from './errors.ts';
import type { FileInfo, UploadItem } from './item.ts';
import { mediaType } from './media-type.ts';
import { checkReadable } from './readable.ts';

export interface PreparationOptions {
  /** Looks into a file before it is queued; resolves to why it may not be, or to undefined. */
  check?: ((file: FileInfo, signal: AbortSignal) => Promise<UploadError | undefined>) | undefined;
  /** Makes what is sent in place of a file that was added; the limits of size are those of what is sent. */
  prepare?: ((file: File, signal: AbortSignal) => Promise<File>) | undefined;
}

/** What is another's than the file's that was added. */
type Made = Partial<Pick<FileInfo, 'file' | 'picked' | 'name' | 'size' | 'type'>>;

/** Files that have to be looked into, or made into others, before they may be queued. */
export class Preparation {
  /** Ids of those that it has not been done with, and whether each is to take the place of the files before it. */
  readonly #raw = new Map<string, boolean>();
  readonly #working = new Map<string, AbortController>();

  /** Notes a file that is to be made ready. */
  expect(id: string, isReplacing: boolean): void {
    this.#raw.set(id, isReplacing);
  }

  isExpected(id: string): boolean {
    return this.#raw.has(id);
  }

  /** @returns why it may not be added; undefined when it was stopped, or somebody else waits for it already */
  async make(item: UploadItem, options: PreparationOptions): Promise<Made | UploadError | undefined> {
    const { id } = item;
    if (this.#working.has(id)) return undefined;
    const controller = new AbortController();
    this.#working.set(id, controller);
    try {
      // what does not heed its signal is not waited for
      return await Promise.race([made(item, options, controller.signal), aborted(controller.signal)]);
    } catch (cause) {
      if (controller.signal.aborted) return undefined;
      return isUploadError(cause) ? cause : await whyNot(item.file!, cause);
    } finally {
      if (this.#working.get(id) === controller) this.#working.delete(id);
    }
  }

  /** The file is ready, or refused. @returns whether it takes the place of those before it */
  finish(id: string): boolean {
    const isReplacing = this.#raw.get(id);
    this.#raw.delete(id);
    return !!isReplacing;
  }

  stop(id: string): void {
    this.#working.get(id)?.abort();
    this.#working.delete(id);
  }
}

/** @throws {UploadError} why it may not be added */
async function made(item: UploadItem, { check, prepare }: PreparationOptions, signal: AbortSignal): Promise<Made> {
  const error = await check?.(item, signal);
  if (error) throw error;
  const picked = item.file!;
  const file = (await prepare?.(picked, signal)) ?? picked;
  return file === picked ? {} : { file, picked, name: file.name, size: file.size, type: mediaType(file) };
}

/** Why a file could not be looked into. */
async function whyNot(file: File, cause: unknown): Promise<UploadError> {
  try {
    await checkReadable(file, 'validate');
  } catch (error) {
    return error as UploadError;
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return new UploadError('invalid', message, { phase: 'validate', cause });
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
