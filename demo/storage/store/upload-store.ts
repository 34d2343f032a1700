import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from '../protocol/checksums.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { readJson, writeJson } from './json-file.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { ObjectMetadata, StoredObject } from './object-store.ts';
import type { TemporaryFile } from './temporary-file.ts';

/** A multipart upload that is neither completed nor aborted. Saved as JSON. */
export interface Upload extends ObjectMetadata {
  readonly uploadId: string;
  readonly key: string;
  /** ISO 8601. */
  readonly initiated: string;
  /** The checksum that each part must have; undefined when the client named none. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined;
}

/** A part of an upload, without its bytes. Saved as JSON. */
export interface Part {
  /** From 1. */
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** Hex; in double quotes it is the part's ETag. */
  readonly md5: string;
  readonly checksum: Checksum;
  /** ISO 8601. */
  readonly lastModified: string;
}

/** Bytes of randomness in an upload id. */
const UPLOAD_ID_BYTES = 32;
/** Base64url of {@link UPLOAD_ID_BYTES}. Checked, since the id becomes the name of a folder. */
const UPLOAD_ID = /^[A-Za-z0-9_-]{43}$/;

/** Multipart uploads as folders, `<dir>/.s3/<bucket>/uploads/<id>`: for each part `<number>.bytes` and `<number>.json`. */
export class UploadStore {
  readonly #dir: string;
  readonly #now: () => Date;
  /** Changes of one upload take turns. */
  readonly #queue = new KeyedQueue();

  constructor(dir: string, now: () => Date) {
    this.#dir = dir;
    this.#now = now;
  }

  /** Starts an upload. */
  async create(bucket: string, upload: Omit<Upload, 'uploadId' | 'initiated'>): Promise<Upload> {
    const created = {
      ...upload,
      uploadId: randomBytes(UPLOAD_ID_BYTES).toString('base64url'),
      initiated: this.#now().toISOString(),
    };
    const folder = this.#folder(bucket, created.uploadId);
    await mkdir(folder, { recursive: true });
    await writeJson(join(folder, 'upload.json'), created);
    return created;
  }

  /**
   * Returns the upload with this id and key.
   *
   * @throws {S3Error} `NoSuchUpload`
   */
  async get(bucket: string, key: string, uploadId: string): Promise<Upload> {
    const upload = isUploadId(uploadId)
      ? await readJson<Upload>(join(this.#folder(bucket, uploadId), 'upload.json'))
      : undefined;
    if (upload?.key !== key) throw noSuchUpload(uploadId);
    return upload;
  }

  /**
   * Stores a part, in place of an earlier one with its number.
   *
   * @param bytes a file with all bytes of the part
   * @throws {S3Error} `NoSuchUpload` when the upload was completed or aborted in the meantime
   */
  async putPart(
    bucket: string,
    { key, uploadId }: Upload,
    { number, size, md5, checksum }: Omit<Part, 'lastModified'>,
    bytes: TemporaryFile,
  ): Promise<Part> {
    const part: Part = { number, size, md5, checksum, lastModified: this.#now().toISOString() };
    return this.runExclusively(uploadId, async () => {
      await this.get(bucket, key, uploadId);
      await bytes.moveTo(this.partFile(bucket, uploadId, number));
      await writeJson(join(this.#folder(bucket, uploadId), `${number}.json`), part);
      return part;
    });
  }

  /**
   * Returns parts in the order of their numbers.
   *
   * @param after return only parts with a higher number. Default: 0
   * @param limit return at most this many. Default: all
   */
  async parts(
    bucket: string,
    uploadId: string,
    after = 0,
    limit = Infinity,
  ): Promise<{ parts: Part[]; hasMore: boolean }> {
    const folder = this.#folder(bucket, uploadId);
    const numbers = (await readdir(folder))
      .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .filter((number) => number > after)
      .toSorted((a, b) => a - b);
    const page = numbers.slice(0, limit);
    const parts = await Promise.all(page.map((number) => readJson<Part>(join(folder, `${number}.json`))));
    return { parts: parts.filter((part) => part !== undefined), hasMore: numbers.length > page.length };
  }

  /** All uploads of a bucket whose key starts with `prefix`, by key, then by start time. */
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

  /** Deletes an upload with its parts. */
  async remove(bucket: string, uploadId: string): Promise<void> {
    await rm(this.#folder(bucket, uploadId), { recursive: true, force: true });
  }

  /** Records the object of a completed upload, for a client that lost the response and repeats its request. */
  async recordCompleted(bucket: string, uploadId: string, object: StoredObject): Promise<void> {
    const folder = join(this.#dir, '.s3', bucket, 'completed');
    await mkdir(folder, { recursive: true });
    await writeJson(join(folder, `${uploadId}.json`), object);
  }

  /** The object of a completed upload; undefined when there is none with this id and key. */
  async findCompleted(bucket: string, key: string, uploadId: string): Promise<StoredObject | undefined> {
    if (!isUploadId(uploadId)) return undefined;
    const object = await readJson<StoredObject>(join(this.#dir, '.s3', bucket, 'completed', `${uploadId}.json`));
    return object?.key === key ? object : undefined;
  }

  /** Path of a part's bytes. */
  partFile(bucket: string, uploadId: string, number: number): string {
    return join(this.#folder(bucket, uploadId), `${number}.bytes`);
  }

  /** Runs a task while no other task changes this upload. */
  runExclusively<T>(uploadId: string, task: () => Promise<T>): Promise<T> {
    return this.#queue.run(uploadId, task);
  }

  #folder(bucket: string, uploadId: string): string {
    return join(this.#dir, '.s3', bucket, 'uploads', uploadId);
  }
}

const isUploadId = (text: string) => UPLOAD_ID.test(text);

const noSuchUpload = (uploadId: string) =>
  new S3Error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId: uploadId },
  );
