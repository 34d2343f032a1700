import { malformedXml } from './object-metadata.ts';
import { assertIntegrityStated, receiveDocument } from '../body/signed-body.ts';
import { publicAccessFlags, type PublicAccessBlock } from '../store/bucket-store.ts';
import { corsMethods, type CorsRule } from '../protocol/cors-rules.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Context } from './operation-context.ts';
import { childText, children, s3Element, xmlResponse } from '../protocol/xml.ts';

const maxCorsRules = 100;

export function listBuckets({ buckets, access }: Context): Response {
  return xmlResponse({
    ListAllMyBucketsResult: s3Element({
      Owner: { ID: access?.accessKeyId ?? '' },
      Buckets: { Bucket: buckets.names().map((Name) => ({ Name, CreationDate: new Date(0).toISOString() })) },
    }),
  });
}

export function headBucket({ request, authority, buckets }: Context): Response {
  buckets.assertExists(request.bucket);
  return new Response(null, { headers: { 'x-amz-bucket-region': authority.region } });
}

export function createBucket({ request, buckets }: Context): Response {
  if (buckets.has(request.bucket))
    throw new S3Error(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      { BucketName: request.bucket },
    );
  buckets.create(request.bucket);
  return new Response(null, { headers: { location: `/${request.bucket}` } });
}

/** S3's oldest region has an empty name here. */
export function getLocation({ request, authority: { region }, buckets }: Context): Response {
  buckets.assertExists(request.bucket);
  return xmlResponse({ LocationConstraint: s3Element({ '#text': region === 'us-east-1' ? '' : region }) });
}

export async function getCors({ request, buckets }: Context): Promise<Response> {
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

export async function putCors(context: Context): Promise<Response> {
  const { request, buckets } = context;
  buckets.assertExists(request.bucket);
  assertIntegrityStated(request);
  const { content } = await receiveDocument(context, 'CORSConfiguration');
  const rules = children(content, 'CORSRule').map(parseCorsRule);
  if (rules.length === 0 || rules.length > maxCorsRules) throw malformedXml();
  await buckets.configure(request.bucket, { cors: rules });
  return new Response(null);
}

export async function deleteCors({ request, buckets }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  await buckets.configure(request.bucket, { cors: null });
  return new Response(null, { status: 204 });
}

export async function getLifecycle({ request, buckets }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  const { lifecycle } = await buckets.config(request.bucket);
  if (!lifecycle)
    throw new S3Error('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', {
      BucketName: request.bucket,
    });
  return new Response(lifecycle, { headers: { 'content-type': 'application/xml' } });
}

export async function putLifecycle(context: Context): Promise<Response> {
  const { request, buckets } = context;
  buckets.assertExists(request.bucket);
  assertIntegrityStated(request);
  const { text, content } = await receiveDocument(context, 'LifecycleConfiguration');
  const rules = children(content, 'Rule');
  const sound = rules.every((rule) => ['Enabled', 'Disabled'].includes(childText(rule, 'Status') ?? ''));
  if (rules.length === 0 || !sound) throw malformedXml();
  await buckets.configure(request.bucket, { lifecycle: text });
  return new Response(null);
}

export async function deleteLifecycle({ request, buckets }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  await buckets.configure(request.bucket, { lifecycle: null });
  return new Response(null, { status: 204 });
}

export async function getPublicAccessBlock({ request, buckets }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  const { publicAccessBlock } = await buckets.config(request.bucket);
  if (!publicAccessBlock)
    throw new S3Error('NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found', {
      BucketName: request.bucket,
    });
  return xmlResponse({
    PublicAccessBlockConfiguration: s3Element(
      Object.fromEntries(publicAccessFlags.map((flag) => [flag, publicAccessBlock[flag] ?? false])),
    ),
  });
}

export async function putPublicAccessBlock(context: Context): Promise<Response> {
  const { request, buckets } = context;
  buckets.assertExists(request.bucket);
  assertIntegrityStated(request);
  const { content } = await receiveDocument(context, 'PublicAccessBlockConfiguration');
  const publicAccessBlock: PublicAccessBlock = Object.fromEntries(
    publicAccessFlags.map((flag) => [flag, childText(content, flag)?.toLowerCase() === 'true']),
  );
  await buckets.configure(request.bucket, { publicAccessBlock });
  return new Response(null);
}

export async function deletePublicAccessBlock({ request, buckets }: Context): Promise<Response> {
  buckets.assertExists(request.bucket);
  await buckets.configure(request.bucket, { publicAccessBlock: null });
  return new Response(null, { status: 204 });
}

function parseCorsRule(rule: unknown): CorsRule {
  const texts = (name: string) => children(rule, name).map((value) => (typeof value === 'string' ? value : ''));
  const origins = texts('AllowedOrigin');
  const methods = texts('AllowedMethod');
  if (origins.length === 0 || methods.length === 0) throw malformedXml();
  for (const method of methods)
    if (!(corsMethods as readonly string[]).includes(method))
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
