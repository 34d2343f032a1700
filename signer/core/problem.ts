import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Problem } from '../../widget/core/protocol.ts';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Changed meanwhile',
  413: 'Request too large',
  415: 'Unsupported media type',
  422: 'Cannot be completed',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'The storage did not do it',
  503: 'The storage is busy',
};

/** An error the caller may see. Its message is sent as the `detail`, so it never holds a secret or a signed URL. */
export class ProblemError extends HTTPException {
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(
    status: ContentfulStatusCode,
    code: string,
    detail: string,
    init: { cause?: unknown; headers?: Record<string, string> } = {},
  ) {
    super(status, { message: detail, cause: init.cause });
    this.code = code;
    this.headers = init.headers ?? {};
  }

  override getResponse(): Response {
    const { status, code, message } = this;
    const problem: Problem = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail: message, code };
    return new Response(JSON.stringify(problem), {
      status,
      headers: { ...this.headers, 'Content-Type': 'application/problem+json' },
    });
  }
}

/** What the caller gets to see of any error: nothing, unless it was meant for him. */
export function toResponse(error: unknown): Response {
  if (error instanceof HTTPException && (error.res || error instanceof ProblemError)) return error.getResponse();
  if (error instanceof HTTPException) return new ProblemError(error.status, 'refused', error.message).getResponse();
  return new ProblemError(500, 'internal', 'The signer failed; its log says why.').getResponse();
}

/** A request that is wrong in one member. */
export const bad = (what: string, detail: string): ProblemError => new ProblemError(400, `bad-${what}`, detail);
