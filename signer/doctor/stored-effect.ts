import {
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type Grant,
} from '@aws-sdk/client-s3';
import { bucketUrl, timeoutSignal } from './bucket-url.ts';
import type { Target } from './finding.ts';

/**
 * What a header did to an object, such as "made the object public"; undefined if it did nothing. If these credentials may not
 * find out, it "was accepted".
 */
export type Effect = string | undefined;

const UNKNOWN = 'was accepted';

/** The URI of everyone: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html */
export const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';

/** Whether the object has the bytes of another one. */
export async function effectOfCopy({ client, bucket }: Target, key: string, sourceText: string): Promise<Effect> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await Body?.transformToString()) === sourceText ? 'copied another object' : undefined;
}

/** Whether everyone can read the object. */
export async function isPublic(target: Target, key: string): Promise<boolean> {
  const response = await fetch((await bucketUrl(target)) + key, { signal: timeoutSignal() });
  await response.body?.cancel();
  return response.ok;
}

/** Whether everyone can read the object, or could once the bucket's public-access block is off. */
export async function effectOfAcl(target: Target, key: string): Promise<Effect> {
  if (!target.publicRead && (await isPublic(target, key))) return 'made the object public';
  const isForAll = ({ Grantee }: Grant): boolean => Grantee?.URI === ALL_USERS;
  return orUnknown(async () => {
    const { Grants = [] } = await target.client.send(new GetObjectAclCommand({ Bucket: target.bucket, Key: key }));
    return Grants.some(isForAll) ? 'stored a public ACL' : undefined;
  });
}

/** Whether the object has a tag. */
export const effectOfTagging = ({ client, bucket }: Target, key: string): Promise<Effect> =>
  orUnknown(async () => {
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }));
    return TagSet.length > 0 ? 'set a tag' : undefined;
  });

/** Whether a website that is made of the bucket redirects the object's URL. */
export async function effectOfRedirect({ client, bucket }: Target, key: string): Promise<Effect> {
  const { WebsiteRedirectLocation } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  return WebsiteRedirectLocation ? 'set a redirect' : undefined;
}

async function orUnknown(find: () => Promise<Effect>): Promise<Effect> {
  try {
    return await find();
  } catch {
    return UNKNOWN;
  }
}
