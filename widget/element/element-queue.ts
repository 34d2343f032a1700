import type { Emit } from '../core/events.ts';
import { Uploader } from '../core/uploader.ts';
import type { UploaderOptions } from '../core/uploader-options.ts';

/** The queue of an element, which dispatches its events itself: all except `update`. */
export class ElementQueue extends Uploader {
  readonly #emit: Emit;

  constructor(options: UploaderOptions, emit: Emit) {
    super(options);
    this.#emit = emit;
  }

  protected override emit(...event: Parameters<Emit>): boolean {
    return this.#emit(...event);
  }
}
