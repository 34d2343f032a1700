import { z } from 'zod';
import type {
  PartsAnswer,
  PartsListAnswer,
  Problem,
  SignAnswer,
  SignedFile,
  StoredFile,
} from '../widget/core/protocol.ts';
import { Algorithm, PartsInput, SignAgainInput, SignInput, TicketInput } from './schemas.ts';

const text = z.string();
const bytes = z.int().min(0);
const headers = z.record(text, text);

const signed = {
  id: text,
  key: text.meta({ description: 'The object’s key, raw: not percent-encoded.' }),
  expires: z.int().meta({ description: 'Seconds from the answer for which the signature holds.' }),
  ticket: text.optional(),
  confirm: z.boolean().optional(),
  deletable: z.boolean().optional(),
  checksum: Algorithm.optional(),
};

const SignedFileSchema = z.discriminatedUnion('method', [
  z.object({ ...signed, method: z.literal('POST'), url: z.url(), fields: headers }),
  z.object({ ...signed, method: z.literal('PUT'), url: z.url(), headers: headers.optional() }),
  z.object({ ...signed, method: z.literal('MULTIPART'), ticket: text, partSize: bytes }),
]);

const RefusedFileSchema = z.object({
  id: text,
  error: z.object({ code: text, message: text, limit: z.number().optional() }),
});

/** What the signer answers; the requests are checked by `schemas.ts`, and what is not described there is refused. */
export const answers = {
  SignedFile: z.union([SignedFileSchema, RefusedFileSchema]) satisfies z.ZodType<SignedFile>,
  SignAnswer: z.object({
    files: z.array(z.union([SignedFileSchema, RefusedFileSchema])),
  }) satisfies z.ZodType<SignAnswer>,
  PartsAnswer: z.object({
    parts: z.array(z.object({ number: z.int(), url: z.url(), headers: headers.optional() })),
    expires: z.int(),
  }) satisfies z.ZodType<PartsAnswer>,
  PartsListAnswer: z.object({
    parts: z.array(z.object({ number: z.int(), size: bytes })),
  }) satisfies z.ZodType<PartsListAnswer>,
  StoredFile: z.object({
    key: text,
    location: text,
    etag: text.optional(),
    size: bytes.optional(),
    receipt: text.optional(),
  }) satisfies z.ZodType<StoredFile>,
  Problem: z.object({
    type: text,
    title: text,
    status: z.int(),
    detail: text.optional(),
    code: text,
  }) satisfies z.ZodType<Problem>,
};

const requests = { SignInput, SignAgainInput, PartsInput, TicketInput };

/** Path, summary, request, answer; undefined where there is none but a 204. */
const CALLS: [string, string, keyof typeof requests, keyof typeof answers | undefined][] = [
  ['', 'Sign up to 100 files; one that is refused does not refuse the others', 'SignInput', 'SignAnswer'],
  ['/sign-again', 'Sign the same file afresh, under the same key', 'SignAgainInput', 'SignedFile'],
  ['/parts', 'Sign up to 100 parts of a multipart upload', 'PartsInput', 'PartsAnswer'],
  ['/parts/list', 'What the storage holds already', 'TicketInput', 'PartsListAnswer'],
  ['/complete', 'Make one object of the parts; repeats safely', 'TicketInput', 'StoredFile'],
  ['/abort', 'End a multipart upload, also when there is nothing left to end', 'TicketInput', undefined],
  ['/confirm', 'Whether the file is stored, and a receipt for it', 'TicketInput', 'StoredFile'],
  ['/delete', 'Remove the object, where the signer allows it', 'TicketInput', undefined],
];

/**
 * The contract as an OpenAPI 3.1 document, made from the schemas the signer checks with.
 *
 * @param mount where the signer is mounted, such as `/sign`
 */
export function openApi(mount: string, version: string) {
  const schemas = { ...entries(requests, 'input'), ...entries(answers, 'output') };
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const problem = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: ref('Problem') } },
  });
  const refusals = {
    400: problem('The request is not of this shape; the detail names the member'),
    401: problem('Nobody is signed in'),
    403: problem('Not allowed: of this origin, to this visitor, or with this ticket'),
    413: problem('The body is too long'),
    415: problem('The body is not application/json'),
    429: problem('Too many requests, or a quota is used up; Retry-After says for how long'),
    502: problem('The storage, or the application, did not do it'),
    503: problem('The storage is busy, or who asks cannot be checked'),
  };
  const paths = Object.fromEntries(
    CALLS.map(([path, summary, request, answer]) => [
      `${mount}${path}` || '/',
      {
        post: {
          summary,
          operationId: path.slice(1).replace(/\W(.)/g, (_match, letter: string) => letter.toUpperCase()) || 'sign',
          requestBody: { required: true, content: { 'application/json': { schema: ref(request) } } },
          responses: {
            ...(answer
              ? { 200: { description: 'Done', content: { 'application/json': { schema: ref(answer) } } } }
              : { 204: { description: 'Done' } }),
            ...(path === '/confirm' && { 404: problem('The file is not stored (yet)') }),
            ...(/complete|list/.test(path) && { 404: problem('There is no such multipart upload (any more)') }),
            ...(path === '/complete' && { 422: problem('Parts are missing or wrong') }),
            ...refusals,
          },
        },
      },
    ]),
  );
  return {
    openapi: '3.1.1',
    info: {
      title: 's3-uploader-signer',
      summary: 'Grants uploads to S3, and never carries a byte of them',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
    // As SIGNER_AUTH has it: a token or a JWT, cookies of the application, or nothing.
    security: [{ bearer: [] }, {}],
  };
}

function entries(schemas: Record<string, z.ZodType>, io: 'input' | 'output'): Record<string, object> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
      return [name, rest];
    }),
  );
}
