import type { FileInfo } from './item.ts';

/** What a later page needs to go on with an upload: the ticket, and what the file was. No URL, no credential. */
export interface ResumeRecord {
  readonly key: string;
  /** Bytes of every part but the last. */
  readonly partSize: number;
  readonly ticket: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly type: string;
  readonly path?: string | undefined;
  readonly metadata?: FileInfo['metadata'] | undefined;
  /** Milliseconds since 1970, as of the file. */
  readonly lastModified: number;
  /** Milliseconds since 1970: the record outlives neither its ticket nor seven days. */
  readonly expires: number;
  /** The file itself, where the browser keeps it. */
  readonly file?: File | undefined;
  /**
   * Reads the file anew from where the visitor took it, where the browser has kept the way to it. Needs the visitor's
   * leave, and so a click; resolves to undefined without it.
   */
  readonly readAgain?: (() => Promise<File | undefined>) | undefined;
}

/**
 * Where unfinished uploads are remembered. A store that cannot (private windows, full disks) resolves all the same:
 * nobody's upload fails for it.
 */
export interface ResumeStore {
  save(record: ResumeRecord): Promise<void>;
  drop(key: string): Promise<void>;
  /** What is unfinished, be it in another page's hands. */
  load(): Promise<readonly ResumeRecord[]>;
  /** Takes an upload into this page's hands until the signal ends; false while another page has it. */
  lock(key: string, signal: AbortSignal): Promise<boolean>;
}

/** Milliseconds a record is kept at most: after as long, lifecycle rules clear away what S3 has of the upload. */
const KEPT = 7 * 24 * 60 * 60 * 1000;

/** The members of a multipart grant that a record is made from. */
interface ResumableGrant extends Pick<ResumeRecord, 'key' | 'partSize'> {
  readonly ticket?: string;
  /** Milliseconds for which the ticket is valid. */
  readonly lifetime?: number;
}

/** The record of an upload that has begun, or undefined where it cannot be reopened. */
export function recordOf(info: FileInfo, grant: ResumableGrant): ResumeRecord | undefined {
  const { name, size, type, path, metadata, file } = info;
  const { key, ticket, partSize, lifetime = KEPT } = grant;
  if (!ticket || !file) return undefined;
  const expires = Date.now() + Math.min(lifetime, KEPT);
  return { key, ticket, partSize, name, size, type, path, metadata, lastModified: file.lastModified, expires, file };
}

/** Whether this is the file that the record is of: the same name, size and time. */
export const isSameFile = (
  file: Pick<File, 'name' | 'size' | 'lastModified'>,
  record: Pick<ResumeRecord, 'name' | 'size' | 'lastModified'>,
): boolean => file.name === record.name && file.size === record.size && file.lastModified === record.lastModified;
