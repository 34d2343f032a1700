import type { Context } from 'hono';
import type { StoredFile } from '../../widget/core/protocol.ts';
import type { Completion } from './completion.ts';
import { differsFromTicket } from './object-attributes.ts';
import type { ObjectHead } from './object-head.ts';
import { ProblemError } from './problem.ts';
import type { Quarantine } from './quarantine-option.ts';
import { checkedKey, finalKey } from './quarantine-key.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { ObjectStorage } from './storage.ts';
import type { Ticket } from './tickets.ts';

/** Milliseconds after which an unfinished check is started again: a Worker may have been stopped during it. */
const MAX_CHECK_MS = 5 * 60_000;
/** Milliseconds for which a refusal is remembered: the file is deleted, and the response may be lost. */
const REFUSED_FILE_MS = 15 * 60_000;
/** Maximum checks that are remembered, which bounds the memory. The oldest is forgotten first. */
const MAX_CHECKS = 10_000;

/** Maximum characters of a refusal's message. */
const MAX_REFUSAL_CHARACTERS = 500;

/** The check of one file. */
interface Check {
  result: Promise<StoredFile | 'processing'>;
  /** When it is forgotten, in milliseconds since 1970. */
  until: number;
  /** Whether it has ended with a refusal. */
  isRefused: boolean;
}

/** Issues the receipt of the object with this key. */
export type IssueReceipt = (c: Context, ticket: Ticket, key: string, head: ObjectHead) => Promise<StoredFile>;

/**
 * Makes the function that confirms an upload to the quarantine: it sets the file aside, asks for the verdict, and moves the file
 * to its final key or deletes it. Everything it needs to go on is in the storage, so a process that dies loses nothing: the next
 * confirmation, by any process, finds the file where it was left. A file only moves from the upload's key to the checked key, and
 * then to the final key.
 *
 * @returns a function that resolves to undefined if the file is not stored
 */
export function createQuarantine(
  { bucket, quarantine }: Pick<ResolvedOptions, 'bucket'> & { quarantine: Required<Quarantine> },
  storage: ObjectStorage,
  issueReceipt: IssueReceipt,
) {
  const checks = createChecks();

  /** Whether a copy of the upload is checked, and not the upload itself. */
  const needsCopy = (ticket: Ticket): boolean => checkedKey(ticket, quarantine) !== ticket.key;

  /**
   * Copies an uploaded file to the key that is checked, unless there is one already.
   *
   * @returns the object to check; undefined if the file has changed or gone meanwhile
   * @throws {ProblemError} 422 `object-differs`
   */
  const setAside = async (ticket: Ticket, uploaded: ObjectHead): Promise<ObjectHead | undefined> => {
    if (differsFromTicket(ticket, uploaded.attributes)) throw objectDiffers();
    if (!needsCopy(ticket)) return uploaded;
    const key = checkedKey(ticket, quarantine);
    const isCopied = await storage.copyObject(ticket.key, key, uploaded);
    const copy = await storage.headObject(key);
    if (isCopied && !copy) throw unreadableCopy();
    return copy;
  };

  const check = async (c: Context, ticket: Ticket, checked: ObjectHead): Promise<StoredFile | 'processing'> => {
    const { type, owner } = ticket;
    const { etag, size } = checked;
    const key = checkedKey(ticket, quarantine);
    // The copy may have been made of another file than the one that was looked at.
    if (size !== ticket.size || differsFromTicket(ticket, checked.attributes)) {
      await storage.deleteObject(key);
      throw objectDiffers();
    }
    const target = finalKey(ticket.key, quarantine);
    const location = await storage.objectUrl(key);
    const verdict: unknown = await quarantine.accept(
      { bucket, key, location, etag, size, type, owner, finalKey: target },
      c,
    );
    if (verdict === 'processing') return verdict;
    if (verdict === 'accepted') {
      const final = await promote(key, target, checked);
      if (!final) return 'processing';
      await deleteWaiting(ticket);
      return issueReceipt(c, ticket, target, final);
    }
    const reason = (verdict as { refused?: unknown } | null)?.refused;
    if (typeof reason !== 'string') {
      throw new TypeError('quarantine.accept must return "accepted", "processing" or { refused: "the reason" }');
    }
    await deleteWaiting(ticket);
    throw new FileRefused(reason);
  };

  /** @returns the final object; undefined if the checked one has changed or gone, and there is no final one */
  const promote = async (key: string, target: string, checked: ObjectHead): Promise<ObjectHead | undefined> => {
    const isCopied = await storage.copyObject(key, target, checked);
    const [source, final] = await Promise.all([storage.headObject(key), storage.headObject(target)]);
    // If this process made no copy, the final object is another process's copy of the same accepted file.
    if (!isCopied) return final;
    if (!final) throw unreadableCopy();
    // Ceph's gateway ignores the condition on the source. Other storages give a copy another ETag. A source that is gone was
    // deleted by another process, which has accepted it.
    const isUnchanged = !source || (source.etag === checked.etag && source.modified === checked.modified);
    if (final.etag === checked.etag || isUnchanged) return final;
    await storage.deleteObject(target);
    return undefined;
  };

  const deleteWaiting = async (ticket: Ticket): Promise<void> => {
    for (const key of new Set([ticket.key, checkedKey(ticket, quarantine)])) await storage.deleteObject(key);
  };

  return async function confirmQuarantined(
    c: Context,
    ticket: Ticket,
    completion?: Completion,
  ): Promise<StoredFile | 'processing' | undefined> {
    const { key, size } = ticket;
    const wait = quarantine.wait / (completion?.rounds ?? 1);
    const running = checks.join(key, wait);
    if (running) return running;
    const target = finalKey(key, quarantine);
    // In the order in which a file moves, so that one that another process moves is not missed.
    const uploaded = await storage.headObject(key);
    const aside = needsCopy(ticket) ? await storage.headObject(checkedKey(ticket, quarantine)) : undefined;
    const final = await storage.headObject(target);
    if (final) {
      // Left by a process that died after the copy, or stored again by the same signature: it must not replace the final one.
      if (uploaded || aside) await deleteWaiting(ticket);
      return issueReceipt(c, ticket, target, final);
    }
    if (!aside && uploaded?.size !== size) return checks.refusalOf(key);
    const checkNext = async (): Promise<StoredFile | 'processing'> => {
      const checked = aside ?? (uploaded && (await setAside(ticket, uploaded)));
      return checked ? check(c, ticket, checked) : 'processing';
    };
    return (
      checks.join(key, wait) ??
      checks.start(key, wait, () => {
        const result = checkNext();
        keepAlive(c, result);
        return result;
      })
    );
  };
}

