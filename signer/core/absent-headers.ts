/**
 * Headers that change how a PUT is stored, or by whom it can be read. Ceph's gateway before its fix of 2026 accepts them
 * although they were not signed. `x-amz-meta-` is missing: names of metadata cannot be listed.
 */
const ABSENT_HEADERS = [
  ...['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires'],
  ...['x-amz-acl', 'x-amz-grant-full-control', 'x-amz-grant-read', 'x-amz-grant-read-acp', 'x-amz-grant-write'],
  ...['x-amz-grant-write-acp', 'x-amz-copy-source', 'x-amz-copy-source-range', 'x-amz-metadata-directive'],
  ...['x-amz-object-lock-legal-hold', 'x-amz-object-lock-mode', 'x-amz-object-lock-retain-until-date'],
  ...['x-amz-server-side-encryption', 'x-amz-server-side-encryption-aws-kms-key-id'],
  ...['x-amz-server-side-encryption-context', 'x-amz-server-side-encryption-customer-algorithm'],
  ...['x-amz-server-side-encryption-customer-key', 'x-amz-server-side-encryption-customer-key-md5'],
  ...['x-amz-storage-class', 'x-amz-tagging', 'x-amz-tagging-directive', 'x-amz-website-redirect-location'],
];

/**
 * The headers that a presigned PUT names as signed although they have no value. A storage that skips a signed header that is
 * absent, as Ceph's gateway does, accepts the URL only without these headers: each would add a line to what was signed. A storage
 * that expects every signed header refuses the URL always.
 *
 * @param headers the headers to sign, by lower-case name
 */
export function absentHeaders(headers: Record<string, string>): string[] {
  // Browsers add Cache-Control to a request with If-None-Match.
  const addedByBrowsers = 'if-none-match' in headers ? ['cache-control'] : [];
  return ABSENT_HEADERS.filter((name) => !(name in headers) && !addedByBrowsers.includes(name));
}
