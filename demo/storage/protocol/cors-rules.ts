import { checksumAlgorithms, checksumHeader } from './checksums.ts';

export interface CorsRule {
  readonly id?: string | undefined;
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly expose: readonly string[];
  readonly maxAge?: number | undefined;
}

export const corsMethods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const;

/** What an uploader in a browser needs, for these origins; null, no CORS at all, for none. */
export const corsRulesFor = (origins: readonly string[]): CorsRule[] | null =>
  origins.length === 0
    ? null
    : [
        {
          origins,
          methods: corsMethods,
          headers: ['*'],
          expose: [
            'ETag',
            'Location',
            'Retry-After',
            'x-amz-request-id',
            'x-amz-id-2',
            'x-amz-checksum-type',
            ...checksumAlgorithms.map(checksumHeader),
          ],
          maxAge: 300,
        },
      ];
