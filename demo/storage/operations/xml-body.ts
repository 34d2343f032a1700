import { readFile } from 'node:fs/promises';
import { writeSignedBody, type SignedBodyOptions } from '../body/signed-body.ts';
import { CHECKSUM_ALGORITHMS, checksumHeader } from '../protocol/checksums.ts';
import { S3Error, malformedXml } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import { parseXml } from '../protocol/xml.ts';
import type { OperationContext } from './operation-context.ts';

/** Room for a list of 10,000 parts, each with its number, ETag and SHA-256: about 150 bytes. */
const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;

/**
 * Reads the XML document in a request's body.
 *
 * @param root name of the root element
 * @returns the document's text, and the content of its root element
 * @throws {S3Error} `MalformedXML`, and errors of {@link writeSignedBody}
 */
export async function readXmlBody(
  context: OperationContext,
  root: string,
  options: Pick<SignedBodyOptions, 'ignoreChecksum'> = {},
): Promise<{ text: string; content: unknown }> {
  const { objects, request } = context;
  return objects.withTemporaryFile(request.bucket, async ({ path }) => {
    await writeSignedBody(context, path, { maxBytes: MAX_DOCUMENT_BYTES, ...options });
    const text = await readFile(path, 'utf8');
    const content = parseXml(text, root);
    if (content === undefined) throw malformedXml();
    return { text, content };
  });
}

/**
 * S3 requires a Content-MD5 or a checksum for DeleteObjects and for changes of a bucket's configuration.
 *
 * @throws {S3Error} `InvalidRequest`
 */
export function assertBodyChecksumStated(request: S3Request): void {
  const names = ['content-md5', ...CHECKSUM_ALGORITHMS.map(checksumHeader)];
  if (!names.some((name) => request.header(name) !== undefined))
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5');
}
