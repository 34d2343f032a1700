import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from '../protocol/checksums.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { Locks } from './keyed-queue.ts';
import { readJson, writeWhole, type ObjectAttributes, type StoredObject, type TemporaryFile } from './object-store.ts';
import type { Received } from '../body/write-verified.ts';

/** A multipart upload under way. */
export interface Upload extends ObjectAttributes {
  readonly uploadId: string;
  readonly key: string;
  /** ISO 8601 */
  readonly initiated: string;
  /** What the parts and the object are to be verified by; undefined when the client asked for nothing. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined;
}

export interface Part {
  readonly number: number;
  readonly size: number;
  /** Hex; quoted it is the part's ETag. */
  readonly md5: string;
  readonly checksum: Checksum;
  /** ISO 8601 */
  readonly lastModified: string;
}

/** Uploads as folders: `<dir>/.s3/<bucket>/uploads/<id>` with the parts' bytes, each beside what is known of it. */
export class UploadStore {
  readonly #dir: string;
  readonly #now: () => Date;
  readonly #locks = new Locks();

  constructor(dir: string, now: () => Date) {
    this.#dir = dir;
    this.#now = now;
  }

  async create(bucket: string, upload: Omit<Upload, 'uploadId' | 'initiated'>): Promise<Upload> {
    const created = {
      ...upload,
      uploadId: randomBytes(32).toString('base64url'),
      initiated: this.#now().toISOString(),
    };
    const folder = this.#folder(bucket, created.uploadId);
    await mkdir(folder, { recursive: true });
    await writeWhole(join(folder, 'upload.json'), JSON.stringify(created));
    return created;
  }

  /** The upload of this id, which must be one of this key, or a refusal. */
  async get(bucket: string, key: string, uploadId: string): Promise<Upload> {
    const upload = isUploadId(uploadId)
      ? await readJson<Upload>(join(this.#folder(bucket, uploadId), 'upload.json'))
      : undefined;
    if (upload?.key !== key) throw noSuchUpload(uploadId);
    return upload;
  }

  /** Makes a received file a part, in the place of an earlier one of its number. */
  async putPart(
    bucket: string,
    { key, uploadId }: Upload,
    number: number,
    temporary: TemporaryFile,
    received: Received,
  ): Promise<Part> {
    const { size, md5, checksum } = received;
    const part: Part = { number, size, md5, checksum, lastModified: this.#now().toISOString() };
    return this.alone(uploadId, async () => {
      // Aborted or completed while the bytes were on their way.
      await this.get(bucket, key, uploadId);
      await temporary.moveTo(this.partFile(bucket, uploadId, number));
      await writeWhole(join(this.#folder(bucket, uploadId), `${number}.json`), JSON.stringify(part));
      return part;
    });
  }

  /** Parts in the order of their numbers, those behind `after`, at most `limit`, and whether there are more. */
  async parts(
    bucket: string,
    uploadId: string,
    after = 0,
    limit = Infinity,
  ): Promise<{ parts: Part[]; more: boolean }> {
    const folder = this.#folder(bucket, uploadId);
    const numbers = (await readdir(folder))
      .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .filter((number) => number > after)
      .toSorted((a, b) => a - b);
    const page = numbers.slice(0, limit);
    const parts = await Promise.all(page.map((number) => readJson<Part>(join(folder, `${number}.json`))));
    return { parts: parts.filter((part) => part !== undefined), more: numbers.length > page.length };
  }

  /** All uploads of a bucket that have neither been completed nor aborted, by key, then by age. */
  async list(bucket: string, prefix: string): Promise<Upload[]> {
    const ids = await readdir(join(this.#dir, '.s3', bucket, 'uploads')).catch(() => []);
    const uploads = await Promise.all(ids.map((id) => readJson<Upload>(join(this.#folder(bucket, id), 'upload.json'))));
    return uploads
      .filter((upload) => upload !== undefined)
      .filter(({ key }) => key.startsWith(prefix))
      .toSorted(
        (a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || (a.initiated < b.initiated ? -1 : 1),
      );
  }

  async remove(bucket: string, uploadId: string): Promise<void> {
    await rm(this.#folder(bucket, uploadId), { recursive: true, force: true });
  }

  /** Remembers what an upload became, for a client that lost the answer and asks again. */
  async remember(bucket: string, uploadId: string, object: StoredObject): Promise<void> {
    const folder = join(this.#dir, '.s3', bucket, 'completed');
    await mkdir(folder, { recursive: true });
    await writeWhole(join(folder, `${uploadId}.json`), JSON.stringify(object));
  }

  async completed(bucket: string, key: string, uploadId: string): Promise<StoredObject | undefined> {
    if (!isUploadId(uploadId)) return undefined;
    const object = await readJson<StoredObject>(join(this.#dir, '.s3', bucket, 'completed', `${uploadId}.json`));
    return object?.key === key ? object : undefined;
  }

  partFile(bucket: string, uploadId: string, number: number): string {
    return join(this.#folder(bucket, uploadId), `${number}.bytes`);
  }

  /** Runs what must not meet another change of the same upload. */
  alone<T>(uploadId: string, task: () => Promise<T>): Promise<T> {
    return this.#locks.run(uploadId, task);
  }

  #folder(bucket: string, uploadId: string): string {
    return join(this.#dir, '.s3', bucket, 'uploads', uploadId);
  }
}

const isUploadId = (text: string) => /^[A-Za-z0-9_-]{43}$/.test(text);

const noSuchUpload = (uploadId: string) =>
  new S3Error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId: uploadId },
  );
