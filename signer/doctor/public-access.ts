import { GetPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { finalKey } from '../core/quarantine-key.ts';
import { bucketUrl, timeoutSignal } from './bucket-url.ts';
import { deleteObject } from './delete-object.ts';
import { broken, ok, unproved, type Finding, type Fix, type Target } from './finding.ts';
import { doctorPolicyFix } from './permissions.ts';
import { failureOf, isDenied, messageOf } from './s3-failure.ts';

/** Checks that requests without a signature can neither write to the bucket nor list it. */
export async function checkPublicAccess(target: Target): Promise<Finding[]> {
  const fix = blockFix(target);
  return [...(await checkUnsignedRequests(target, fix)), await checkPublicAccessBlock(target, fix)];
}

/** Tries it, so that the result covers bucket policies, ACLs, and storages without a public-access block. */
async function checkUnsignedRequests(target: Target, fix: Fix): Promise<Finding[]> {
  const url = await bucketUrl(target);
  const key = `${target.prefix}doctor/unsigned-${crypto.randomUUID()}`;
  const written = await writeUnsigned(url, key);
  const listed = await fetch(`${url}?list-type=2&max-keys=1`, { signal: timeoutSignal() });
  if (written.ok) await deleteObject(target, key);
  return [
    written.ok
      ? broken('public-write', 'anyone can store objects without a signature', fix)
      : ok('public-write', 'storing without a signature is refused'),
    listed.ok
      ? broken('public-list', 'anyone can list the bucket, and so find every upload', fix)
      : ok('public-list', 'listing without a signature is refused'),
  ];
}

/** Sends a form, or a PUT if the storage has no POST. */
async function writeUnsigned(url: string, key: string): Promise<Response> {
  const form = new FormData();
  form.set('key', key);
  form.set('file', new Blob(['']));
  const posted = await fetch(url, { method: 'POST', body: form, signal: timeoutSignal() });
  if (posted.status !== 501 && posted.status !== 405) return posted;
  return fetch(url + key, { method: 'PUT', body: '', signal: timeoutSignal() });
}

/** Checks whether a stored object can be read without a signature, and whether that is intended. */
export async function checkReadable(target: Target, key: string): Promise<Finding> {
  const { ok: isReadable } = await fetch((await bucketUrl(target)) + key, { signal: timeoutSignal() });
  const check = 'public-read';
  if (target.publicRead) {
    return isReadable
      ? ok(check, 'everyone can read the uploads')
      : broken(check, 'the uploads are meant to be public, but cannot be read without a signature', readFix(target));
  }
  return isReadable
    ? broken(check, 'anyone who knows an upload’s key can read it', blockFix(target))
    : ok(check, 'reading without a signature is refused');
}

async function checkPublicAccessBlock(target: Target, fix: Fix): Promise<Finding> {
  const check = 'public-access-block';
  const { client, bucket, publicRead } = target;
  try {
    const response = await client.send(new GetPublicAccessBlockCommand({ Bucket: bucket }));
    const actual: Record<string, boolean | undefined> = { ...response.PublicAccessBlockConfiguration };
    const off = Object.entries(expectedBlock(publicRead)).flatMap(([name, on]) => (on && !actual[name] ? [name] : []));
    return off.length > 0
      ? broken(check, `${off.join(', ')} ${off.length > 1 ? 'are' : 'is'} off`, fix)
      : ok(check, publicRead ? 'ACLs cannot make the bucket public' : 'the bucket cannot be made public');
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code === 'NoSuchPublicAccessBlockConfiguration') {
      return broken(check, 'the bucket has no public-access block', fix);
    }
    if (isDenied(failure)) {
      const detail = `these credentials cannot read the public-access block: ${messageOf(failure)}`;
      return unproved(check, detail, doctorPolicyFix(target, 's3:GetBucketPublicAccessBlock'));
    }
    return unproved(check, `this storage has no public-access block: ${messageOf(failure)}`);
  }
}

/** A public bucket needs a public policy. ACLs stay blocked. */
const expectedBlock = (publicRead: boolean) => ({
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: !publicRead,
  RestrictPublicBuckets: !publicRead,
});

const blockFix = ({ bucket, publicRead }: Target): Fix => ({
  what: publicRead
    ? 'Block public ACLs, and let the bucket policy allow everyone s3:GetObject only.'
    : 'Block public access, and remove any Principal "*" from the bucket policy and any public grant from its ACL.',
  json: expectedBlock(publicRead),
  command: `aws s3api put-public-access-block --bucket ${bucket} --public-access-block-configuration file://block.json`,
});

const readFix = ({ bucket, prefix, quarantine }: Target): Fix => ({
  what: 'Allow everyone to read, and nothing else, with this bucket policy.',
  json: {
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Sid: 'PublicRead', Effect: 'Allow', Principal: '*', Action: 's3:GetObject' },
        Resource: `arn:aws:s3:::${bucket}/${finalKey(prefix, quarantine)}*`,
      },
    ],
  },
  command: `aws s3api put-bucket-policy --bucket ${bucket} --policy file://policy.json`,
});
