import { deadline, EXPIRY_MARGIN_MS } from './deadline.ts';
import { UploadError } from './errors.ts';
import { type FileInfo, isUnfinished } from './item.ts';
import type { ItemStore } from './item-store.ts';
import { loadOnce } from './lazy.ts';
import { isPlainGrant } from './plain-grant.ts';
import type { Checksum, ChecksumAlgorithm } from './protocol.ts';
import { checkReadable } from './readable.ts';
import type { RetryOptions } from './retry.ts';
import { callWithRetries, type CallOptions } from './retrying-call.ts';
import type { ComputeChecksum } from './send-file.ts';
import type { FileToSign, Grant, RenewOptions, SignOptions, UploadGrant } from './sign.ts';
import { MIN_MULTIPART_BYTES, type OnWait, SignBatcher, type UpcomingFile } from './sign-batcher.ts';
import type { UploaderOptions } from './uploader-options.ts';

/** Milliseconds for which a signature is valid where the signer does not say: its own default, 15 minutes. */
const DEFAULT_LIFETIME_MS = 900_000;
/**
 * Maximum bytes of one POST or PUT: 5 GiB. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
const MAX_SINGLE_UPLOAD_BYTES = 5 * 2 ** 30;
/** Attempts to abort a multipart upload; after them it is left to the bucket's lifecycle rule. */
const ABORT_ATTEMPTS = 3;

/** What the cache needs of its queue. */
export interface GrantCacheOptions {
  readonly items: ItemStore;
  /** Ids of the files whose turn comes next, in order. */
  readonly queue: ReadonlySet<string>;
  /** Read at each request, so that a new signer signs all that is not signed yet. */
  options(): Pick<UploaderOptions, 'sign' | 'allowedHosts' | 'checksum' | 'load'>;
  readonly computeChecksum: ComputeChecksum;
  readonly retry: RetryOptions;
}

interface Entry {
  readonly grant: Grant;
  /** Milliseconds for which the signature is valid. */
  timeLeft(): number;
  /** Whether the signer was asked for PUT. */
  readonly isPut: boolean;
  /** The storage's error, when it says that the signature has expired. */
  expired?: UploadError;
  /** Whether all bytes were sent and no response has arrived. */
  isUnanswered?: boolean;
  /** Whether an upload by this grant, or by an earlier one of the same key, has begun. */
  hasBegun?: boolean;
  /** Whether the upload was begun by an earlier page, and so perhaps by another visitor. */
  readonly isRestored: boolean;
}

/** The grants of one queue: signed in batches ahead of need, renewed when they expire, released when not wanted. */
export class GrantCache {
  readonly #queue: GrantCacheOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #batcher = new SignBatcher();
  /** What names the files that have no grant yet to the signer, by id: also in a repeated request. */
  readonly #nonces = new Map<string, Pick<FileToSign, 'nonce' | 'repeated'>>();
  /**
   * Visitors in the order in which the signer first named them. `lastId` is the newest file's id when the signer last named that
   * visitor. A file belongs to the first visitor whose `lastId` is at or above its id.
   */
  readonly #visitors: { readonly visitor: string; lastId: number }[] = [];
  /**
   * Ids of files that are signed only when they wait for it: those that could not be read ahead of their turn, that the signer's
   * response has left out, and that belong to an earlier visitor.
   */
  readonly #notAhead = new Set<string>();
  #method: Pick<SignOptions, 'method'> | undefined;
  #isSigning = false;

  constructor(queue: GrantCacheOptions) {
    this.#queue = queue;
  }

  /**
   * A valid grant: the same one as long as it is valid, with the file's checksum where the signer wants it.
   *
   * @throws {UploadError} of phase `sign` when all attempts have failed; the signal's reason when aborted
   */
  async acquire(file: FileInfo, signal: AbortSignal, onWait: OnWait): Promise<UploadGrant> {
    const grant = await this.#acquire(file, signal, onWait);
    const { checksum: algorithm, renew } = grant;
    if (!algorithm || grant.method === 'MULTIPART' || !renew || !file.file) return grant;
    const checksum = await this.#checksum(file.file, algorithm, signal);
    return this.#renew(renew, { checksum }, signal, onWait);
  }

