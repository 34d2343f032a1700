import { isUploadError, UploadError } from '../../core/errors.ts';
import { requestStorage, type StorageResponse } from '../http/storage-request.ts';
import { ServerClock } from '../server-clock.ts';
import { type Identity, type IdentityPool, createCognitoIdentity } from './credentials.ts';
import { uriEncode, presign, type Scope, type PresignRequest } from './sigv4.ts';

/** Milliseconds a signature is made for. */
const LIFETIME = 900_000;
/** Milliseconds ago that a request was signed which is only to be refused: longer than any signature may hold. */
const LONG_AGO = 8 * 24 * 3_600_000;
/** What the storage says when it is the credentials that it would not have. */
const OF_CREDENTIALS = ['ExpiredToken', 'InvalidToken', 'InvalidAccessKeyId'];

/** With what something was signed, so that its refusal is held against nothing newer. */
export interface SigningContext {
  readonly who: Identity;
  /** Milliseconds since 1970, by the servers' clock as it was known then. */
  readonly time: number;
  /** Milliseconds for which a signature made then holds. */
  readonly lifetime: number;
  readonly offset: number;
}

/** Where an object goes: below the identity that may write it. */
export interface ObjectPath {
  readonly key: string;
  readonly identityId: string;
}

export type Request = Omit<PresignRequest, 'expires' | 'url'> & { body?: string; type?: string };

export interface RequestsOptions extends IdentityPool {
  /** Of the bucket. */
  region: string;
  /** Address of the bucket, with a slash at its end. */
  url: string;
}

/** What a visitor's own credentials sign: they are renewed, and the clock is set right, as the storage's refusals have it. */
export class CognitoRequests {
  readonly #clock = new ServerClock();
  readonly #identity: ReturnType<typeof createCognitoIdentity>;
  readonly #options: RequestsOptions;

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.#identity = createCognitoIdentity(options, this.#clock);
  }

  objectUrl(key: string): string {
    return this.#options.url + key.split('/').map(uriEncode).join('/');
  }

  forget(what: 'credentials' | 'visitor'): void {
    this.#identity.forget(what);
  }

  /** Who the visitor is. */
  async identify(signal: AbortSignal): Promise<string> {
    return (await this.#identity.get(signal)).identityId;
  }

  /**
   * What a signature is made with now.
   *
   * @throws {UploadError} `upload-lost` when another visitor has signed in meanwhile, who may not write there
   */
  async sign({ identityId }: Pick<ObjectPath, 'identityId'>, signal: AbortSignal): Promise<SigningContext> {
    const who = await this.#identity.get(signal);
    if (who.identityId !== identityId) {
      throw new UploadError('upload-lost', 'another visitor has signed in since the upload began', { phase: 'sign' });
    }
    const { offset } = this.#clock;
    const time = this.#clock.now();
    return { who, time, offset, lifetime: Math.min(LIFETIME, who.expiration - time) };
  }

  scope({ time }: Pick<SigningContext, 'time'>): Scope {
    return { time, region: this.#options.region };
  }

  /** Signs no header that it need not: the visitor could sign any other, and Ceph's gateway looks for them in preflights. */
  url(key: string, request: Omit<Request, 'body' | 'type'>, signed: SigningContext): Promise<string> {
    const expires = Math.floor(signed.lifetime / 1000);
    return presign({ ...request, url: this.objectUrl(key), expires }, signed.who, this.scope(signed));
  }

  /** One request of the page itself; asked anew once when the clock or the credentials were wrong. */
  async ask(place: ObjectPath, request: Request, signal: AbortSignal, isSecond = false): Promise<StorageResponse> {
    const { method, body, type } = request;
    const signed = await this.sign(place, signal);
    const headers = { ...request.headers, ...(type && { 'content-type': type }) };
    try {
      return await requestStorage(await this.url(place.key, request, signed), { method, headers, body }, signal);
    } catch (error) {
      if (!isUploadError(error) || error.retry !== 'sign-again' || isSecond) throw error;
      await this.learn(error, place, signed, signal);
      return this.ask(place, request, signal, true);
    }
  }

  /** What the storage's refusal of something signed teaches; what another file's has taught already is not asked again. */
  async learn(
    error: UploadError | undefined,
    place: ObjectPath,
    { who, offset }: SigningContext,
    signal: AbortSignal,
  ): Promise<void> {
    if (!error) return;
    if (OF_CREDENTIALS.includes(error.s3Code ?? '')) return this.#identity.refuse(who);
    if (offset !== this.#clock.offset) return;
    // a policy's refusal does not tell the storage's time; that of a presigned request does
    if (!this.#clock.correct(error.serverTime)) this.#clock.correct(await this.#serverTime(place, signal));
  }

  /**
   * The time in the storage's refusal of a part that is of no upload, signed long ago: a visitor may ask it who may upload,
   * by the method that uploads have, and it stores nothing, whatever the clocks say.
   */
  async #serverTime({ key, identityId }: ObjectPath, signal: AbortSignal): Promise<number | undefined> {
    const { who, time } = await this.sign({ identityId }, signal);
    const query = { partNumber: '1', uploadId: 'none' };
    const past = { time: time - LONG_AGO, region: this.#options.region };
    const url = await presign({ method: 'PUT', url: this.objectUrl(key), query, expires: 1 }, who, past);
    const refusal: unknown = await requestStorage(url, { method: 'PUT' }, signal).catch((error: unknown) => error);
    return isUploadError(refusal) ? refusal.serverTime : undefined;
  }
}
