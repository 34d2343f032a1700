import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Where requests for a bucket are sent. */
export interface BucketAddress {
  /** `https:` or `http:`. */
  protocol: string;
  hostname: string;
  port?: number;
  /** The path of the bucket, with a slash at its end. */
  path: string;
}

/** The address of a bucket, and the region and service that signatures for it name. */
export interface ResolvedBucket extends BucketAddress {
  region?: string;
  service?: string;
}

/** The members of the SDK's request and context that tell where it would be sent. */
type RoutedRequest = Pick<BucketAddress, 'protocol' | 'hostname' | 'port' | 'path'>;
interface RoutedContext {
  signing_region?: string;
  signing_service?: string;
}

/**
 * Lets the SDK decide where it would send a request for the bucket: host style or path style, the region, and the environment's
 * endpoint. Nothing is sent.
 */
export async function resolveBucket(client: S3Client, Bucket: string): Promise<ResolvedBucket> {
  const command = new PutObjectCommand({ Bucket, Key: 'x' });
  let resolved: ResolvedBucket | undefined;
  command.middlewareStack.add(
    (_next, context) => (args) => {
      const { protocol, hostname, port, path } = (args as unknown as { request: RoutedRequest }).request;
      const { signing_region: region, signing_service: service } = context as RoutedContext;
      resolved = { protocol, hostname, port, path: path.slice(0, -1), region, service };
      return Promise.resolve({ response: {}, output: { $metadata: {} } });
    },
    { step: 'build', priority: 'low', name: 'signerResolveBucket' },
  );
  await client.send(command);
  return resolved!;
}

/** The address in a URL of the bucket. */
export function readAddress(url: string): BucketAddress {
  const { protocol, hostname, port, pathname } = new URL(url);
  const path = pathname.endsWith('/') ? pathname : `${pathname}/`;
  return { protocol, hostname, port: port ? Number(port) : undefined, path };
}
