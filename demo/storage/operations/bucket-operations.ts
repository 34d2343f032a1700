import { CORS_METHODS, type CorsRule } from '../protocol/cors-rules.ts';
import { S3Error, malformedXml } from '../protocol/s3-error.ts';
import { childText, children, s3Element, xmlResponse } from '../protocol/xml.ts';
import { PUBLIC_ACCESS_FLAGS, type PublicAccessBlock } from '../store/bucket-store.ts';
import type { OperationContext } from './operation-context.ts';
import { assertBodyChecksumStated, readXmlBody } from './xml-body.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html */
const MAX_CORS_RULES = 100;

/** ListBuckets. The creation date is not recorded: it is always 1970. */
export function listBuckets({ buckets, signature }: OperationContext): Response {
  return xmlResponse({
    ListAllMyBucketsResult: s3Element({
      Owner: { ID: signature?.accessKeyId ?? '' },
      Buckets: { Bucket: buckets.names().map((Name) => ({ Name, CreationDate: new Date(0).toISOString() })) },
    }),
  });
}

/** HeadBucket. */
export function headBucket({ request, auth, buckets }: OperationContext): Response {
  buckets.assertExists(request.bucket);
  return new Response(null, { headers: { 'x-amz-bucket-region': auth.region } });
}

/** CreateBucket. */
export function createBucket({ request, buckets }: OperationContext): Response {
  if (buckets.has(request.bucket))
    throw new S3Error(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      { BucketName: request.bucket },
    );
  buckets.create(request.bucket);
  return new Response(null, { headers: { location: `/${request.bucket}` } });
}

/** GetBucketLocation. S3 returns an empty name for us-east-1. */
export function getLocation({ request, auth: { region }, buckets }: OperationContext): Response {
  buckets.assertExists(request.bucket);
  return xmlResponse({ LocationConstraint: s3Element({ '#text': region === 'us-east-1' ? '' : region }) });
}

/** GetBucketCors. */
export async function getCors({ request, buckets }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  const rules = await buckets.corsRules(request.bucket);
  if (rules === null)
    throw new S3Error('NoSuchCORSConfiguration', 'The CORS configuration does not exist', {
      BucketName: request.bucket,
    });
  return xmlResponse({
    CORSConfiguration: s3Element({
      CORSRule: rules.map(({ id, origins, methods, headers, expose, maxAge }) => ({
        ID: id,
        AllowedOrigin: origins,
        AllowedMethod: methods,
        AllowedHeader: headers,
        ExposeHeader: expose,
        MaxAgeSeconds: maxAge,
      })),
    }),
  });
}

/** PutBucketCors. */
export async function putCors(context: OperationContext): Promise<Response> {
  const { request, buckets } = context;
  buckets.assertExists(request.bucket);
  assertBodyChecksumStated(request);
  const { content } = await readXmlBody(context, 'CORSConfiguration');
  const rules = children(content, 'CORSRule').map(parseCorsRule);
  if (rules.length === 0 || rules.length > MAX_CORS_RULES) throw malformedXml();
  await buckets.updateConfig(request.bucket, { cors: rules });
  return new Response(null);
}

/** DeleteBucketCors. */
export async function deleteCors({ request, buckets }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  await buckets.updateConfig(request.bucket, { cors: null });
  return new Response(null, { status: 204 });
}

/** GetBucketLifecycleConfiguration. */
export async function getLifecycle({ request, buckets }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  const { lifecycle } = await buckets.config(request.bucket);
  if (!lifecycle)
    throw new S3Error('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', {
      BucketName: request.bucket,
    });
  return new Response(lifecycle, { headers: { 'content-type': 'application/xml' } });
}

/** PutBucketLifecycleConfiguration. The rules are stored, not applied. */
export async function putLifecycle(context: OperationContext): Promise<Response> {
  const { request, buckets } = context;
  buckets.assertExists(request.bucket);
  assertBodyChecksumStated(request);
  const { text, content } = await readXmlBody(context, 'LifecycleConfiguration');
  const rules = children(content, 'Rule');
  const valid = rules.every((rule) => ['Enabled', 'Disabled'].includes(childText(rule, 'Status') ?? ''));
  if (rules.length === 0 || !valid) throw malformedXml();
  await buckets.updateConfig(request.bucket, { lifecycle: text });
  return new Response(null);
}

/** DeleteBucketLifecycle. */
export async function deleteLifecycle({ request, buckets }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  await buckets.updateConfig(request.bucket, { lifecycle: null });
  return new Response(null, { status: 204 });
}

/** GetPublicAccessBlock. */
export async function getPublicAccessBlock({ request, buckets }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  const { publicAccessBlock } = await buckets.config(request.bucket);
  if (!publicAccessBlock)
    throw new S3Error('NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found', {
      BucketName: request.bucket,
    });
  return xmlResponse({
    PublicAccessBlockConfiguration: s3Element(
      Object.fromEntries(PUBLIC_ACCESS_FLAGS.map((flag) => [flag, publicAccessBlock[flag] ?? false])),
    ),
  });
}

/** PutPublicAccessBlock. The two flags on ACLs are applied. The other two are stored: this storage has no bucket policies. */
export async function putPublicAccessBlock(context: OperationContext): Promise<Response> {
  const { request, buckets } = context;
  buckets.assertExists(request.bucket);
  assertBodyChecksumStated(request);
  const { content } = await readXmlBody(context, 'PublicAccessBlockConfiguration');
  const publicAccessBlock: PublicAccessBlock = Object.fromEntries(
    PUBLIC_ACCESS_FLAGS.map((flag) => [flag, childText(content, flag)?.toLowerCase() === 'true']),
  );
  await buckets.updateConfig(request.bucket, { publicAccessBlock });
  return new Response(null);
}

/** DeletePublicAccessBlock. */
export async function deletePublicAccessBlock({ request, buckets }: OperationContext): Promise<Response> {
  buckets.assertExists(request.bucket);
  await buckets.updateConfig(request.bucket, { publicAccessBlock: null });
  return new Response(null, { status: 204 });
}

function parseCorsRule(rule: unknown): CorsRule {
  const texts = (name: string) => children(rule, name).map((value) => (typeof value === 'string' ? value : ''));
  const origins = texts('AllowedOrigin');
  const methods = texts('AllowedMethod');
  if (origins.length === 0 || methods.length === 0) throw malformedXml();
  for (const method of methods)
    if (!(CORS_METHODS as readonly string[]).includes(method))
      throw new S3Error(
        'InvalidRequest',
        `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`,
      );
  const headers = texts('AllowedHeader');
  for (const pattern of [...origins, ...headers])
    if (pattern.split('*').length > 2)
      throw new S3Error('InvalidRequest', `"${pattern}" can not have more than one wildcard.`);
  const age = childText(rule, 'MaxAgeSeconds');
  if (age !== undefined && !/^\d{1,10}$/.test(age)) throw malformedXml();
  return {
    id: childText(rule, 'ID'),
    origins,
    methods,
    headers,
    expose: texts('ExposeHeader'),
    maxAge: age === undefined ? undefined : Number(age),
  };
}
