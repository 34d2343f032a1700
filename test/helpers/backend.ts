import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type Credential, demoCredential, startStorage } from '../../demo/storage/index.ts';

export interface Backend {
  url: string;
  bucket: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /**
   * Credentials that need their token and have an end, as Cognito gives them.
   *
   * @param policy the most that they allow, where the storage has policies
   */
  temporary(seconds: number, policy?: object): Promise<Required<Credential>>;
  /** Whether policies count: the local storage has none, and whom it knows may do all. */
  readonly hasPolicies: boolean;
  /** Deletes what is stored below a prefix, where it would be in the way of other tests: the gateway keeps all in memory. */
  clear(prefix: string): Promise<void>;
  close(): Promise<void>;
}

/** The local storage with nothing in it, or the one at `TEST_S3_ENDPOINT`: Ceph's gateway, in `npm run test:s3`. */
export async function startBackend(): Promise<Backend> {
  const { TEST_S3_ENDPOINT: url } = process.env;
  if (url) {
    const region = process.env.TEST_S3_REGION ?? 'us-east-1';
    const credentials = {
      accessKeyId: required('TEST_S3_ACCESS_KEY_ID'),
      secretAccessKey: required('TEST_S3_SECRET_ACCESS_KEY'),
    };
    const sts = new STSClient({ endpoint: url, region, credentials });
    return {
      url,
      bucket: required('TEST_S3_BUCKET'),
      region,
      credentials,
      hasPolicies: true,
      async temporary(seconds, policy) {
        const { Credentials: given } = await sts.send(
          new AssumeRoleCommand({
            RoleArn: 'arn:aws:iam:::role/s3rig',
            RoleSessionName: 'visitor',
            DurationSeconds: seconds,
            ...(policy && { Policy: JSON.stringify(policy) }),
          }),
        );
        return {
          accessKeyId: given!.AccessKeyId!,
          secretAccessKey: given!.SecretAccessKey!,
          sessionToken: given!.SessionToken!,
          expires: given!.Expiration!,
        };
      },
      async clear(prefix) {
        const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true });
        const Bucket = required('TEST_S3_BUCKET');
        for (;;) {
          const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }));
          if (!Contents.length) break;
          const Objects = Contents.map(({ Key }) => ({ Key }));
          await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
        }
        client.destroy();
      },
      close: () => Promise.resolve(sts.destroy()),
    };
  }
  const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-storage-'));
  const known: Credential[] = [demoCredential];
  const storage = await startStorage({ dir, buckets: ['uploads'], credentials: known });
  return {
    url: storage.url,
    bucket: 'uploads',
    region: 'us-east-1',
    credentials: demoCredential,
    hasPolicies: false,
    temporary(seconds) {
      const credential = {
        accessKeyId: `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`,
        secretAccessKey: randomUUID(),
        // as long as the real ones are
        sessionToken: `${randomUUID()}/+=`.repeat(30),
        expires: new Date(Math.floor(Date.now() / 1000 + seconds) * 1000),
      };
      known.push(credential);
      return Promise.resolve(credential);
    },
    clear: () => Promise.resolve(),
    async close() {
      await storage.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`TEST_S3_ENDPOINT is set, so ${name} has to be set too`);
  return value;
}
