import { GetPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { bucketUrl, patience } from './address.ts';
import { remove } from './clean-up.ts';
import { failure, isDenied, said } from './failure.ts';
import { broken, ok, unproved, type Finding, type Mend, type Patient } from './finding.ts';
import { inspect } from './permissions.ts';

/** Whether the bucket is shut for everyone who holds no signature. */
export async function checkPublicAccess(patient: Patient): Promise<Finding[]> {
  const mend = shut(patient);
  return [...(await checkStrangers(patient, mend)), await checkBlock(patient, mend)];
}

/** Tried as a stranger would, so that it holds for policies, ACLs and stores without a public-access block alike. */
async function checkStrangers(patient: Patient, mend: Mend): Promise<Finding[]> {
  const url = await bucketUrl(patient);
  const key = `${patient.prefix}doctor/stranger-${crypto.randomUUID()}`;
  const written = await write(url, key);
  const listed = await fetch(`${url}?list-type=2&max-keys=1`, { signal: patience() });
  if (written.ok) await remove(patient, key);
  return [
    written.ok
      ? broken('public-write', 'a stranger can store objects without any signature', mend)
      : ok('public-write', 'nobody can write without a signature'),
    listed.ok
      ? broken('public-list', 'a stranger can list the bucket, and so find every upload', mend)
      : ok('public-list', 'nobody can list without a signature'),
  ];
}

/** By a form, or where the storage knows none, by a PUT. */
async function write(url: string, key: string): Promise<Response> {
  const form = new FormData();
  form.set('key', key);
  form.set('file', new Blob(['']));
  const posted = await fetch(url, { method: 'POST', body: form, signal: patience() });
  if (posted.status !== 501 && posted.status !== 405) return posted;
  return fetch(url + key, { method: 'PUT', body: '', signal: patience() });
}

/** Whether what was just stored is read by everyone, or by nobody, as it is meant. */
export async function checkReadable(patient: Patient, key: string): Promise<Finding> {
  const { ok: isRead } = await fetch((await bucketUrl(patient)) + key, { signal: patience() });
  const check = 'public-read';
  if (patient.publicRead) {
    return isRead
      ? ok(check, 'everyone can read what is uploaded')
      : broken(check, 'strangers cannot read what is uploaded, and they are meant to', openToRead(patient));
  }
  return isRead
    ? broken(check, 'a stranger who knows its key can read what is uploaded', shut(patient))
    : ok(check, 'nobody can read without a signature');
}

async function checkBlock(patient: Patient, mend: Mend): Promise<Finding> {
  const check = 'public-access-block';
  const { client, bucket, publicRead } = patient;
  const wanted = wantedBlock(publicRead);
  try {
    const answer = await client.send(new GetPublicAccessBlockCommand({ Bucket: bucket }));
    const found: Record<string, boolean | undefined> = { ...answer.PublicAccessBlockConfiguration };
    const off = Object.entries(wanted).flatMap(([name, on]) => (on && !found[name] ? [name] : []));
    return off.length > 0
      ? broken(check, `${off.join(', ')} ${off.length > 1 ? 'are' : 'is'} off`, mend)
      : ok(check, publicRead ? 'ACLs cannot open the bucket' : 'the bucket cannot be made public');
  } catch (error) {
    const found = failure(error);
    if (found.code === 'NoSuchPublicAccessBlockConfiguration') {
      return broken(check, 'the bucket has none', mend);
    }
    if (isDenied(found)) {
      return unproved(
        check,
        `these credentials cannot read it: ${said(found)}`,
        inspect(patient, 's3:GetBucketPublicAccessBlock'),
      );
    }
    return unproved(check, `this store knows no public-access block: ${said(found)}`);
  }
}

/** A bucket that everyone may read needs its policy; ACLs stay blocked. */
const wantedBlock = (publicRead: boolean) => ({
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: !publicRead,
  RestrictPublicBuckets: !publicRead,
});

const shut = ({ bucket, publicRead }: Patient): Mend => ({
  what: publicRead
    ? 'Block public ACLs, and let the bucket policy allow s3:GetObject alone to everyone.'
    : 'Block public access, and take any Principal "*" out of the bucket policy and any public grant out of its ACL.',
  json: wantedBlock(publicRead),
  command: `aws s3api put-public-access-block --bucket ${bucket} --public-access-block-configuration file://block.json`,
});

const openToRead = ({ bucket, prefix }: Patient): Mend => ({
  what: 'Let everyone read, and nothing else, by this bucket policy.',
  json: {
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Sid: 'PublicRead', Effect: 'Allow', Principal: '*', Action: 's3:GetObject' },
        Resource: `arn:aws:s3:::${bucket}/${prefix}*`,
      },
    ],
  },
  command: `aws s3api put-bucket-policy --bucket ${bucket} --policy file://policy.json`,
});
