import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CorsRule } from '../protocol/cors-rules.ts';
import { S3Error, accessDenied } from '../protocol/s3-error.ts';
import { readJson, writeJson } from './json-file.ts';
import type { ObjectStore } from './object-store.ts';

/** Configuration of a bucket. Undefined: never set. Null: deleted. Saved as JSON. */
export interface BucketConfig {
  readonly cors?: readonly CorsRule[] | null;
  /** XML as the client sent it. It is returned, but not applied. */
  readonly lifecycle?: string | null;
  readonly publicAccessBlock?: PublicAccessBlock | null;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html */
export const PUBLIC_ACCESS_FLAGS = [
  'BlockPublicAcls',
  'IgnorePublicAcls',
  'BlockPublicPolicy',
  'RestrictPublicBuckets',
] as const;
/** A missing flag is false. */
export type PublicAccessBlock = Readonly<Partial<Record<(typeof PUBLIC_ACCESS_FLAGS)[number], boolean>>>;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

/** Buckets as folders, `<dir>/.s3/<bucket>`, with their configuration in `bucket.json`. */
export class BucketStore {
  readonly #dir: string;
  readonly #objects: ObjectStore;
  readonly #defaultCorsRules: readonly CorsRule[] | null;
  /** Cached, since every request of a browser needs the CORS rules. */
  readonly #configs = new Map<string, BucketConfig>();

  /** @param defaultCorsRules of a bucket whose CORS was never set; null: none */
  constructor(dir: string, objects: ObjectStore, defaultCorsRules: readonly CorsRule[] | null) {
    this.#dir = dir;
    this.#objects = objects;
    this.#defaultCorsRules = defaultCorsRules;
    mkdirSync(join(dir, '.s3'), { recursive: true });
  }

  /** Names of all buckets, sorted. */
  names(): string[] {
    return readdirSync(join(this.#dir, '.s3')).toSorted();
  }

  /** Whether a bucket exists. */
  has(bucket: string): boolean {
    return BUCKET_NAME.test(bucket) && existsSync(join(this.#dir, '.s3', bucket));
  }

  /**
   * Creates the folders of a bucket.
   *
   * @throws {S3Error} `InvalidBucketName`
   */
  create(bucket: string): void {
    if (!BUCKET_NAME.test(bucket))
      throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', { BucketName: bucket });
    this.#objects.createFolders(bucket);
  }

  /** @throws {S3Error} `NoSuchBucket` */
  assertExists(bucket: string): void {
    if (!this.has(bucket))
      throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucket });
  }

  /** The configuration of a bucket. */
  async config(bucket: string): Promise<BucketConfig> {
    const cached = this.#configs.get(bucket);
    if (cached) return cached;
    const config = (await readJson<BucketConfig>(this.#configFile(bucket))) ?? {};
    this.#configs.set(bucket, config);
    return config;
  }

  /** Replaces some members of a bucket's configuration. */
  async updateConfig(bucket: string, changes: BucketConfig): Promise<void> {
    const config = { ...(await this.config(bucket)), ...changes };
    this.#configs.set(bucket, config);
    await writeJson(this.#configFile(bucket), config);
  }

  /** The CORS rules that apply to a bucket; null when it has no CORS configuration. */
  async corsRules(bucket: string): Promise<readonly CorsRule[] | null> {
    const { cors } = await this.config(bucket);
    return cors === undefined ? this.#defaultCorsRules : cors;
  }

  /** The public access flags of a bucket. */
  async publicAccessBlock(bucket: string): Promise<PublicAccessBlock> {
    return (await this.config(bucket)).publicAccessBlock ?? {};
  }

  /** @throws {S3Error} `AccessDenied` when the bucket blocks public ACLs and this is one */
  async assertAclAllowed(bucket: string, acl: string): Promise<void> {
    const { BlockPublicAcls } = await this.publicAccessBlock(bucket);
    if (BlockPublicAcls && acl.startsWith('public-')) throw accessDenied();
  }

  #configFile(bucket: string): string {
    return join(this.#dir, '.s3', bucket, 'bucket.json');
  }
}
