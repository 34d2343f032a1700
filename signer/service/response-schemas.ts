import { z } from 'zod';
import type {
  CompleteManyAnswer,
  PartsAnswer,
  PartsListAnswer,
  Problem,
  ProcessingFile,
  SignAnswer,
  SignedFile,
  StoredFile,
} from '../../widget/core/protocol.ts';
import { Algorithm } from '../core/schemas.ts';

const text = z.string();
const bytes = z.int().min(0);
const headers = z.record(text, text);

const signed = {
  id: text,
  key: text.meta({ description: 'The object’s key, not percent-encoded.' }),
  expires: z.int().meta({ description: 'Seconds from the response until the signature expires.' }),
  ticket: text.optional(),
  confirm: z.boolean().optional(),
  deletable: z.boolean().optional(),
  visitor: text.optional(),
  checksum: Algorithm.optional(),
};

const PartsAnswerSchema = z.object({
  parts: z.array(z.object({ number: z.int(), url: z.url(), headers: headers.optional() })),
  expires: z.int(),
});

const SignedFileSchema = z.discriminatedUnion('method', [
  z.object({ ...signed, method: z.literal('POST'), url: z.url(), fields: headers }),
  z.object({ ...signed, method: z.literal('PUT'), url: z.url(), headers: headers.optional() }),
  z.object({
    ...signed,
    method: z.literal('MULTIPART'),
    ticket: text,
    partSize: bytes,
    firstParts: PartsAnswerSchema.optional(),
    completeMany: z.boolean().optional(),
  }),
]);

const RefusedFileSchema = z.object({
  id: text,
  error: z.object({ code: text, message: text, limit: z.number().optional() }),
});

const StoredFileSchema = z.object({
  key: text,
  location: text,
  etag: text.optional(),
  size: bytes.optional(),
  receipt: text.optional(),
});

const ProcessingFileSchema = z.object({ status: z.literal('processing') });

const ProblemSchema = z.object({
  type: text,
  title: text,
  status: z.int(),
  detail: text.optional(),
  code: text,
});

const CompleteManyAnswerSchema = z.object({
  files: z.array(
    z.union([
      StoredFileSchema,
      ProcessingFileSchema.extend({ retryAfter: z.int() }),
      z.object({ error: ProblemSchema }),
    ]),
  ),
});

/** The response bodies of the signer, for the OpenAPI document. The request bodies are in `core/schemas.ts`. */
export const responseBodies = {
  SignedFile: z.union([SignedFileSchema, RefusedFileSchema]) satisfies z.ZodType<SignedFile>,
  SignAnswer: z.object({
    files: z.array(z.union([SignedFileSchema, RefusedFileSchema])),
  }) satisfies z.ZodType<SignAnswer>,
  PartsAnswer: PartsAnswerSchema satisfies z.ZodType<PartsAnswer>,
  PartsListAnswer: z.object({
    parts: z.array(z.object({ number: z.int(), size: bytes })),
  }) satisfies z.ZodType<PartsListAnswer>,
  StoredFile: StoredFileSchema satisfies z.ZodType<StoredFile>,
  CompleteAnswer: z.union([StoredFileSchema, CompleteManyAnswerSchema]) satisfies z.ZodType<
    StoredFile | CompleteManyAnswer
  >,
  ProcessingFile: ProcessingFileSchema satisfies z.ZodType<ProcessingFile>,
  Problem: ProblemSchema satisfies z.ZodType<Problem>,
};
