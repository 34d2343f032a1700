import type { UploadError } from '../../core/errors.ts';
import { abortable } from '../../core/network.ts';
import { unexpectedMembers } from '../http/bad-response.ts';
import { isObject, type JsonObject } from '../http/json-guards.ts';

/** Milliseconds in which uploads are gathered for the next request while one is under way. */
const GATHERING_MS = 50;
/** Maximum number of uploads of one request, as the contract allows. */
const MAX_UPLOADS = 50;
/** Maximum characters of the tickets of one request: half of what the contract allows. */
const MAX_CHARACTERS = 262_144;

/** The signer's problem with one upload of several. */
export type ExplainProblem = (problem: JsonObject, signal: AbortSignal) => Promise<UploadError>;

/** Sends tickets to `/complete`; resolves to an answer with the member `files`, with one file for each ticket. */
export type SendTickets = (tickets: readonly string[], signal: AbortSignal) => Promise<JsonObject>;

interface Upload {
  readonly ticket: string;
  readonly signal: AbortSignal;
  settle(answer: () => JsonObject | Promise<JsonObject>): void;
}

/**
 * Completes uploads in few requests: the first at once, and those that follow while a request is under way together. A slow
 * request does not delay the next.
 */
export class UploadCompleter {
  readonly #send: SendTickets;
  readonly #explain: ExplainProblem;
  #waiting: Upload[] = [];
  #requests = 0;

  constructor(send: SendTickets, explain: ExplainProblem) {
    this.#send = send;
    this.#explain = explain;
  }

  /**
   * Completes one upload.
   *
   * @returns the signer's answer for it
   * @throws {UploadError} the signer's problem with it, or that of the whole request; the signal's reason when aborted
   */
  async complete(ticket: string, signal: AbortSignal): Promise<JsonObject> {
    const answer = await abortable<() => JsonObject | Promise<JsonObject>>(signal, (settle) => {
      this.#waiting.push({ ticket, signal, settle });
      if (this.#waiting.length > 1) return;
      if (this.#requests) setTimeout(() => void this.#complete(), GATHERING_MS);
      else queueMicrotask(() => void this.#complete());
    });
    return answer();
  }

  /** Never rejects: each upload gets its own answer. */
  async #complete(): Promise<void> {
    const waiting = this.#waiting.filter(({ signal }) => !signal.aborted);
    this.#waiting = [];
    const batches: Upload[][] = [];
    let characters = 0;
    for (const upload of waiting) {
      const last = batches.at(-1);
      characters += upload.ticket.length;
      if (last && last.length < MAX_UPLOADS && characters <= MAX_CHARACTERS) last.push(upload);
      else {
        batches.push([upload]);
        characters = upload.ticket.length;
      }
    }
    await Promise.all(batches.map((batch) => this.#completeBatch(batch)));
  }

  async #completeBatch(batch: readonly Upload[]): Promise<void> {
    const controller = new AbortController();
    const abort = (): void => {
      if (batch.every(({ signal }) => signal.aborted)) controller.abort(batch[0]!.signal.reason);
    };
    for (const { signal } of batch) signal.addEventListener('abort', abort);
    this.#requests += 1;
    try {
      const answer = await this.#send(
        batch.map(({ ticket }) => ticket),
        controller.signal,
      );
      const { files } = answer;
      if (!Array.isArray(files) || files.length !== batch.length) {
        throw unexpectedMembers(answer, 'files, one for each ticket');
      }
      batch.forEach(({ settle, signal }, i) => settle(() => this.#answerOf(files[i], signal)));
    } catch (error) {
      for (const { settle } of batch) {
        settle(() => {
          throw error;
        });
      }
    } finally {
      this.#requests -= 1;
      for (const { signal } of batch) signal.removeEventListener('abort', abort);
    }
  }

  async #answerOf(file: unknown, signal: AbortSignal): Promise<JsonObject> {
    if (!isObject(file)) throw unexpectedMembers(file, 'a file');
    const { error } = file;
    if (isObject(error)) throw await this.#explain(error, signal);
    return file;
  }
}