  /** Marks the signature as expired, whatever the clocks say, because the storage has refused it. */
  expire(id: string, error: UploadError): void {
    const entry = this.#entries.get(id);
    if (entry) entry.expired = error;
  }

  /** Notes whether all bytes of the file were sent and no response has arrived. */
  setUnanswered(id: string, isUnanswered: boolean): void {
    const entry = this.#entries.get(id);
    if (entry) entry.isUnanswered = isUnanswered;
  }

  /** Whether the file may be stored already, since the response to it was lost. */
  isUnanswered(id: string): boolean {
    return !!this.#entries.get(id)?.isUnanswered;
  }

  /** Whether the file's upload has begun by its present grant: the storage may have parts of it. */
  hasBegun(id: string): boolean {
    return !!this.#entries.get(id)?.hasBegun;
  }

  /** Notes that the file's upload begins. */
  begin(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.hasBegun = true;
  }

  /** Whether the file goes up in parts. */
  isMultipart(id: string): boolean {
    const grant = this.#entries.get(id)?.grant;
    return !!grant && 'method' in grant && grant.method === 'MULTIPART';
  }

  /** Forgets the grant of a file that is stored, or that is signed like a new one next. */
  delete(id: string): void {
    this.#entries.delete(id);
  }

  /**
   * Forgets the grant of a file whose upload is gone, or whose key has another object, so that the file is signed like a new one.
   *
   * @param error the reason; any code other than `upload-lost` and `already-stored` is rethrown
   * @throws {UploadError} `visitor-changed` when an earlier page has begun the upload, and the signer has refused its ticket:
   *   it may be that of another visitor
   */
  restart(id: string, error: UploadError): void {
    if (error.code !== 'upload-lost' && error.code !== 'already-stored') throw error;
    if (this.#entries.get(id)?.isRestored && error.status !== 404) throw visitorError(error);
    this.#entries.delete(id);
  }

  /** Forgets the grant of a file that is not wanted any more, and has the storage delete its parts. */
  release(id: string): void {
    const grant = this.#entries.get(id)?.grant;
    this.#entries.delete(id);
    if (!grant || !('abort' in grant)) return;
    void callWithRetries(grant.abort, { ...this.#queue.retry, attempts: ABORT_ATTEMPTS }).catch(() => {
      // the bucket's lifecycle rule deletes the parts
    });
  }

  /** Whether the signer was asked for PUT when it signed this file. */
  isPut(id: string): boolean {
    return !!this.#entries.get(id)?.isPut;
  }

  /** Asks the signer for PUT from now on, because the storage accepts no POST; or for what it chooses, as at first. */
  usePut(isWanted = true): void {
    this.#method = isWanted ? { method: 'PUT' } : undefined;
    if (!isWanted) return;
    for (const [id, { grant }] of this.#entries) {
      if ('method' in grant && grant.method === 'POST') this.#entries.delete(id);
    }
  }

  /** Files that were added until now belong to the visitor whom the signer has named last: another one may sign in next. */
  endVisit(): void {
    const last = this.#visitors.at(-1);
    if (last) last.lastId = this.#queue.items.lastId;
  }

  /** Takes over the grant of an earlier page, which the signer has accepted from the present visitor. */
  adopt(grant: UploadGrant): void {
    this.#recordVisitor(grant);
    this.#store(grant, false, true);
  }

  async #acquire(file: FileInfo, signal: AbortSignal, onWait: OnWait): Promise<UploadGrant> {
    const entry = this.#entries.get(file.id);
    if (entry && isValid(entry)) {
      void this.#signBatches();
      return this.#accepted(entry.grant);
    }
    const renew = entry && 'renew' in entry.grant && entry.grant.renew;
    if (renew) {
      try {
        return await this.#renew(renew, { cause: entry.expired }, signal, onWait);
      } catch (error) {
        // `upload()` looks the object up
        if ((error as UploadError).code === 'already-stored') return this.#unanswered(entry);
        this.restart(file.id, error as UploadError);
      }
    }
    const grant = this.#batcher.wait(file, signal, onWait);
    void this.#signBatches();
    return grant;
  }

