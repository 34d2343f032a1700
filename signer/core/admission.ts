import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { FileRequest } from '../../widget/core/protocol.ts';
import { resolveCaller, type Caller } from './caller.ts';
import type { Demand, LimitExceeded } from './limiter.ts';
import { ProblemError } from './problem.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** Made by `createAdmission`. */
export type Admission = ReturnType<typeof createAdmission>;

/** Decides who may use the signer and how much, with the application's `authorize` and `limiter`. */
export function createAdmission(options: ResolvedOptions) {
  const { authorize, limiter } = options;
  const limitRequests: MiddlewareHandler = async function limitRequests(c, next) {
    refuseIfExceeded(await limiter?.checkRequest?.(c));
    await next();
  };
  return {
    /** Must run before anything reads the body. */
    limitRequests,

    /**
     * Authenticates the caller.
     *
     * @throws {HTTPException} a 401, or the `Response` that `authorize` returned
     */
    async admit(c: Context, files: readonly FileRequest[]): Promise<Caller> {
      const returned = await authorize(c, files);
      if (returned instanceof Response) throw new HTTPException(returned.status as 403, { res: returned });
      if (!returned) throw new ProblemError(401, 'auth-required', 'Sign in to upload.');
      return resolveCaller(returned, options);
    },

    /**
     * Reserves the demand and runs `work`. Releases the demand if `work` fails.
     *
     * @throws {ProblemError} 429 if a limit is exceeded
     */
    async withQuota<T>(c: Context, caller: Caller, demand: Demand, work: () => Promise<T>): Promise<T> {
      refuseIfExceeded(await limiter?.acquire(c, caller, demand));
      try {
        return await work();
      } catch (error) {
        await limiter?.release?.(c, caller, demand);
        throw error;
      }
    },

    /** Frees the place of a multipart upload that was completed or aborted. */
    closeMultipart: async (key: string): Promise<unknown> => limiter?.closeMultipart?.(key),
  };
}

function refuseIfExceeded(exceeded: LimitExceeded | undefined): void {
  if (!exceeded) return;
  const headers = { 'Retry-After': String(Math.ceil(exceeded.retryAfter)) };
  throw new ProblemError(429, exceeded.code, exceeded.message, { headers });
}
