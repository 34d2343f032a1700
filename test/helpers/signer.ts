import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Hono } from 'hono';
import { createSigner } from '../../signer/app.ts';
import type { SignerOptions } from '../../signer/options.ts';
import type { FileRequest, Problem, SignAnswer, SignedFile } from '../../widget/core/protocol.ts';

export const ORIGIN = 'https://site.example';
export const SECRET = 'canary-signer-secret-0123456789';
export const CREDENTIALS = { accessKeyId: 'CANARYACCESSKEY00001', secretAccessKey: 'canary/secret+access/key' };

export interface TestSigner {
  readonly app: Hono;
  /** Every request that reached the storage, such as `GET /uploads/key`. */
  readonly calls: string[];
  /** From a page of the allowed origin, unless the headers say otherwise. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** @throws {Error} when the answer is not 200 */
  sign(files: Partial<FileRequest>[], more?: object): Promise<SignedFile[]>;
}

/** A signer whose storage is not there: whatever needs it fails, and is noted. */
export function signerOf(options: Partial<SignerOptions> = {}, config: S3ClientConfig = {}): TestSigner {
  const calls: string[] = [];
  const client =
    options.client ??
    new S3Client({
      region: 'us-east-1',
      credentials: CREDENTIALS,
      endpoint: 'http://127.0.0.1:9',
      forcePathStyle: true,
      maxAttempts: 1,
      ...config,
    });
  client.middlewareStack.add(
    (next) => (args) => {
      const { method, path } = args.request as { method: string; path: string };
      calls.push(`${method} ${path}`);
      return next(args);
    },
    // Presigning never reaches this step.
    { step: 'deserialize', priority: 'low' },
  );
  const app = createSigner({
    bucket: 'uploads',
    authorize: () => ({ owner: 'ann' }),
    secret: SECRET,
    origins: [ORIGIN],
    onEvent: () => undefined,
    ...options,
    client,
  });
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    app.request(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: ORIGIN, ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    });
  return {
    app,
    calls,
    post,
    sign: async (files, more = {}) => {
      const response = await post('/', { files: files.map((file, i) => fileOf({ id: `${i}`, ...file })), ...more });
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
      return ((await response.json()) as SignAnswer).files;
    },
  };
}

export const fileOf = (file: Partial<FileRequest> = {}): FileRequest => ({
  id: '1',
  name: 'cat.jpg',
  type: 'image/jpeg',
  size: 1000,
  ...file,
});

export const problemOf = async (response: Response): Promise<Problem> => (await response.json()) as Problem;

export interface Policy {
  expiration: string;
  conditions: (Record<string, string> | [string, string | number, string | number])[];
}

export function policyOf(fields: Record<string, string>): Policy {
  return JSON.parse(Buffer.from(fields.Policy!, 'base64').toString()) as Policy;
}

/** The hidden fields of a rendered form. */
export const fieldsOf = (page: string): Record<string, string> =>
  Object.fromEntries([...page.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((m) => [m[1]!, m[2]!]));
