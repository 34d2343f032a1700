import { malformedXml } from '../protocol/s3-error.ts';
import { childText, children, s3Element, xmlResponse } from '../protocol/xml.ts';
import type { OperationContext } from './operation-context.ts';
import { assertBodyChecksumStated, readXmlBody } from './xml-body.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const MAX_KEYS = 1000;

/** DELETE Object. Succeeds for a missing object too. */
export async function deleteObject({ request, buckets, objects }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  await objects.delete(request.bucket, request.key);
  return new Response(null, { status: 204 });
}

/** DeleteObjects, `POST ?delete`. Succeeds for missing objects too. */
export async function deleteObjects(context: OperationContext): Promise<Response> {
  const { request, buckets, objects } = context;
  buckets.assertExists(request.bucket);
  assertBodyChecksumStated(request);
  const { content } = await readXmlBody(context, 'Delete');
  const keys = children(content, 'Object').map((entry) => childText(entry, 'Key'));
  if (keys.length === 0 || keys.length > MAX_KEYS) throw malformedXml();
  for (const key of keys) {
    if (key === undefined) throw malformedXml();
    await objects.delete(request.bucket, key);
  }
  const quiet = childText(content, 'Quiet') === 'true';
  return xmlResponse({ DeleteResult: s3Element({ Deleted: quiet ? [] : keys.map((Key) => ({ Key })) }) });
}
