import { randomBytes } from 'node:crypto';

/** An AWS access key that the storage accepts. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Makes the credential temporary: every request must then send this token as `x-amz-security-token`. */
  readonly sessionToken?: string;
  /** When a temporary credential expires. Default: never. */
  readonly expires?: Date;
}

/** CORS configuration that every bucket starts with. */
export interface CorsOptions {
  /** Origins such as `https://example.com`, each with at most one `*`. An empty list leaves CORS off. */
  readonly origins: readonly string[];
}

/** Options of {@link createStorage}. */
export interface StorageOptions {
  /** Folder of the objects (`<dir>/<bucket>/<key>`) and of their metadata (`<dir>/.s3`). Created when it is missing. */
  readonly dir: string;
  /** Buckets to create at the start. Default: `uploads`. */
  readonly buckets?: readonly string[];
  /** Credentials that may sign requests. Read again for each request. Default: {@link demoCredential}. */
  readonly credentials?: readonly Credential[];
  /** The only region that signatures may name. Default: `us-east-1`. */
  readonly region?: string;
  /** CORS of each bucket until PutBucketCors replaces it. Default: all origins. */
  readonly cors?: CorsOptions;
  /**
   * Origins of the pages that may change objects, as in {@link CorsOptions}. Others are refused even if they have a signature.
   * Unlike CORS, which only keeps the response from the page, this does not depend on the bucket. Default: those of `cors`.
   */
  readonly pages?: readonly string[];
  /** Current time, against which expiry is checked. Default: the system clock. */
  readonly now?: () => Date;
}

/** The default credential. It is random, and so differs in each process: no page and no other program knows it. */
export const demoCredential: Credential = {
  // 20 letters and digits, as AWS's own.
  accessKeyId: `LOCAL${randomBytes(8).toString('hex').toUpperCase().slice(1)}`,
  secretAccessKey: randomBytes(30).toString('base64url'),
};

/** Default of each option. */
export const DEFAULTS = {
  buckets: ['uploads'],
  credentials: [demoCredential],
  region: 'us-east-1',
  cors: { origins: ['*'] },
  now: () => new Date(),
} as const satisfies Omit<StorageOptions, 'dir' | 'pages'>;
