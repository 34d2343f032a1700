import { S3Error } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';

/**
 * Whether the request must not replace an object: `If-None-Match: *`.
 *
 * @throws {S3Error} `NotImplemented` for other conditions
 */
export function readIfNoneMatch(request: S3Request): boolean {
  const condition = request.header('if-none-match');
  if (request.header('if-match') !== undefined || (condition !== undefined && condition !== '*'))
    throw new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: condition === undefined ? 'If-Match' : 'If-None-Match',
    });
  return condition === '*';
}
