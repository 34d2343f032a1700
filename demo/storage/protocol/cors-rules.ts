import { CHECKSUM_ALGORITHMS, checksumHeader } from './checksums.ts';

/** One rule of a bucket's CORS configuration. Each origin and header may contain one `*`. */
export interface CorsRule {
  readonly id?: string;
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  /** Request headers that are allowed. */
  readonly headers: readonly string[];
  /** Response headers that a page may read. */
  readonly expose: readonly string[];
  /** Seconds for which a browser may cache a preflight response. Undefined: the header is not sent. */
  readonly maxAge?: number;
}

/** Methods that a rule may name. */
export const CORS_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const;

const PREFLIGHT_MAX_AGE_SECONDS = 300;

/** The rules that an uploader in a browser needs. Without origins there is no CORS configuration: null. */
export const defaultCorsRules = (origins: readonly string[]): CorsRule[] | null =>
  origins.length === 0
    ? null
    : [
        {
          origins,
          methods: CORS_METHODS,
          headers: ['*'],
          expose: [
            'ETag',
            'Location',
            'Retry-After',
            'x-amz-request-id',
            'x-amz-id-2',
            'x-amz-checksum-type',
            ...CHECKSUM_ALGORITHMS.map(checksumHeader),
          ],
          maxAge: PREFLIGHT_MAX_AGE_SECONDS,
        },
      ];

/** Whether a text matches a pattern with at most one `*`, which stands for any text. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}
