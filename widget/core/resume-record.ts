import type { FileInfo } from './item.ts';
import type { ChecksumAlgorithm } from './protocol.ts';

/** An unfinished upload, for a later page to resume: its ticket and the file's description. No URL, no credential. */
export interface ResumeRecord {
  /** The object's key, which also identifies the record. */
  readonly key: string;
  /** Bytes of every part but the last. */
  readonly partSize: number;
  /** Whether all bytes are stored, and the signer was still checking the file: nothing more is to be sent. Default false. */
  readonly isStored?: boolean;
  /** Opaque: the signer reopens the upload by it. */
  readonly ticket: string;
  /** The signer's opaque tag of the visitor who began the upload. Absent where the signer does not know its visitors. */
  readonly visitor?: string;
  /** Name of the file. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Media type. */
  readonly type: string;
  /** Path relative to the picked folder, with `/` between segments. Absent outside of folders. */
  readonly path?: string;
  /** Strings for the signer about this file. */
  readonly metadata?: FileInfo['metadata'];
  /** Algorithm of the parts' checksums, if the upload was signed with them: the missing parts need them, too. */
  readonly checksum?: ChecksumAlgorithm;
  /** The file's own time: milliseconds since 1970. */
  readonly lastModified: number;
  /** Made from some of the file's bytes, to recognize it when it has another time. Absent where it could not be read. */
  readonly fingerprint?: string;
  /** Milliseconds since 1970, after which the record is useless: the ticket's end, at most seven days ahead. */
  readonly expires: number;
  /** The file itself, where the store could keep it. */
  readonly file?: File;
  /**
   * Reads the file again from disk, where the browser has kept a handle to it. Call it from a click: it asks the visitor
   * for permission, and resolves to undefined without it.
   */
  readonly readAgain?: () => Promise<File | undefined>;
}

/**
 * Remembers unfinished uploads for later pages, and locks them against other pages. A store that cannot (private windows,
 * full disks) resolves all the same: no upload fails because of it.
 */
export interface ResumeStore {
  /** Saves a record, in place of an earlier one with the same key. */
  save(record: ResumeRecord): Promise<void>;
  /** Deletes a record. */
  drop(key: string): Promise<void>;
  /** All unfinished uploads, also those that other pages have locked, and those of other visitors of this browser. */
  load(): Promise<readonly ResumeRecord[]>;
  /** Deletes the records of all visitors: those of this queue, and of the queues that share its signer on other pages. */
  clear(): Promise<void>;
  /**
   * Locks an upload for this page until the signal is aborted.
   *
   * @returns false when another page has locked it
   */
  lock(key: string, signal: AbortSignal): Promise<boolean>;
}

/** Milliseconds for which a record is kept at most: AWS's example of a lifecycle rule aborts uploads after seven days. */
const MAX_RECORD_AGE_MS = 7 * 24 * 60 * 60 * 1000;

/** The members of a grant that a record is made from. */
interface ResumableGrant
  extends Pick<ResumeRecord, 'key' | 'checksum' | 'visitor'>, Partial<Pick<ResumeRecord, 'partSize'>> {
  readonly ticket?: string;
  /** Milliseconds for which the ticket is valid. */
  readonly lifetime?: number;
}

/**
 * The record of an upload, or undefined where no later page could resume it.
 *
 * @param isStored whether the file is stored, and only its check is not finished. The signer knows how long that may take
 */
export function recordOf(info: FileInfo, grant: ResumableGrant, isStored = false): ResumeRecord | undefined {
  const { name, size, type, path, metadata, file } = info;
  const { key, ticket, visitor, partSize = Math.max(size, 1), checksum, lifetime = MAX_RECORD_AGE_MS } = grant;
  if (!ticket || !(file ?? isStored)) return undefined;
  const expires = Date.now() + (isStored ? MAX_RECORD_AGE_MS : Math.min(lifetime, MAX_RECORD_AGE_MS));
  const lastModified = file?.lastModified ?? 0;
  const common = { key, ticket, visitor, partSize, checksum, name, size, type, path, metadata, lastModified, expires };
  return isStored ? { ...common, isStored } : { ...common, file };
}

/** Whether this may be the file of the record: it has the same name and size. Its time may have changed. */
export const maybeSameFile = (
  file: Pick<File, 'name' | 'size'>,
  record: Pick<ResumeRecord, 'name' | 'size'>,
): boolean => file.name === record.name && file.size === record.size;
