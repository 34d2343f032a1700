export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Makes the credential temporary: every request must carry this token as `x-amz-security-token`. */
  readonly sessionToken?: string;
  /** When a temporary credential stops working; never, when left out. */
  readonly expires?: Date;
}

export interface CorsOptions {
  /** Exact origins, each with at most one `*`. An empty list leaves the buckets without any CORS configuration. */
  readonly origins: readonly string[];
}

export interface StorageOptions {
  /** Folder for the objects (`<dir>/<bucket>/<key>`) and, under `<dir>/.s3`, what S3 knows about them. Made when missing. */
  readonly dir: string;
  /** Buckets that exist from the start. Default: `uploads`. */
  readonly buckets?: readonly string[];
  /** Who may sign. Default: {@link demoCredential}. */
  readonly credentials?: readonly Credential[];
  /** The only region a signature may name. Default: `us-east-1`. */
  readonly region?: string;
  /** CORS of every bucket until PutBucketCors replaces it. Default: all origins. */
  readonly cors?: CorsOptions;
  /** The clock that expiry is measured by. */
  readonly now?: () => Date;
}

/** Not a secret: it opens nothing but a storage on this machine. */
export const demoCredential: Credential = {
  accessKeyId: 'LOCALSTORAGEDEMOKEY1',
  secretAccessKey: 'local-storage-demo-secret-not-for-production',
};

export const defaults = {
  buckets: ['uploads'],
  credentials: [demoCredential],
  region: 'us-east-1',
  cors: { origins: ['*'] },
  now: () => new Date(),
} as const satisfies Omit<StorageOptions, 'dir'>;
