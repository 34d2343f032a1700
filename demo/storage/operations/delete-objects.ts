import { malformedXml } from './object-metadata.ts';
import { assertIntegrityStated, receiveDocument } from '../body/signed-body.ts';
import type { Context } from './operation-context.ts';
import { childText, children, s3Element, xmlResponse } from '../protocol/xml.ts';

const maxKeys = 1000;

/** DELETE Object: a key that is not there is deleted as well. */
export async function deleteObject({ request, buckets, objects }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  await objects.delete(request.bucket, request.key);
  return new Response(null, { status: 204 });
}

/** POST `?delete` */
export async function deleteObjects(context: Context): Promise<Response> {
  const { request, buckets, objects } = context;
  buckets.assertExists(request.bucket);
  assertIntegrityStated(request);
  const { content } = await receiveDocument(context, 'Delete');
  const keys = children(content, 'Object').map((entry) => childText(entry, 'Key'));
  if (keys.length === 0 || keys.length > maxKeys) throw malformedXml();
  for (const key of keys) {
    if (key === undefined) throw malformedXml();
    await objects.delete(request.bucket, key);
  }
  const quiet = childText(content, 'Quiet') === 'true';
  return xmlResponse({ DeleteResult: s3Element({ Deleted: quiet ? [] : keys.map((Key) => ({ Key })) }) });
}
