import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { lstat, mkdir, open, readdir, rm, rmdir, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Checksum, ChecksumType } from '../protocol/checksums.ts';
import { preconditionFailed } from '../protocol/s3-error.ts';
import { isMissing, readJson, writeJson } from './json-file.ts';
import { hashedName, safeRelativePath } from './key-path.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { TemporaryFile } from './temporary-file.ts';

/** The members of an object that a client sets. */
export interface ObjectMetadata {
  /** Headers that GET and HEAD repeat, by lower-case name, `content-type` and `x-amz-meta-*` among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** A canned ACL such as `private` or `public-read`. */
  readonly acl: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** An object without its bytes. Saved as JSON. */
export interface StoredObject extends ObjectMetadata {
  readonly key: string;
  /** Path of the bytes, relative to the storage's folder. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** In double quotes, as in the header. */
  readonly etag: string;
  /** ISO 8601. */
  readonly lastModified: string;
  readonly checksum: Checksum;
  readonly checksumType: ChecksumType;
}

/** An object that is about to be stored. */
export type NewObject = Omit<StoredObject, 'file' | 'lastModified'>;

/**
 * Objects as files: the bytes at `<dir>/<bucket>/<key>`, the metadata at `<dir>/.s3/<bucket>/objects`. Bytes go to
 * `<dir>/.s3/<bucket>/bytes` when the key is not a safe path, or when another key's file or folder is in the way.
 */
export class ObjectStore {
  readonly #dir: string;
  readonly #now: () => Date;
  /** Reads and writes of one key take turns. */
  readonly #queue = new KeyedQueue();

  constructor(dir: string, now: () => Date) {
    this.#dir = dir;
    this.#now = now;
  }

  /** Creates the folders of a bucket and deletes temporary files that an earlier process left. */
  createFolders(bucket: string): void {
    rmSync(this.#internal(bucket, 'incoming'), { recursive: true, force: true });
    for (const folder of ['incoming', 'objects', 'bytes'])
      mkdirSync(this.#internal(bucket, folder), { recursive: true });
    mkdirSync(join(this.#dir, bucket), { recursive: true });
  }

  /** Runs a task with a path for a temporary file, and deletes the file afterwards unless the task has moved it. */
  async withTemporaryFile<T>(bucket: string, task: (temporary: TemporaryFile) => Promise<T>): Promise<T> {
    const temporary = new TemporaryFile(this.#internal(bucket, 'incoming', randomUUID()));
    try {
      return await task(temporary);
    } finally {
      await temporary.discard();
    }
  }

  /**
   * Stores an object atomically, in place of an earlier one with its key.
   *
   * @param bytes a file with all bytes of the object
   * @param ifAbsent refuse to replace an object. Default: false
   * @throws {S3Error} `PreconditionFailed`
   */
  async put(bucket: string, object: NewObject, bytes: TemporaryFile, ifAbsent = false): Promise<StoredObject> {
    return this.#queue.run(`${bucket}/${object.key}`, async () => {
      const existing = await this.#read(bucket, object.key);
      if (existing && ifAbsent) throw preconditionFailed('If-None-Match');
      const path = await this.#choosePath(bucket, object.key, existing);
      const stored = { ...object, file: relative(this.#dir, path), lastModified: this.#now().toISOString() };
      await bytes.moveTo(path);
      await writeJson(this.#metadataFile(bucket, object.key), stored);
      return stored;
    });
  }

  /**
   * Refuses early what {@link ObjectStore.put} would refuse with `ifAbsent`, so that nothing is written for it.
   *
   * @throws {S3Error} `PreconditionFailed`
   */
  async assertAbsent(bucket: string, key: string): Promise<void> {
    await this.#queue.run(`${bucket}/${key}`, async () => {
      if (await this.#read(bucket, key)) throw preconditionFailed('If-None-Match');
    });
  }

  /** Opens an object; undefined when there is none. The caller closes the file. */
  async open(bucket: string, key: string): Promise<{ object: StoredObject; bytes: FileHandle } | undefined> {
    return this.#queue.run(`${bucket}/${key}`, async () => {
      const object = await this.#read(bucket, key);
      if (!object) return undefined;
      try {
        return { object, bytes: await open(join(this.#dir, object.file)) };
      } catch (error) {
        // A developer may have deleted the file by hand.
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  /** Deletes an object, if there is one, and the folders that become empty. */
  async delete(bucket: string, key: string): Promise<void> {
    await this.#queue.run(`${bucket}/${key}`, async () => {
      const object = await this.#read(bucket, key);
      if (!object) return;
      const path = join(this.#dir, object.file);
      await rm(this.#metadataFile(bucket, key), { force: true });
      await rm(path, { force: true });
      await this.#removeEmptyFolders(bucket, dirname(path));
    });
  }

  /** All objects whose key starts with `prefix`, ordered by the UTF-8 bytes of the key. */
  async list(bucket: string, prefix: string): Promise<StoredObject[]> {
    const names = await readdir(this.#internal(bucket, 'objects'));
    const objects = await Promise.all(
      names
        .filter((name) => name.endsWith('.json'))
        .map((name) => readJson<StoredObject>(this.#internal(bucket, 'objects', name))),
    );
    return objects
      .filter((object) => object !== undefined)
      .filter(({ key }) => key.startsWith(prefix))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  async #read(bucket: string, key: string): Promise<StoredObject | undefined> {
    return readJson<StoredObject>(this.#metadataFile(bucket, key));
  }

  async #choosePath(bucket: string, key: string, existing: StoredObject | undefined): Promise<string> {
    if (existing) {
      const path = join(this.#dir, existing.file);
      await mkdir(dirname(path), { recursive: true });
      return path;
    }
    const fallback = this.#internal(bucket, 'bytes', hashedName(key));
    const relativePath = safeRelativePath(key);
    if (relativePath === undefined) return fallback;
    const path = join(this.#dir, bucket, relativePath);
    try {
      await mkdir(dirname(path), { recursive: true });
    } catch {
      // The key `a` has a file where `a/b` needs a folder.
      return fallback;
    }
    // Another key has this path: `a/b` has the folder `a`, or the file system ignores case and `A` is the same file.
    return (await exists(path)) ? fallback : path;
  }

  async #removeEmptyFolders(bucket: string, folder: string): Promise<void> {
    const top = join(this.#dir, bucket);
    for (let current = folder; current.startsWith(top + sep); current = dirname(current)) {
      try {
        await rmdir(current);
      } catch {
        return; // not empty
      }
    }
  }

  #metadataFile(bucket: string, key: string): string {
    return this.#internal(bucket, 'objects', `${hashedName(key)}.json`);
  }

  #internal(bucket: string, ...rest: string[]): string {
    return join(this.#dir, '.s3', bucket, ...rest);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
