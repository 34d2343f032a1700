import { isUploadError, UploadError } from '../../core/errors.ts';
import { requestStorage, type StorageResponse } from '../http/storage-request.ts';
import { ServerClock } from '../server-clock.ts';
import {
  type CognitoIdentity,
  createCognitoIdentity,
  type IdentityCredentials,
  type IdentityPool,
} from './credentials.ts';
import { presign, type PresignRequest, type Scope, uriEncode } from './sigv4.ts';

/** Milliseconds for which a signature is valid, unless its credentials expire before. */
const SIGNATURE_LIFETIME_MS = 900_000;
/** Milliseconds since the signature of a request that must be refused: more than S3's longest lifetime of 7 days. */
const EXPIRED_SIGNATURE_AGE_MS = 8 * 24 * 3_600_000;
/** S3's error codes for credentials that are no longer valid. */
const CREDENTIAL_ERRORS = ['ExpiredToken', 'InvalidToken', 'InvalidAccessKeyId'];

/** The input of a signature, which is kept so that a refusal of the signature does not invalidate anything newer. */
export interface SigningContext {
  /** The credentials that sign. */
  readonly credentials: IdentityCredentials;
  /** Milliseconds since 1970, by the servers' clock as known at that time. */
  readonly time: number;
  /** Milliseconds for which a signature made at that time is valid. */
  readonly lifetime: number;
  /** Milliseconds that the clock was corrected by. */
  readonly clockOffset: number;
}

/** An object's key, and the identity that may write it. */
export interface ObjectPath {
  /** Key of the object in the bucket. */
  readonly key: string;
  /** Cognito's id of the visitor. */
  readonly identityId: string;
}

/** A request to the storage for one object. */
export interface ObjectRequest extends Omit<PresignRequest, 'expires' | 'url'> {
  /** Body of the request, which is not signed. Default none. */
  body?: string;
  /** The value of `Content-Type`, which is not signed. */
  contentType?: string;
}

/** An identity pool, and the bucket that its visitors may write to. */
export interface CognitoRequestsOptions extends IdentityPool {
  /** Region of the bucket. */
  region: string;
  /** URL of the bucket, with a slash at its end. */
  url: string;
}

/**
 * Signs for the storage with a visitor's own credentials. Renews the credentials and corrects the clock when the storage
 * refuses a signature because of them.
 */
export class CognitoRequests {
  readonly #clock = new ServerClock();
  readonly #identity: CognitoIdentity;
  readonly #options: CognitoRequestsOptions;

  constructor(options: CognitoRequestsOptions) {
    this.#options = options;
    this.#identity = createCognitoIdentity(options, this.#clock);
  }

  /** The object's URL without a signature. */
  objectUrl(key: string): string {
    return this.#options.url + key.split('/').map(uriEncode).join('/');
  }

  /** Drops the credentials; with `visitor` the identity too. */
  forget(what: 'credentials' | 'visitor'): void {
    this.#identity.forget(what);
  }

  /** The id of the visitor's identity. */
  async getIdentityId(signal: AbortSignal): Promise<string> {
    return (await this.#identity.get(signal)).identityId;
  }

  /**
   * The credentials, time and lifetime for a new signature.
   *
   * @throws {UploadError} `upload-lost` if another visitor has signed in since, who may not write to this path
   */
  async signingContext({ identityId }: Pick<ObjectPath, 'identityId'>, signal: AbortSignal): Promise<SigningContext> {
    const credentials = await this.#identity.get(signal);
    if (credentials.identityId !== identityId) {
      throw new UploadError('upload-lost', 'Another visitor has signed in since the upload began.', { phase: 'sign' });
    }
    const time = this.#clock.now();
    const lifetime = Math.min(SIGNATURE_LIFETIME_MS, credentials.expiration - time);
    return { credentials, time, lifetime, clockOffset: this.#clock.offset };
  }

  /** The scope of a signature: the day of its time, and the bucket's region. */
  scope({ time }: Pick<SigningContext, 'time'>): Scope {
    return { time, region: this.#options.region };
  }

  /**
   * Presigns a request. Signs as few headers as possible: the visitor could sign any others, and Ceph's gateway expects
   * signed headers in preflights.
   */
  presign(key: string, request: Omit<ObjectRequest, 'body' | 'contentType'>, context: SigningContext): Promise<string> {
    const expires = Math.floor(context.lifetime / 1000);
    return presign({ ...request, url: this.objectUrl(key), expires }, context.credentials, this.scope(context));
  }

  /** Sends a request other than an upload. Signs it a second time if the clock or the credentials were wrong. */
  async request(
    path: ObjectPath,
    request: ObjectRequest,
    signal: AbortSignal,
    isSecondAttempt = false,
  ): Promise<StorageResponse> {
    const { method, body, contentType } = request;
    const context = await this.signingContext(path, signal);
    const headers = { ...request.headers, ...(contentType && { 'content-type': contentType }) };
    try {
      return await requestStorage(await this.presign(path.key, request, context), { method, headers, body }, signal);
    } catch (error) {
      if (!isUploadError(error) || error.retry !== 'sign-again' || isSecondAttempt) throw error;
      await this.handleRefusal(error, path, context, signal);
      return this.request(path, request, signal, true);
    }
  }

  /**
   * Drops the credentials or corrects the clock after the storage has refused a signature. Does nothing if the refusal of
   * another file has done so already.
   *
   * @param error the refusal; undefined if the signature was not refused
   */
  async handleRefusal(
    error: UploadError | undefined,
    path: ObjectPath,
    { credentials, clockOffset }: SigningContext,
    signal: AbortSignal,
  ): Promise<void> {
    if (!error) return;
    if (CREDENTIAL_ERRORS.includes(error.s3Code ?? '')) {
      this.#identity.invalidate(credentials);
      return;
    }
    if (clockOffset !== this.#clock.offset) return;
    // the refusal of a presigned request contains the storage's time, the refusal of a policy does not
    if (!this.#clock.correct(error.serverTime)) this.#clock.correct(await this.#requestServerTime(path, signal));
  }

  /**
   * The storage's time, from the refusal of a part that belongs to no upload and was signed long ago. The request needs no
   * permission except to upload, needs no method except PUT in the CORS rule, and stores nothing whatever the clocks say.
   */
  async #requestServerTime({ key, identityId }: ObjectPath, signal: AbortSignal): Promise<number | undefined> {
    const { credentials, time } = await this.signingContext({ identityId }, signal);
    const query = { partNumber: '1', uploadId: 'none' };
    const past = this.scope({ time: time - EXPIRED_SIGNATURE_AGE_MS });
    const url = await presign({ method: 'PUT', url: this.objectUrl(key), query, expires: 1 }, credentials, past);
    const refusal: unknown = await requestStorage(url, { method: 'PUT' }, signal).catch((error: unknown) => error);
    return isUploadError(refusal) ? refusal.serverTime : undefined;
  }
}
