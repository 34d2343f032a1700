import { randomUUID } from 'node:crypto';
import { signedPolicy, signerFields, type PolicySigner } from '../fixtures/sigv4.ts';
import { readS3Response, type S3Response } from './s3-response.ts';
import type { StorageUnderTest } from './storage-under-test.ts';

/** A condition of a POST policy: `{ field: value }` or `[operator, '$field', value]`. */
export type Condition = Record<string, string> | readonly unknown[];

/** One part of a multipart/form-data body. */
export interface FormPart {
  readonly name: string;
  readonly value: string | Uint8Array;
  /** Makes the part a file. */
  readonly fileName?: string;
  /** Content-Type of the part. */
  readonly type?: string;
}

/** The fields of a form with a signed policy. */
export interface SignedForm {
  /** In the order in which they are sent. */
  fields: [string, string][];
  signer: PolicySigner;
}

export interface FormOptions {
  key: string;
  /** Fields in addition to the key and the signature. Each gets an exact condition, unless `conditions` is set. */
  fields?: Record<string, string>;
  /** Replaces the exact conditions for the key and for `fields`. */
  conditions?: readonly Condition[];
  /** Added to the other conditions. */
  extraConditions?: readonly Condition[];
  /** Seconds from now. Default: 600. */
  expiresInSeconds?: number;
  /** Differs from the storage's own credential. */
  signer?: Partial<PolicySigner>;
  /** Changes the policy document before it is signed. A string is signed as it is. */
  changePolicy?: (document: { expiration: string; conditions: Condition[] }) => unknown;
}

/** Signs a form. By default its policy covers every field, so the storage accepts it. */
export function signForm(storage: StorageUnderTest, options: FormOptions): SignedForm {
  const signer: PolicySigner = {
    ...storage.credentials,
    region: storage.region,
    date: new Date(),
    ...options.signer,
  };
  const fields = { key: options.key, ...options.fields };
  const conditions = options.conditions ?? Object.entries(fields).map(([name, value]) => ({ [name]: value }));
  const required = { bucket: storage.bucket, ...signerFields(signer) };
  const document = {
    expiration: new Date(Date.now() + (options.expiresInSeconds ?? 600) * 1000).toISOString(),
    conditions: [
      ...Object.entries(required).map(([name, value]) => ({ [name]: value })),
      ...conditions,
      ...(options.extraConditions ?? []),
    ],
  };
  const changed = options.changePolicy ? options.changePolicy(document) : document;
  const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
  const allFields = { ...fields, ...signerFields(signer), ...signedPolicy(text, signer) };
  return { fields: Object.entries(allFields), signer };
}

/** A copy of the form in which fields are replaced, added or, by undefined, removed. The policy stays as it is. */
export function withChanges({ fields, signer }: SignedForm, changes: Record<string, string | undefined>): SignedForm {
  const changed = { ...Object.fromEntries(fields), ...changes };
  return {
    fields: Object.entries(changed).filter((field): field is [string, string] => field[1] !== undefined),
    signer,
  };
}

/** The part of the form's file. */
export const filePart = (
  value: string | Uint8Array,
  fileName = 'a.bin',
  type = 'application/octet-stream',
): FormPart => ({
  name: 'file',
  value,
  fileName,
  type,
});

/** The fields, then the file: the order that S3 requires. */
export const formParts = ({ fields }: SignedForm, file: FormPart | string | Uint8Array = 'hello'): FormPart[] => [
  ...fields.map(([name, value]) => ({ name, value })),
  typeof file === 'string' || file instanceof Uint8Array ? filePart(file) : file,
];

export interface PostOptions {
  /** Default: the storage's bucket. */
  bucket?: string;
  headers?: Record<string, string>;
  /** Sends the body in chunks, without a Content-Length. Default: false. */
  chunked?: boolean;
  /** Cuts this many bytes off the end of the body. Default: 0. */
  cutBytes?: number;
  /** Default: multipart/form-data with the boundary. */
  contentType?: string;
}

/** Posts a form and reads the response. The parts are sent byte for byte, which FormData would not do. */
export async function postForm(
  storage: StorageUnderTest,
  parts: readonly FormPart[],
  options: PostOptions = {},
): Promise<S3Response> {
  const boundary = `----test${randomUUID()}`;
  const body = encodeForm(parts, boundary);
  const sent = body.subarray(0, body.length - (options.cutBytes ?? 0));
  const response = await fetch(`${storage.url}/${options.bucket ?? storage.bucket}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': options.contentType ?? `multipart/form-data; boundary=${boundary}`, ...options.headers },
    ...(options.chunked ? { body: new Blob([sent]).stream(), duplex: 'half' } : { body: sent }),
  });
  return readS3Response(response);
}

/** Encodes parts as multipart/form-data. */
export function encodeForm(parts: readonly FormPart[], boundary: string): Uint8Array<ArrayBuffer> {
  const pieces = parts.flatMap(({ name, value, fileName, type }) => {
    const escape = (text: string) => text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
    const fileNameParameter = fileName === undefined ? '' : `; filename="${escape(fileName)}"`;
    const typeHeader = type === undefined ? '' : `Content-Type: ${type}\r\n`;
    return [
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${escape(name)}"${fileNameParameter}\r\n${typeHeader}\r\n`,
      ),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ];
  });
  return new Uint8Array(Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]));
}
