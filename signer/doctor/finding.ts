import type { S3Client } from '@aws-sdk/client-s3';

/** The live bucket that the doctor checks, and how the signer uses it. */
export interface Target {
  /** The client that the signer would use. */
  client: S3Client;
  bucket: string;
  region: string;
  /** The folder of the uploads, with a slash at its end. Empty for the whole bucket. With a quarantine, it is within that. */
  prefix: string;
  /** The folder of the quarantine. Undefined: files are stored under their final key at once. */
  quarantine?: { prefix: string };
  /** Origins of the pages with `<s3-uploader>`, such as `https://site.example`. */
  origins: readonly string[];
  /** Names of the metadata that pages may set. */
  metadata: readonly string[];
  /** How the signer uploads small files. */
  method: 'POST' | 'PUT';
  /** Whether a client can get a presigned PUT for a small file, by default or on request. */
  offersPut: boolean;
  /** The setting SIGNER_SIGN_ABSENT_HEADERS. */
  signAbsentHeaders: boolean;
  /** The setting SIGNER_CONDITIONAL_WRITES. Undefined: only POST carries the condition. */
  conditionalWrites?: boolean;
  /** The setting SIGNER_UPLOAD_ENDPOINTS. */
  uploadEndpoints?: readonly string[];
  /** Whether everyone is meant to read the bucket. */
  publicRead: boolean;
}

/** The result of one check. */
export interface Finding {
  /** The name of the check, such as `cors-post`. */
  check: string;
  /** `unproved`: an earlier finding, or a missing permission of the doctor, prevented the check. */
  state: 'ok' | 'broken' | 'unproved' | 'fixed';
  /** The result in words. */
  detail: string;
  fix?: Fix;
}

/** How to fix a finding. */
export interface Fix {
  /** The instruction in words. */
  what: string;
  /** The whole document to apply. It includes what the bucket already has. */
  json?: unknown;
  /** A command that applies the document. */
  command?: string;
  /** What the document changes, line by line. Absent if the bucket's present document could not be read. */
  diff?: string;
  /** Applies the fix. Only for what `--fix` may change. */
  apply?: () => Promise<unknown>;
}

/** A change of the bucket that `--fix` makes. */
export interface Change {
  /** The checks that it fixes. */
  checks: readonly string[];
  /** What it changes, line by line. */
  diff: string;
}

/** A check that succeeded. With a fix, that is advice: the bucket works without it. */
export const ok = (check: string, detail: string, fix?: Fix): Finding => ({ check, state: 'ok', detail, fix });

/** A check that found a fault. */
export const broken = (check: string, detail: string, fix?: Fix): Finding => ({ check, state: 'broken', detail, fix });

/** A check that could not be completed. */
export const unproved = (check: string, detail: string, fix?: Fix): Finding => ({
  check,
  state: 'unproved',
  detail,
  fix,
});
