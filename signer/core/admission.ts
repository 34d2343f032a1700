import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { FileRequest } from '../../widget/core/protocol.ts';
import type { Demand, Excess, Signer } from './options.ts';
import { visitorOf, type Visitor } from './principal.ts';
import { ProblemError } from './problem.ts';

export type Gate = ReturnType<typeof gate>;

/** Who may pass, and with how much: what the host's `authorize` and `limiter` say. */
export function gate(signer: Signer) {
  const { authorize, limiter } = signer;
  const limitRequests: MiddlewareHandler = async function limitRequests(c, next) {
    hold(await limiter?.request?.(c));
    await next();
  };
  return {
    /** Goes before whatever reads a body. */
    limitRequests,

    /** @throws {HTTPException} 401, or the `Response` that `authorize` gave */
    async admit(c: Context, files: readonly FileRequest[]): Promise<Visitor> {
      const answer = await authorize(c, files);
      if (answer instanceof Response) throw new HTTPException(answer.status as 403, { res: answer });
      if (!answer) throw new ProblemError(401, 'auth-required', 'Sign in to upload.');
      return visitorOf(answer, signer);
    },

    /** Takes the demand, and gives it back where `grant` fails: what was not granted was not used. */
    async within<T>(c: Context, visitor: Visitor, demand: Demand, grant: () => Promise<T>): Promise<T> {
      hold(await limiter?.take(c, visitor, demand));
      try {
        return await grant();
      } catch (error) {
        await limiter?.giveBack?.(c, visitor, demand);
        throw error;
      }
    },

    /** A multipart upload is open no more. */
    closed: async (key: string): Promise<unknown> => limiter?.closed?.(key),
  };
}

function hold(excess: Excess | undefined): void {
  if (!excess) return;
  const headers = { 'Retry-After': String(Math.ceil(excess.retryAfter)) };
  throw new ProblemError(429, excess.code, excess.message, { headers });
}
