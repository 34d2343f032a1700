import { z } from 'zod';
import type {
  PartsAnswer,
  PartsListAnswer,
  Problem,
  SignAnswer,
  SignedFile,
  StoredFile,
} from '../../widget/core/protocol.ts';
import { CALLS, FORM, FORM_DONE, type CallPath } from '../core/paths.ts';
import { Algorithm, PartsInput, SignAgainInput, SignInput, TicketInput } from '../core/schemas.ts';

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

/** Summary, request, answer; undefined where there is none but a 204. */
const DESCRIBED: Record<CallPath, [string, keyof typeof requests, keyof typeof answers | undefined]> = {
  '/': ['Sign up to 100 files; one that is refused does not refuse the others', 'SignInput', 'SignAnswer'],
  '/sign-again': ['Sign the same file afresh, under the same key', 'SignAgainInput', 'SignedFile'],
  '/parts': ['Sign up to 100 parts of a multipart upload', 'PartsInput', 'PartsAnswer'],
  '/parts/list': ['What the storage holds already', 'TicketInput', 'PartsListAnswer'],
  '/complete': ['Make one object of the parts; repeats safely', 'TicketInput', 'StoredFile'],
  '/abort': ['End a multipart upload, also when there is nothing left to end', 'TicketInput', undefined],
  '/confirm': ['Whether the file is stored, and a receipt for it', 'TicketInput', 'StoredFile'],
  '/delete': ['Remove the object, where the signer allows it', 'TicketInput', undefined],
};

/** What any call may be answered. */
const REFUSALS = {
  400: 'The request is not of this shape; the detail names the member',
  401: 'Nobody is signed in',
  403: 'Not allowed: of this origin, to this visitor, or with this ticket',
  405: 'Sent by another method than this one; Allow names it',
  413: 'The body is too long',
  415: 'The body is not application/json',
  429: 'Too many requests (rate-limited), or a quota is used up (quota-exceeded); Retry-After says for how long',
  500: 'The signer failed; its log says why',
  502: 'The storage, or the application, did not do it',
  503: 'The storage is busy, who asks cannot be checked, or the application is just being told; Retry-After may say for how long',
};

/** Of some calls alone. */
const OWN_REFUSALS: Partial<Record<CallPath, Record<number, string>>> = {
  '/parts/list': { 404: 'There is no such multipart upload (any more)' },
  '/complete': {
    404: 'There is no such multipart upload (any more)',
    409: 'A part came anew meanwhile: list the parts, and send what is missing',
    422: 'Parts are missing (parts-missing), or wrong, and then the upload was ended (parts-wrong)',
  },
  '/confirm': { 404: 'The file is not stored (yet)' },
};

/**
 * The contract as an OpenAPI 3.1 document, made from the schemas the signer checks with.
 *
 * @param mount where the signer is mounted, such as `/sign`
 * @param hasForm whether it renders forms
 */
export function openApi(mount: string, version: string, hasForm = false) {
  const schemas = { ...entries(requests, 'input'), ...entries(answers, 'output') };
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const problems = (words: Record<number, string>) =>
    Object.fromEntries(
      Object.entries(words).map(([status, description]) => [
        status,
        { description, content: { 'application/problem+json': { schema: ref('Problem') } } },
      ]),
    );
  const calls = (Object.keys(CALLS) as CallPath[]).map((path) => {
    const [summary, request, answer] = DESCRIBED[path];
    const post = {
      summary,
      operationId: path.slice(1).replace(/\W(.)/g, (_match, letter: string) => letter.toUpperCase()) || 'sign',
      requestBody: { required: true, content: { 'application/json': { schema: ref(request) } } },
      responses: {
        ...(answer
          ? { 200: { description: 'Done', content: { 'application/json': { schema: ref(answer) } } } }
          : { 204: { description: 'Done' } }),
        ...problems({ ...REFUSALS, ...OWN_REFUSALS[path] }),
      },
    };
    return [mount + path.replace(/^\/$/, '') || '/', { post }] as const;
  });
  return {
    openapi: '3.1.1',
    info: {
      title: 's3-uploader-signer',
      summary: 'Grants uploads to S3, and never carries a byte of them',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: { ...Object.fromEntries(calls), ...(hasForm && pages(mount, problems)) },
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
    // As SIGNER_AUTH has it: a token or a JWT, cookies of the application, or nothing.
    security: [{ bearer: [] }, {}],
  };
}

/** What is for visitors without a script. */
function pages(mount: string, problems: (words: Record<number, string>) => object) {
  const { 413: _length, 415: _type, ...refusals } = REFUSALS;
  const page = { 200: { description: 'A page', content: { 'text/html': { schema: { type: 'string' } } } } };
  const parameter = (name: string, description: string) => ({
    ...{ name, in: 'query', description },
    schema: { type: 'string' },
  });
  return {
    [mount + FORM]: {
      get: {
        summary: 'A form that uploads without a script; it stores files in a folder of its own until it expires',
        operationId: 'form',
        parameters: [
          parameter('type', 'The type to store files under; needed where the signer takes more than one'),
          { ...parameter('fragment', 'With it, the form alone, for a page of your own'), allowEmptyValue: true },
        ],
        responses: { ...page, ...problems(refusals) },
      },
    },
    [mount + FORM_DONE]: {
      get: {
        summary: 'Where the storage sends a visitor who has uploaded by the form',
        operationId: 'formDone',
        parameters: [parameter('key', 'The object’s key, as S3 appends it')],
        responses: { ...page, ...problems({ 403: refusals[403], 429: refusals[429] }) },
      },
    },
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
