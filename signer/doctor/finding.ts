import type { S3Client } from '@aws-sdk/client-s3';

/** What the doctor looks at: a live bucket, through the client the signer would use. */
export interface Patient {
  client: S3Client;
  bucket: string;
  region: string;
  /** Where the signer's keys begin; empty for the whole bucket. */
  prefix: string;
  /** Origins of the pages that hold the tag, `https://site.example` each. */
  origins: readonly string[];
  /** Names of the metadata that pages may set. */
  metadata: readonly string[];
  /** How the signer sends small files. */
  method: 'POST' | 'PUT';
  /** The bucket is meant to be read by everyone. */
  publicRead: boolean;
}

export interface Finding {
  check: string;
  /** `unproved` when an earlier finding or a missing permission of the doctor's own stands in the way. */
  state: 'ok' | 'broken' | 'unproved' | 'mended';
  detail: string;
  mend?: Mend;
}

/** What puts it right. */
export interface Mend {
  what: string;
  /** The whole document to apply, with what the bucket has already. */
  json?: unknown;
  command?: string;
  /** Applies it; only for what `--fix` may change. */
  apply?: () => Promise<unknown>;
}

export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail });

export const broken = (check: string, detail: string, mend?: Mend): Finding => ({
  check,
  state: 'broken',
  detail,
  ...(mend && { mend }),
});

export const unproved = (check: string, detail: string, mend?: Mend): Finding => ({
  check,
  state: 'unproved',
  detail,
  ...(mend && { mend }),
});
