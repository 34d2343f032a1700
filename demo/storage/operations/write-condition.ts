import { S3Error } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';

/**
 * Whether the request must not replace an object: `If-None-Match: *`.
 *
 * @throws {S3Error} `NotImplemented` for other conditions
 */
export const readIfNoneMatch = (request: S3Request): boolean => readCondition((name) => request.header(name));

/**
 * The same for a form. AWS documents no such field, and a storage that does not know it ignores it.
 *
 * @param fields by lower-case name
 * @throws {S3Error} `NotImplemented` for other conditions
 */
export const readIfNoneMatchField = (fields: ReadonlyMap<string, string>): boolean =>
  readCondition((name) => fields.get(name));

function readCondition(get: (name: string) => string | undefined): boolean {
  const condition = get('if-none-match');
  if (get('if-match') !== undefined || (condition !== undefined && condition !== '*'))
    throw new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: condition === undefined ? 'If-Match' : 'If-None-Match',
    });
  return condition === '*';
}
