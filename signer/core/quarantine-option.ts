import type { Context } from 'hono';
import type { StoredObject } from './events.ts';

/**
 * An uploaded file that waits for its verdict. Its key is in the quarantine's folder. After a POST or PUT, the key is that of a
 * copy. No signature allows writing to the copy, so the file cannot be replaced during the check.
 */
export interface QuarantinedObject extends StoredObject {
  /** The key that the file gets if it is accepted. */
  finalKey: string;
}

/**
 * What becomes of a file. `processing`: not decided yet, ask again later. `refused`: the file is deleted, and the visitor
 * sees this message.
 */
export type Verdict = 'accepted' | 'processing' | { refused: string };

/** The option `quarantine` of `createSigner`. */
export interface Quarantine {
  /** The folder of the files that wait, outside of the signer's own. Default `quarantine/`. */
  prefix?: string;
  /**
   * Decides whether a file is accepted. Called again with each confirmation of the page until it has decided, so it must be
   * idempotent; at most once at a time for one file in one process. A long check should return `processing` meanwhile. If it
   * throws, or returns anything else, the file stays in the quarantine and the confirmation fails.
   */
  accept(object: QuarantinedObject, c: Context): Verdict | Promise<Verdict>;
  /**
   * Milliseconds for which a confirmation waits for the verdict, before it responds that the file is being checked. Default
   * 5,000, a third of the time for which `<s3-uploader>` waits for a signer.
   */
  wait?: number;
}

/** Default of `prefix`. */
export const DEFAULT_QUARANTINE_PREFIX = 'quarantine/';
/** Default of `wait`. */
export const DEFAULT_WAIT_MS = 5_000;