/** A fault of the set-up: the signer may write a copy, and not read it. */
const unreadableCopy = (): Error =>
  new Error('A copy was made that cannot be read: the signer needs its permissions in both folders of the quarantine.');

/** A 422 for an object that was not stored as it was signed. */
export const objectDiffers = (): ProblemError =>
  new ProblemError(
    422,
    'object-differs',
    'The object is stored with another type, name, encoding, cache header or metadata than was signed.',
  );

/** A 422 for a file that the application refused. */
class FileRefused extends ProblemError {
  constructor(words: string) {
    super(422, 'file-refused', words.slice(0, MAX_REFUSAL_CHARACTERS) || 'The file was refused.');
  }
}

/** The checks of this process: one at a time for each key. A result that no confirmation has seen waits for the next one. */
function createChecks() {
  const checks = new Map<string, Check>();

  const add = (key: string, result: Check['result']): Check => {
    const check: Check = { result, until: Date.now() + MAX_CHECK_MS, isRefused: false };
    result.catch((error: unknown) => {
      if (!(error instanceof FileRefused)) return;
      check.isRefused = true;
      check.until = Date.now() + REFUSED_FILE_MS;
    });
    checks.delete(key);
    checks.set(key, check);
    for (const oldest of checks.keys()) {
      if (checks.size <= MAX_CHECKS) break;
      checks.delete(oldest);
    }
    return check;
  };

  const find = (key: string): Check | undefined => {
    const check = checks.get(key);
    if (check && check.until > Date.now()) return check;
    checks.delete(key);
    return undefined;
  };

  /** Resolves to `processing` after this many milliseconds. Then the result is for the next confirmation. */
  const wait = async (key: string, check: Check, milliseconds: number): Check['result'] => {
    let hasEnded = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<'processing'>((resolve) => {
      timer = setTimeout(() => {
        hasEnded = false;
        resolve('processing');
      }, milliseconds);
    });
    try {
      return await Promise.race([check.result, timeout]);
    } finally {
      clearTimeout(timer);
      if (hasEnded && !check.isRefused && checks.get(key) === check) checks.delete(key);
    }
  };

  return {
    /** Waits for the check of this key that runs, or has ended unseen. Undefined if there is none. */
    join(key: string, milliseconds: number): Check['result'] | undefined {
      const check = find(key);
      // A file that is stored after a refusal is another one.
      return check && !check.isRefused ? wait(key, check, milliseconds) : undefined;
    },

    /** Starts a check, and waits for it. Resolves to `processing` after this many milliseconds. */
    start: (key: string, milliseconds: number, start: () => Check['result']): Check['result'] =>
      wait(key, add(key, start()), milliseconds),

    /** @throws {ProblemError} the refusal of a file that was deleted; returns undefined if there was none */
    async refusalOf(key: string): Promise<undefined> {
      const check = find(key);
      if (check?.isRefused) await check.result;
    },
  };
}

/** On platforms that stop after the response, such as Workers, asks for time until the check has ended. */
function keepAlive(c: Context, result: Promise<unknown>): void {
  const ended = result.catch(() => undefined);
  try {
    c.executionCtx.waitUntil(ended);
  } catch {
    // Other platforms have no such context.
  }
}
