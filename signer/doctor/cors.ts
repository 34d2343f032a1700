import { GetBucketCorsCommand, PutBucketCorsCommand, type CORSRule } from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS } from '../core/checksums.ts';
import { bucketUrl, timeoutSignal } from './bucket-url.ts';
import { diffJson } from './diff.ts';
import { broken, ok, type Finding, type Fix, type Target } from './finding.ts';
import { failureOf } from './s3-failure.ts';

/** The id of the signer's rule. */
const RULE_ID = 's3-uploader';

/** Seconds for which browsers cache a preflight. */
const MAX_AGE_SECONDS = 3600;

/** Response headers that pages should be able to read. */
export const EXPOSED_HEADERS = ['ETag', 'Location', 'Retry-After', 'x-amz-request-id', 'x-amz-id-2'];

/**
 * The headers that `<s3-uploader>` needs: the ETag of a part, and the request id, which AWS needs to investigate a failure.
 */
const REQUIRED_HEADERS = ['ETag', 'x-amz-request-id'];

/** The rule that a bucket needs for uploads from pages of these origins. S3 allows no wildcard in `ExposeHeaders`. */
export const corsRule = (origins: readonly string[]): CORSRule => ({
  ID: RULE_ID,
  AllowedOrigins: [...origins],
  AllowedMethods: ['POST', 'PUT'],
  AllowedHeaders: ['*'],
  ExposeHeaders: EXPOSED_HEADERS,
  MaxAgeSeconds: MAX_AGE_SECONDS,
});

/** Sends the preflights that a browser sends before an upload, and checks which response headers pages can read. */
export async function checkCors(target: Target): Promise<Finding[]> {
  const fix = await corsFix(target);
  const url = await bucketUrl(target);
  const findings: Finding[] = [];
  for (const method of ['POST', 'PUT'] as const) {
    const refused: string[] = [];
    for (const origin of target.origins) {
      const reason = await preflight(target, url, origin, method);
      if (reason) refused.push(`${origin}: ${reason}`);
    }
    const check = `cors-${method.toLowerCase()}`;
    findings.push(
      refused.length > 0
        ? broken(check, `the bucket refuses ${method} from ${refused.join('; ')}`, fix)
        : ok(check, `${method} is allowed from ${target.origins.join(', ')}`),
    );
  }
  findings.push(await checkExposedHeaders(target, fix));
  return findings;
}

/** All headers of the signer's PUTs, of files and of parts. A form has no header that needs a preflight. */
const putHeaders = ({ metadata, conditionalWrites }: Target): string[] => [
  ...['content-type', 'content-disposition'],
  ...['name', 'path', ...metadata].map((name) => `x-amz-meta-${name}`),
  ...CHECKSUM_ALGORITHMS.map((algorithm) => `x-amz-checksum-${algorithm}`),
  ...(conditionalWrites ? ['if-none-match'] : []),
];

/**
 * Sends the preflight of a browser.
 *
 * @param url the URL of the bucket
 * @returns why the bucket refuses, or undefined if it does not
 */
export async function preflight(
  target: Target,
  url: string,
  origin: string,
  method: 'POST' | 'PUT',
): Promise<string | undefined> {
  const requested = method === 'PUT' ? putHeaders(target) : [];
  const response = await fetch(method === 'PUT' ? `${url}${target.prefix}doctor` : url, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': method,
      ...(requested.length > 0 && { 'Access-Control-Request-Headers': requested.join(',') }),
    },
    signal: timeoutSignal(),
  });
  if (!response.ok) return `the preflight failed with ${response.status}`;
  const allowed = (name: string): string => response.headers.get(`Access-Control-Allow-${name}`) ?? '';
  if (allowed('Origin') !== '*' && allowed('Origin') !== origin) {
    return `the preflight allows ${allowed('Origin') || 'no origin'}`;
  }
  if (!splitHeader(allowed('Methods')).includes(method.toLowerCase())) {
    return `the preflight allows ${allowed('Methods') || 'no method'}`;
  }
  const headers = splitHeader(allowed('Headers'));
  const missing = headers.includes('*') ? [] : requested.filter((header) => !headers.includes(header));
  return missing.length > 0 ? `the preflight does not allow ${missing.join(', ')}` : undefined;
}

/** Sends a POST without a policy. The refusal has the same CORS headers as a success. */
async function checkExposedHeaders(target: Target, fix: Fix): Promise<Finding> {
  const form = new FormData();
  form.set('file', new Blob(['doctor']));
  const [origin = ''] = target.origins;
  const response = await fetch(await bucketUrl(target), {
    method: 'POST',
    body: form,
    headers: { Origin: origin },
    signal: timeoutSignal(),
  });
  const exposed = response.headers.get('Access-Control-Expose-Headers') ?? '';
  const missing = REQUIRED_HEADERS.filter((header) => !splitHeader(exposed).includes(header.toLowerCase()));
  return missing.length > 0
    ? broken('cors-expose', `pages cannot read these response headers: ${missing.join(', ')}`, fix)
    : ok('cors-expose', `pages can read the response headers ${exposed}`);
}

const splitHeader = (header: string): string[] => header.split(',').map((entry) => entry.trim().toLowerCase());

/**
 * Adds the origins to the signer's rule, and keeps what the bucket has: the other rules, and the origins of other sites in
 * the signer's rule. The signer's rule comes first, because S3 uses the first rule that matches.
 */
async function corsFix({ client, bucket, origins }: Target): Promise<Fix> {
  let existing: CORSRule[] = [];
  let warning = '';
  try {
    ({ CORSRules: existing = [] } = await client.send(new GetBucketCorsCommand({ Bucket: bucket })));
  } catch (error) {
    // Without a configuration there is nothing to keep. Without permission to read it, nothing may be overwritten.
    if (failureOf(error).code !== 'NoSuchCORSConfiguration') {
      warning = ' These credentials cannot read the existing rules: add your own before you apply it.';
    }
  }
  const others = existing.filter(({ ID }) => ID !== RULE_ID);
  const own = existing.filter(({ ID }) => ID === RULE_ID);
  const CORSConfiguration = { CORSRules: [own.reduce(mergeRules, corsRule(origins)), ...others] };
  const diff = diffJson(existing.length > 0 ? { CORSRules: existing } : undefined, CORSConfiguration);
  return {
    what: `Apply this CORS configuration to the bucket.${warning}`,
    json: CORSConfiguration,
    command: `aws s3api put-bucket-cors --bucket ${bucket} --cors-configuration file://cors.json`,
    ...(!warning && {
      diff,
      apply: () => client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration })),
    }),
  };
}

/** One rule that allows what both allow. */
function mergeRules(rule: CORSRule, existing: CORSRule): CORSRule {
  // The existing entries come first, so that a repetition changes nothing.
  const union = (ours: string[] | undefined, theirs: string[] | undefined): string[] => [
    ...new Set([...(theirs ?? []), ...(ours ?? [])]),
  ];
  return {
    ...rule,
    AllowedOrigins: union(rule.AllowedOrigins, existing.AllowedOrigins),
    AllowedMethods: union(rule.AllowedMethods, existing.AllowedMethods),
    AllowedHeaders: union(rule.AllowedHeaders, existing.AllowedHeaders),
    ExposeHeaders: union(rule.ExposeHeaders, existing.ExposeHeaders),
    MaxAgeSeconds: existing.MaxAgeSeconds ?? rule.MaxAgeSeconds,
  };
}
