import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Problem } from '../../widget/core/protocol.ts';

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Request too large',
  415: 'Unsupported media type',
  422: 'Cannot be completed',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'Upstream request failed',
  503: 'Temporarily unavailable',
};

/**
 * An error that the client may see, as Problem Details (RFC 9457). The message is sent as `detail`, so it must not contain
 * a secret or a signed URL.
 */
export class ProblemError extends HTTPException {
  /** For programs, such as `ticket-refused`. */
  readonly code: string;
  /** Further headers of the response. */
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

  /** The body of the response. */
  get problem(): Problem {
    const { status, code, message } = this;
    return { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail: message, code };
  }

  override getResponse(): Response {
    return new Response(JSON.stringify(this.problem), {
      status: this.status,
      headers: { ...this.headers, 'Content-Type': 'application/problem+json' },
    });
  }
}

/**
 * Any error as the client may see it. It has details only if the error was made for the client. An application's own response
 * stays as it is.
 */
export function toVisible(error: unknown): HTTPException {
  if (error instanceof HTTPException && (error.res || error instanceof ProblemError)) return error;
  return error instanceof HTTPException
    ? new ProblemError(error.status, 'refused', error.message)
    : new ProblemError(500, 'internal', 'The signer failed. Its log has the reason.');
}

/** The problem of an error that the client may see. Of an application's own response, the status alone. */
export const problemOf = (error: HTTPException): Problem =>
  (error instanceof ProblemError
    ? error
    : new ProblemError((error.res?.status ?? error.status) as ContentfulStatusCode, 'refused', error.message)
  ).problem;

/** A 400 with the code `bad-{member}`, for a request with one invalid member. */
export const badRequest = (member: string, detail: string): ProblemError =>
  new ProblemError(400, `bad-${member}`, detail);
