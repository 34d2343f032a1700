import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { FileRequest } from '../../widget/core/protocol.ts';
import { resolveCaller, type Caller } from './caller.ts';
import type { Demand, LimitExceeded } from './limiter.ts';
import type { Authorize } from './principal.ts';
import { ProblemError } from './problem.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { Ticket } from './tickets.ts';

/** Made by `createAdmission`. */
export type Admission = ReturnType<typeof createAdmission>;

/** Decides who may use the signer and how much, with the application's `authorize` and `limiter`. */
export function createAdmission(options: ResolvedOptions) {
  const { authorize, limiter } = options;
  /** The owner of each request that was authenticated, for the events of its refusal. */
  const owners = new WeakMap<Context, string>();

  const countRequests = async (c: Context, caller: Caller, requests: number): Promise<void> => {
    if (requests > 0) refuseIfExceeded(await limiter?.countRequests?.(c, caller, requests));
  };

  /** Counts a failed authentication. One that failed for another reason, such as a 503 of the application, is no failure. */
  const countFailure = async (c: Context, status: number): Promise<void> => {
    if (status < 500) refuseIfExceeded(await limiter?.countFailure?.(c));
  };

  return {
    /** Whether `authorize` gets the files to sign: it declares a second parameter. Otherwise it runs before the body is read. */
    needsFiles: authorize.length > 1,

    /**
     * Authenticates the caller, and counts the request.
     *
     * @param files the files to sign; `UNREAD_FILES` if the body is not read yet
     *
     * @throws {HTTPException} a 401, or the `Response` that `authorize` returned
     * @throws {ProblemError} 429 if a limit is exceeded
     */
    async admit(c: Context, files: readonly FileRequest[]): Promise<Caller> {
      let returned: Awaited<ReturnType<Authorize>>;
      try {
        returned = await authorize(c, files);
      } catch (error) {
        await countFailure(c, error instanceof HTTPException ? error.status : 500);
        throw error;
      }
      if (returned instanceof Response) {
        await countFailure(c, returned.status);
        throw new HTTPException(returned.status as 403, { res: returned });
      }
      if (!returned) {
        await countFailure(c, 401);
        throw new ProblemError(401, 'auth-required', 'Sign in to upload.');
      }
      const caller = resolveCaller(returned, options);
      owners.set(c, caller.owner);
      await countRequests(c, caller, 1);
      return caller;
    },

    /** The owner of the request. Undefined unless it was authenticated. */
    ownerOf: (c: Context): string | undefined => owners.get(c),

    /**
     * Counts the uploads of a request as further requests, because each costs as much. The first is counted by `admit`.
     *
     * @throws {ProblemError} 429 if a limit is exceeded
     */
    countUploads: (c: Context, caller: Caller, uploads: number): Promise<void> => countRequests(c, caller, uploads - 1),

    /**
     * Reserves the demand and runs `work`. Releases the demand if `work` fails.
     *
     * @throws {ProblemError} 429 if a limit is exceeded
     */
    async withQuota<T>(c: Context, caller: Caller, demand: Demand, work: () => Promise<T>): Promise<T> {
      const reserved = await limiter?.reserve(c, caller, demand);
      if (reserved && !('release' in reserved)) throw tooMany(reserved);
      try {
        return await work();
      } catch (error) {
        await reserved?.release();
        throw error;
      }
    },

    /**
     * Keeps the place of a multipart upload, whose parts the client is about to send, until its ticket expires.
     *
     * @throws {ProblemError} 429 if the upload has lost its place, and none is free
     */
    async keepMultipart(c: Context, caller: Caller, { key, expires }: Ticket): Promise<void> {
      refuseIfExceeded(await limiter?.keepMultipart?.(c, caller, key, expires));
    },

    /** Frees the place of a multipart upload that was completed or aborted. See `Limiter`. */
    closeMultipart: async (key: string, isUnused = false): Promise<unknown> => limiter?.closeMultipart?.(key, isUnused),
  };
}

function refuseIfExceeded(exceeded: LimitExceeded | undefined): void {
  if (exceeded) throw tooMany(exceeded);
}

function tooMany({ code, message, retryAfter }: LimitExceeded): ProblemError {
  return new ProblemError(429, code, message, { headers: { 'Retry-After': String(Math.ceil(retryAfter)) } });
}

/**
 * What `authorize` gets before the body is read. It may be a wrapper, such as `(...parameters) => check(...parameters)`, around
 * a function that looks at the files: to it, an empty list would look like files without a fault.
 */
export const UNREAD_FILES: readonly FileRequest[] = new Proxy<FileRequest[]>([], {
  get() {
    throw new TypeError(
      'authorize looks at the files, which are not read yet, because it does not declare them: write authorize(c, files), ' +
        'without a default and without ...',
    );
  },
});
