import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { lstat, mkdir, open, readFile, readdir, rename, rm, rmdir, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Checksum, ChecksumType } from '../protocol/checksums.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { hashedName, plainPath } from './key-path.ts';
import { Locks } from './keyed-queue.ts';

/** What a client says about an object and S3 keeps. */
export interface ObjectAttributes {
  /** Headers that GET and HEAD repeat, lower-case names, `content-type` and `x-amz-meta-*` among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly acl: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface StoredObject extends ObjectAttributes {
  readonly key: string;
  /** Where the bytes lie, relative to the storage's folder. */
  readonly file: string;
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  /** ISO 8601 */
  readonly lastModified: string;
  readonly checksum: Checksum;
  readonly checksumType: ChecksumType;
}

/** A body whose bytes are all there, and how the object made of it is to be known. */
export type NewObject = Omit<StoredObject, 'file' | 'lastModified'>;

/** A file that lasts as long as the request that fills it, unless it is moved to where it belongs. */
export class TemporaryFile {
  readonly path: string;
  #moved = false;

  constructor(path: string) {
    this.path = path;
  }

  async moveTo(place: string): Promise<void> {
    await rename(this.path, place);
    this.#moved = true;
  }

  async discard(): Promise<void> {
    if (!this.#moved) await rm(this.path, { force: true });
  }
}

/**
 * Objects as plain files: the bytes at `<dir>/<bucket>/<key>`, what S3 knows of them at `<dir>/.s3/<bucket>/objects`.
 * A key that is no safe file name, or whose place another key's file or folder holds, has its bytes at
 * `<dir>/.s3/<bucket>/bytes`.
 */
export class ObjectStore {
  readonly #dir: string;
  readonly #now: () => Date;
  readonly #locks = new Locks();

  constructor(dir: string, now: () => Date) {
    this.#dir = dir;
    this.#now = now;
  }

  /** Makes a bucket's folders and throws away what an earlier run received only in part. */
  prepare(bucket: string): void {
    rmSync(this.#own(bucket, 'incoming'), { recursive: true, force: true });
    for (const folder of ['incoming', 'objects', 'bytes']) mkdirSync(this.#own(bucket, folder), { recursive: true });
    mkdirSync(join(this.#dir, bucket), { recursive: true });
  }

  /** Gives `task` a place for a file on the same file system, and removes the file unless the task has moved it. */
  async withTemporary<T>(bucket: string, task: (temporary: TemporaryFile) => Promise<T>): Promise<T> {
    const temporary = new TemporaryFile(this.#own(bucket, 'incoming', randomUUID()));
    try {
      return await task(temporary);
    } finally {
      await temporary.discard();
    }
  }

  /** Makes a received file the object, at once and as a whole. Refuses when `ifAbsent` and there is one already. */
  async put(bucket: string, object: NewObject, received: TemporaryFile, ifAbsent = false): Promise<StoredObject> {
    return this.#locks.run(`${bucket}/${object.key}`, async () => {
      const before = await this.#read(bucket, object.key);
      if (before && ifAbsent) throw preconditionFailed('If-None-Match');
      const place = await this.#place(bucket, object.key, before);
      const stored = { ...object, file: relative(this.#dir, place), lastModified: this.#now().toISOString() };
      await received.moveTo(place);
      await writeWhole(this.#own(bucket, 'objects', `${hashedName(object.key)}.json`), JSON.stringify(stored));
      return stored;
    });
  }

  /** The object and its open bytes, of one and the same version; the caller closes them. */
  async open(bucket: string, key: string): Promise<{ object: StoredObject; bytes: FileHandle } | undefined> {
    return this.#locks.run(`${bucket}/${key}`, async () => {
      const object = await this.#read(bucket, key);
      if (!object) return undefined;
      try {
        return { object, bytes: await open(join(this.#dir, object.file)) };
      } catch (error) {
        // Someone who looked at the folder may have deleted a file by hand.
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  async delete(bucket: string, key: string): Promise<void> {
    await this.#locks.run(`${bucket}/${key}`, async () => {
      const object = await this.#read(bucket, key);
      if (!object) return;
      await rm(this.#own(bucket, 'objects', `${hashedName(key)}.json`), { force: true });
      await rm(join(this.#dir, object.file), { force: true });
      await this.#removeEmptyFolders(bucket, dirname(join(this.#dir, object.file)));
    });
  }

  /** All objects whose key starts with `prefix`, in the order of their keys' UTF-8 bytes. */
  async list(bucket: string, prefix: string): Promise<StoredObject[]> {
    const names = await readdir(this.#own(bucket, 'objects'));
    const objects = await Promise.all(
      names
        .filter((name) => name.endsWith('.json'))
        .map((name) => readJson<StoredObject>(this.#own(bucket, 'objects', name))),
    );
    return objects
      .filter((object) => object !== undefined)
      .filter(({ key }) => key.startsWith(prefix))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  async #read(bucket: string, key: string): Promise<StoredObject | undefined> {
    return readJson<StoredObject>(this.#own(bucket, 'objects', `${hashedName(key)}.json`));
  }

  async #place(bucket: string, key: string, before: StoredObject | undefined): Promise<string> {
    if (before) {
      const place = join(this.#dir, before.file);
      await mkdir(dirname(place), { recursive: true });
      return place;
    }
    const hidden = this.#own(bucket, 'bytes', hashedName(key));
    const path = plainPath(key);
    if (path === undefined) return hidden;
    const place = join(this.#dir, bucket, path);
    try {
      await mkdir(dirname(place), { recursive: true });
    } catch {
      // A key such as `a` holds the place of the folder that `a/b` needs.
      return hidden;
    }
    // Taken by another key: `a` beside `a/b`, or `A` beside `a` where the file system does not tell them apart.
    return (await exists(place)) ? hidden : place;
  }

  async #removeEmptyFolders(bucket: string, folder: string): Promise<void> {
    const top = join(this.#dir, bucket);
    for (let at = folder; at.startsWith(top + sep); at = dirname(at)) {
      try {
        await rmdir(at);
      } catch {
        return;
      }
    }
  }

  #own(bucket: string, ...rest: string[]): string {
    return join(this.#dir, '.s3', bucket, ...rest);
  }
}

export const preconditionFailed = (condition: string) =>
  new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });

/** Replaces a file as a whole: a reader sees the old text or the new one. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text);
  await rename(draft, file);
}

export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
