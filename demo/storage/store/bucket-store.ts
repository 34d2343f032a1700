import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CorsRule } from '../protocol/cors-rules.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { readJson, writeWhole, type ObjectStore } from './object-store.ts';

/** What PutBucketCors and its like have set. An absent member was never set; null was deleted. */
export interface BucketConfig {
  readonly cors?: readonly CorsRule[] | null;
  /** The XML as it was put: nothing here acts on it. */
  readonly lifecycle?: string | null;
  readonly publicAccessBlock?: PublicAccessBlock | null;
}

export const publicAccessFlags = [
  'BlockPublicAcls',
  'IgnorePublicAcls',
  'BlockPublicPolicy',
  'RestrictPublicBuckets',
] as const;
export type PublicAccessBlock = Readonly<Partial<Record<(typeof publicAccessFlags)[number], boolean>>>;

const validName = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

export class BucketStore {
  readonly #dir: string;
  readonly #objects: ObjectStore;
  readonly #corsRules: readonly CorsRule[] | null;
  /** Asked with every request from a browser. */
  readonly #configs = new Map<string, BucketConfig>();

  constructor(dir: string, objects: ObjectStore, corsRules: readonly CorsRule[] | null) {
    this.#dir = dir;
    this.#objects = objects;
    this.#corsRules = corsRules;
    mkdirSync(join(dir, '.s3'), { recursive: true });
  }

  names(): string[] {
    return readdirSync(join(this.#dir, '.s3')).toSorted();
  }

  has(bucket: string): boolean {
    return validName.test(bucket) && existsSync(join(this.#dir, '.s3', bucket));
  }

  create(bucket: string): void {
    if (!validName.test(bucket))
      throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', { BucketName: bucket });
    this.#objects.prepare(bucket);
  }

  assertExists(bucket: string): void {
    if (!this.has(bucket))
      throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucket });
  }

  async config(bucket: string): Promise<BucketConfig> {
    const known = this.#configs.get(bucket);
    if (known) return known;
    const read = (await readJson<BucketConfig>(this.#configFile(bucket))) ?? {};
    this.#configs.set(bucket, read);
    return read;
  }

  async configure(bucket: string, change: BucketConfig): Promise<void> {
    const config = { ...(await this.config(bucket)), ...change };
    this.#configs.set(bucket, config);
    await writeWhole(this.#configFile(bucket), JSON.stringify(config));
  }

  /** The CORS rules in force; null when the bucket has none. */
  async corsRules(bucket: string): Promise<readonly CorsRule[] | null> {
    const { cors } = await this.config(bucket);
    return cors === undefined ? this.#corsRules : cors;
  }

  async publicAccess(bucket: string): Promise<PublicAccessBlock> {
    return (await this.config(bucket)).publicAccessBlock ?? {};
  }

  async assertAclAllowed(bucket: string, acl: string): Promise<void> {
    const { BlockPublicAcls } = await this.publicAccess(bucket);
    if (BlockPublicAcls && acl.startsWith('public-')) throw new S3Error('AccessDenied', 'Access Denied');
  }

  #configFile(bucket: string): string {
    return join(this.#dir, '.s3', bucket, 'bucket.json');
  }
}
