import { GetBucketCorsCommand, PutBucketCorsCommand, type CORSRule } from '@aws-sdk/client-s3';
import { CHECKSUMS } from '../core/checksums.ts';
import { bucketUrl, patience } from './address.ts';
import { failure } from './failure.ts';
import { broken, ok, type Finding, type Mend, type Patient } from './finding.ts';

const RULE = 's3-uploader';

/** What a page reads of an answer: what was stored, when to try again, and whom to ask about it. */
export const EXPOSED = ['ETag', 'Location', 'Retry-After', 'x-amz-request-id', 'x-amz-id-2'];

/** The two the tag cannot do without: a part's ETag, and the id that AWS asks for in every case. */
const NEEDED = ['ETag', 'x-amz-request-id'];

/** The rule a bucket needs for uploads out of pages of `origins`. S3 takes no wildcard in `ExposeHeaders`. */
export const corsRule = (origins: readonly string[]): CORSRule => ({
  ID: RULE,
  AllowedOrigins: [...origins],
  AllowedMethods: ['POST', 'PUT'],
  AllowedHeaders: ['*'],
  ExposeHeaders: EXPOSED,
  MaxAgeSeconds: 3600,
});

/** What a browser asks before it sends a form or a part; no credentials are needed to prove it. */
export async function checkCors(patient: Patient): Promise<Finding[]> {
  const mend = await corsMend(patient);
  const findings: Finding[] = [];
  for (const method of ['POST', 'PUT'] as const) {
    const refused: string[] = [];
    for (const origin of patient.origins) {
      const why = await preflight(patient, origin, method);
      if (why) refused.push(`${origin}: ${why}`);
    }
    const check = `cors-${method.toLowerCase()}`;
    findings.push(
      refused.length > 0
        ? broken(check, `the bucket refuses ${method} from ${refused.join('; ')}`, mend)
        : ok(check, `${method} is allowed from ${patient.origins.join(', ')}`),
    );
  }
  findings.push(await exposedHeaders(patient, mend));
  return findings;
}

/** All that the signer's PUTs, of files and of parts, may be sent with. A form is sent with none that needs to be asked for. */
const putHeaders = ({ metadata }: Patient): string[] => [
  ...['content-type', 'content-disposition'],
  ...['name', 'path', ...metadata].map((name) => `x-amz-meta-${name}`),
  ...CHECKSUMS.map((algorithm) => `x-amz-checksum-${algorithm}`),
];

async function preflight(patient: Patient, origin: string, method: 'POST' | 'PUT'): Promise<string | undefined> {
  const url = await bucketUrl(patient);
  const asked = method === 'PUT' ? putHeaders(patient) : [];
  const response = await fetch(method === 'PUT' ? `${url}${patient.prefix}doctor` : url, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': method,
      ...(asked.length > 0 && { 'Access-Control-Request-Headers': asked.join(',') }),
    },
    signal: patience(),
  });
  if (!response.ok) return `the preflight is answered with ${response.status}`;
  const allowed = (what: string): string => response.headers.get(`Access-Control-Allow-${what}`) ?? '';
  if (allowed('Origin') !== '*' && allowed('Origin') !== origin) {
    return `the preflight allows ${allowed('Origin') || 'no origin'}`;
  }
  if (!list(allowed('Methods')).includes(method.toLowerCase())) {
    return `the preflight allows ${allowed('Methods') || 'no method'}`;
  }
  const headers = list(allowed('Headers'));
  const missing = headers.includes('*') ? [] : asked.filter((header) => !headers.includes(header));
  return missing.length > 0 ? `the preflight does not allow ${missing.join(', ')}` : undefined;
}

/** Read off a POST without a policy: it is refused, and a refusal carries the same CORS headers. */
async function exposedHeaders(patient: Patient, mend: Mend): Promise<Finding> {
  const form = new FormData();
  form.set('file', new Blob(['doctor']));
  const [origin = ''] = patient.origins;
  const response = await fetch(await bucketUrl(patient), {
    method: 'POST',
    body: form,
    headers: { Origin: origin },
    signal: patience(),
  });
  const exposed = response.headers.get('Access-Control-Expose-Headers') ?? '';
  const missing = NEEDED.filter((header) => !list(exposed).includes(header.toLowerCase()));
  return missing.length > 0
    ? broken('cors-expose', `pages cannot read ${missing.join(', ')} of an answer`, mend)
    : ok('cors-expose', `pages can read ${exposed}`);
}

const list = (header: string): string[] => header.split(',').map((entry) => entry.trim().toLowerCase());

/** Ours first, for S3 takes the first rule that matches; the bucket's others stay. */
async function corsMend({ client, bucket, origins }: Patient): Promise<Mend> {
  let others: CORSRule[] = [];
  let unread = '';
  try {
    const { CORSRules = [] } = await client.send(new GetBucketCorsCommand({ Bucket: bucket }));
    others = CORSRules.filter(({ ID }) => ID !== RULE);
  } catch (error) {
    // Without a configuration there is nothing to keep; without the right to read it, nothing may be overwritten.
    if (failure(error).code !== 'NoSuchCORSConfiguration') {
      unread = ' These credentials cannot read what rules there are: add yours to it before you apply it.';
    }
  }
  const CORSConfiguration = { CORSRules: [corsRule(origins), ...others] };
  return {
    what: `Give the bucket this CORS configuration.${unread}`,
    json: CORSConfiguration,
    command: `aws s3api put-bucket-cors --bucket ${bucket} --cors-configuration file://cors.json`,
    ...(!unread && { apply: () => client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration })) }),
  };
}
