import { matchesWildcard, type CorsRule } from '../protocol/cors-rules.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';
import type { BucketStore } from '../store/bucket-store.ts';

/**
 * Responds to a preflight, an OPTIONS request. A browser does not sign it.
 *
 * @throws {S3Error} `BadRequest`, `NoSuchBucket`, `AccessForbidden`
 */
export async function respondToPreflight(request: S3Request, buckets: BucketStore): Promise<Response> {
  const origin = request.header('origin');
  const method = request.header('access-control-request-method');
  if (origin === undefined) throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  if (method === undefined) throw new S3Error('BadRequest', 'Invalid Access-Control-Request-Method: null');
  buckets.assertExists(request.bucket);
  const rules = await buckets.corsRules(request.bucket);
  const details = { Method: method, ResourceType: request.key === '' ? 'BUCKET' : 'OBJECT' };
  if (rules === null)
    throw new S3Error('AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.', details);
  const requestedHeaders = splitList(request.header('access-control-request-headers') ?? '');
  const rule = findRule(rules, origin, method, requestedHeaders);
  if (!rule)
    throw new S3Error(
      'AccessForbidden',
      // "evalution" is AWS's own spelling.
      'CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / ' +
        "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
      details,
    );
  return new Response(null, { headers: ruleHeaders(rule, origin, requestedHeaders) });
}

/** CORS headers of all other responses, errors included. */
export async function corsHeaders(request: S3Request, buckets: BucketStore): Promise<Record<string, string>> {
  const origin = request.header('origin');
  if (origin === undefined || !buckets.has(request.bucket)) return {};
  const rules = await buckets.corsRules(request.bucket);
  const rule = rules && findRule(rules, origin, request.method, []);
  return rule ? ruleHeaders(rule, origin, []) : {};
}

const findRule = (rules: readonly CorsRule[], origin: string, method: string, headers: readonly string[]) =>
  rules.find(
    (rule) =>
      rule.origins.some((pattern) => matchesWildcard(pattern, origin)) &&
      rule.methods.includes(method) &&
      headers.every((header) =>
        rule.headers.some((pattern) => matchesWildcard(pattern.toLowerCase(), header.toLowerCase())),
      ),
  );

function ruleHeaders(rule: CorsRule, origin: string, requestedHeaders: readonly string[]): Record<string, string> {
  const allowsAnyOrigin = rule.origins.includes('*');
  return {
    'access-control-allow-origin': allowsAnyOrigin ? '*' : origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(requestedHeaders.length > 0 && { 'access-control-allow-headers': requestedHeaders.join(', ') }),
    ...(rule.expose.length > 0 && { 'access-control-expose-headers': rule.expose.join(', ') }),
    ...(rule.maxAge !== undefined && { 'access-control-max-age': `${rule.maxAge}` }),
    ...(!allowsAnyOrigin && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

const splitList = (text: string) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
