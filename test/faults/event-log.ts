import type { S3UploaderElement } from '../../widget/index.ts';

const TERMINAL = ['upload-success', 'upload-error', 'upload-abort'];
const TYPES = ['file-add', 'file-remove', 'upload-start', ...TERMINAL];

/** The events of each file, in order, and the rules that they follow. */
export class EventLog {
  readonly #element: S3UploaderElement;
  readonly #events = new Map<string, string[]>();

  constructor(element: S3UploaderElement) {
    this.#element = element;
    for (const type of TYPES) {
      element.addEventListener(type, (event) => {
        const { id } = (event as CustomEvent<{ id: string }>).detail;
        this.#events.set(id, [...(this.#events.get(id) ?? []), type]);
      });
    }
  }

  /** @throws {Error} when the events of a file are in an order that cannot be */
  check(): void {
    for (const [id, types] of this.#events) {
      const fail = (problem: string): never => {
        throw new Error(`file ${id} ${problem}: ${types.join(', ')}`);
      };
      const text = types.join(' ');
      if (types.indexOf('file-remove') !== types.lastIndexOf('file-remove')) fail('was removed twice');
      if (/file-remove \S/.test(text)) fail('has events after its removal');
      if (/upload-(success|error) upload-(success|error)/.test(text)) fail('has ended twice');
      if (/upload-abort upload-(abort|success|error)/.test(text)) fail('goes on after its end');
      if (/upload-success (?!file-remove)/.test(text)) fail('goes on although it is stored');
    }
  }

  /** @throws {Error} when a file of the list that has ended has not exactly one event for that, its last */
  checkEnds(): void {
    this.check();
    for (const { id, status } of this.#element.files) {
      const last = this.#events.get(id)?.at(-1);
      const expected = { done: 'upload-success', canceled: 'upload-abort', failed: 'upload-error' }[status as 'done'];
      if (expected && last !== expected) throw new Error(`file ${id} is ${status}, and its last event is ${last}`);
    }
  }
}
