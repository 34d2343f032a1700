import { randomUUID } from 'node:crypto';
import { signedPolicy, signerFields, type PolicySigner } from '../fixtures/sigv4.ts';
import { readAnswer, type Answer } from './answer.ts';
import type { TestServer } from './server.ts';

export type Condition = Record<string, string> | readonly unknown[];

export interface FormPart {
  readonly name: string;
  readonly value: string | Uint8Array;
  /** Makes it a file. */
  readonly fileName?: string;
  readonly type?: string;
}

export interface SignedForm {
  /** In the order they are sent in. */
  fields: [string, string][];
  signer: PolicySigner;
}

export interface FormOptions {
  key: string;
  /** Fields besides those that every form has; each gets an exact condition unless `conditions` says otherwise. */
  fields?: Record<string, string>;
  /** In place of the exact conditions for the key and the fields. */
  conditions?: readonly Condition[];
  /** Besides the conditions above. */
  more?: readonly Condition[];
  /** In seconds from now. Default 600. */
  expires?: number;
  signer?: Partial<PolicySigner>;
  /** Changes the policy before it is signed. */
  document?: (document: { expiration: string; conditions: Condition[] }) => unknown;
}

/** A policy form, every field of which is covered, unless told otherwise. */
export function signForm(server: TestServer, options: FormOptions): SignedForm {
  const signer: PolicySigner = {
    ...server.credentials,
    region: server.region,
    date: new Date(),
    ...options.signer,
  };
  const fields = { key: options.key, ...options.fields };
  const conditions = options.conditions ?? Object.entries(fields).map(([name, value]) => ({ [name]: value }));
  const always = { bucket: server.bucket, ...signerFields(signer) };
  const document = {
    expiration: new Date(Date.now() + (options.expires ?? 600) * 1000).toISOString(),
    conditions: [
      ...Object.entries(always).map(([name, value]) => ({ [name]: value })),
      ...conditions,
      ...(options.more ?? []),
    ],
  };
  const changed = options.document ? options.document(document) : document;
  const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
  const all = { ...fields, ...signerFields(signer), ...signedPolicy(text, signer) };
  return { fields: Object.entries(all), signer };
}

/** The same form with some fields replaced, added or, by undefined, left out. */
export function altered({ fields, signer }: SignedForm, changes: Record<string, string | undefined>): SignedForm {
  const all = { ...Object.fromEntries(fields), ...changes };
  return { fields: Object.entries(all).filter((field): field is [string, string] => field[1] !== undefined), signer };
}

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

/** Fields, then the file: the order S3 asks for. */
export const formParts = ({ fields }: SignedForm, file: FormPart | string | Uint8Array = 'hello'): FormPart[] => [
  ...fields.map(([name, value]) => ({ name, value })),
  typeof file === 'string' || file instanceof Uint8Array ? filePart(file) : file,
];

export interface SendOptions {
  bucket?: string;
  headers?: Record<string, string>;
  /** Sent without a Content-Length. */
  chunked?: boolean;
  /** Cuts so many bytes off the end. */
  cut?: number;
  contentType?: string;
}

/** Posts parts byte for byte as given, which no FormData would. */
export async function post(server: TestServer, parts: readonly FormPart[], options: SendOptions = {}): Promise<Answer> {
  const boundary = `----test${randomUUID()}`;
  const body = encodeForm(parts, boundary);
  const sent = body.subarray(0, body.length - (options.cut ?? 0));
  const response = await fetch(`${server.url}/${options.bucket ?? server.bucket}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': options.contentType ?? `multipart/form-data; boundary=${boundary}`, ...options.headers },
    ...(options.chunked ? { body: new Blob([sent]).stream(), duplex: 'half' } : { body: sent }),
  });
  return readAnswer(response);
}

export function encodeForm(parts: readonly FormPart[], boundary: string): Uint8Array<ArrayBuffer> {
  const pieces = parts.flatMap(({ name, value, fileName, type }) => {
    const escape = (text: string) => text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
    const file = fileName === undefined ? '' : `; filename="${escape(fileName)}"`;
    const typed = type === undefined ? '' : `Content-Type: ${type}\r\n`;
    return [
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${escape(name)}"${file}\r\n${typed}\r\n`),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ];
  });
  return new Uint8Array(Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]));
}