  #unanswered(entry: Entry): Promise<UploadGrant> {
    entry.isUnanswered = true;
    return this.#accepted(entry.grant);
  }

  async #renew(
    renew: NonNullable<UploadGrant['renew']>,
    options: RenewOptions,
    signal: AbortSignal,
    onWait: OnWait,
  ): Promise<UploadGrant> {
    const sign = async (signal: AbortSignal): Promise<Grant[]> => [await renew(signal, options)];
    const [grant] = await this.#request(sign, { signal, onWait });
    this.#store(grant!, false);
    return this.#accepted(grant!);
  }

  /** Signs the files that wait, and upcoming ones if too few have a signature. */
  async #signBatches(): Promise<void> {
    if (this.#isSigning) return;
    this.#isSigning = true;
    // files that are added one by one in this turn share a request
    await Promise.resolve();
    for (;;) {
      const { sign, checksum } = this.#queue.options();
      const batch = this.#batcher.next(this.#upcoming(), !!checksum, sign.batchSize);
      if (!batch.length) break;
      const waitersBefore = this.#batcher.waitersOf(batch);
      try {
        await this.#sign(batch);
      } catch (error) {
        if ((error as UploadError).code === 'auth-required') {
          this.endVisit();
          // a run that started after this request may follow a sign-in: sign again for it
          const waiters = this.#batcher.waitersOf(batch);
          if (waiters[0] && !waiters.some((waiter) => waitersBefore.includes(waiter))) continue;
        }
        this.#reject(batch, error);
        // nothing is signed ahead after a failure: the next file that needs a signature requests it
        if (!this.#batcher.hasWaiters) break;
      }
    }
    this.#isSigning = false;
  }

  /** @throws the error of all files of the batch that are not answered yet */
  async #sign(batch: readonly FileInfo[]): Promise<void> {
    const batcher = this.#batcher;
    const files: FileToSign[] = [];
    // one after the other, since all at once may not fit into memory
    for (const file of batch) {
      try {
        files.push(await this.#describe(file));
      } catch (error) {
        this.#notAhead.add(file.id);
        this.#reject([file], error);
      }
    }
    if (!files.length) return;
    const method = this.#method;
    const grants = await this.#request(
      (signal) => {
        const { sign } = this.#queue.options();
        return sign(
          files.map((file) => this.#named(file)),
          { signal, ...method },
        );
      },
      {
        onWait: (wait) => batcher.waitersOf(batch).forEach(({ onWait }) => onWait(wait)),
        isWanted: () => batcher.waitersOf(batch).length > 0,
      },
    );
    const byId = new Map(grants.map((grant) => [grant.id, grant]));
    for (const { id } of files) {
      const grant = byId.get(id);
      if (grant) this.#store(grant, !!method);
      const isForeign = !!grant && !this.#recordVisitor(grant);
      batcher.settle(id, () => {
        if (isForeign) throw visitorError();
        if (grant) return this.#accepted(grant);
        const message = `the signer's response has no file with the id "${id}"`;
        throw new UploadError('bad-signer-response', message, { phase: 'sign' });
      });
      if (!grant || isForeign) this.#notAhead.add(id);
      const item = this.#queue.items.get(id);
      if (isForeign || !item || !isUnfinished(item)) this.release(id);
    }
  }

  #reject(files: readonly FileInfo[], error: unknown): void {
    for (const { id } of files) {
      this.#batcher.settle(id, () => {
        throw error;
      });
    }
  }

  /** The file with its checksum; of one that may go up in parts, only the algorithm. */
  async #describe(file: FileInfo): Promise<FileToSign> {
    const { checksum: algorithm } = this.#queue.options();
    if (!algorithm || !file.file) return file;
    if (file.size >= MIN_MULTIPART_BYTES) return { ...file, checksum: { algorithm } };
    return { ...file, checksum: await this.#checksum(file.file, algorithm, this.#queue.retry.signal) };
  }

  /** The file with its nonce, for a request that is sent now. A later one says that it is repeated. */
  #named(file: FileToSign): FileToSign {
    const { id } = file;
    const named = this.#nonces.get(id) ?? { nonce: String(crypto.getRandomValues(new Uint32Array(4))) };
    this.#nonces.set(id, { ...named, repeated: true });
    return { ...file, ...named };
  }

  /** @throws {UploadError} `file-changed` when the file cannot be read */
  async #checksum(file: File, algorithm: ChecksumAlgorithm, signal: AbortSignal): Promise<Checksum> {
    try {
      return { algorithm, value: await this.#queue.computeChecksum(file, algorithm, signal) };
    } catch (cause) {
      signal.throwIfAborted();
      await checkReadable(file, 'sign');
      throw cause;
    }
  }

  #request(
    sign: (signal: AbortSignal) => Promise<readonly Grant[]>,
    options: Partial<CallOptions>,
  ): Promise<readonly Grant[]> {
    return callWithRetries(
      async (signal) => {
        const grants = await sign(signal);
        const { allowedHosts, load = loadOnce } = this.#queue.options();
        for (const grant of grants) {
          if (isPlainGrant(grant, allowedHosts)) continue;
          const { checkGrant } = await load(() => import('./check-grant.ts'), signal);
          checkGrant(grant, allowedHosts);
        }
        return grants;
      },
      { ...this.#queue.retry, ...options },
    );
  }

  #store(grant: Grant, isPut: boolean, isRestored = false): void {
    const lifetime = ('lifetime' in grant && grant.lifetime) || DEFAULT_LIFETIME_MS;
    const before = this.#entries.get(grant.id);
    const isSameKey = before && 'key' in before.grant && 'key' in grant && before.grant.key === grant.key;
    this.#nonces.delete(grant.id);
    this.#entries.set(grant.id, {
      grant,
      isPut,
      timeLeft: deadline(lifetime - Math.min(EXPIRY_MARGIN_MS, lifetime / 2)),
      isUnanswered: isSameKey && before.isUnanswered,
      hasBegun: isRestored || (isSameKey && before.hasBegun),
      isRestored: isRestored || !!(isSameKey && before.isRestored),
    });
  }

  /**
   * Records the visitor whom the signer names. A signer that does not know its visitors has one for all.
   *
   * @returns whether the file belongs to that visitor; true for a refusal, which names none
   */
  #recordVisitor(grant: Grant): boolean {
    if ('error' in grant) return true;
    const { id, visitor = '' } = grant;
    const { lastId } = this.#queue.items;
    const last = this.#visitors.at(-1);
    if (last?.visitor === visitor) last.lastId = lastId;
    else this.#visitors.push({ visitor, lastId });
    return this.#visitors.find((named) => named.lastId >= Number(id))?.visitor === visitor;
  }

  /** @throws {UploadError} when the grant is a refusal, or one upload cannot be that large; it is then forgotten */
  async #accepted(grant: Grant): Promise<UploadGrant> {
    const { id } = grant;
    const isTooLarge = (this.#queue.items.get(id)?.size ?? 0) > MAX_SINGLE_UPLOAD_BYTES;
    if (!('error' in grant) && (grant.method === 'MULTIPART' || !isTooLarge)) return grant;
    this.#entries.delete(id);
    const { load = loadOnce } = this.#queue.options();
    const { grantError } = await load(() => import('./grant-error.ts'), this.#queue.retry.signal);
    throw grantError(grant, MAX_SINGLE_UPLOAD_BYTES);
  }

  *#upcoming(): Iterable<UpcomingFile> {
    for (const id of this.#queue.queue) {
      const entry = this.#entries.get(id);
      if (!this.#notAhead.has(id)) yield { file: this.#queue.items.get(id)!, isValid: entry && isValid(entry) };
    }
  }
}

const isValid = ({ expired, timeLeft }: Entry): boolean => !expired && timeLeft() > 0;

const visitorError = (cause?: UploadError): UploadError =>
  new UploadError('visitor-changed', 'another visitor added it', {
    phase: 'sign',
    cause,
  });
