import { z } from 'zod';
import { CALLS, FORM, FORM_DONE, type CallPath } from '../core/paths.ts';
import { CompleteInput, PartsInput, SignAgainInput, SignInput, TicketInput } from '../core/schemas.ts';
import { responseBodies } from './response-schemas.ts';

const requestBodies = { SignInput, SignAgainInput, PartsInput, CompleteInput, TicketInput };

interface Operation {
  summary: string;
  request: keyof typeof requestBodies;
  /** Absent if the response is a 204. */
  response?: keyof typeof responseBodies;
  /** Whether a 202 says that the file is stored and still being checked. */
  mayBeProcessing?: true;
  /** Problems of this call only. */
  problems?: Record<number, string>;
}

const UNACCEPTABLE =
  'The object differs from what was signed (object-differs), or the application has refused the file (file-refused).';

const OPERATIONS: Record<CallPath, Operation> = {
  '/': {
    summary: 'Sign up to 100 files. A refused file does not refuse the others.',
    request: 'SignInput',
    response: 'SignAnswer',
  },
  '/sign-again': {
    summary: 'Sign the same file again, for the same key, if it is not stored.',
    request: 'SignAgainInput',
    response: 'SignedFile',
    problems: { 409: 'The file is stored (already-stored). Confirm it.' },
  },
  '/parts': {
    summary: 'Sign up to 100 parts of a multipart upload.',
    request: 'PartsInput',
    response: 'PartsAnswer',
  },
  '/parts/list': {
    summary: 'List the parts that are uploaded.',
    request: 'TicketInput',
    response: 'PartsListAnswer',
    problems: { 404: 'The multipart upload does not exist, or no longer.' },
  },
  '/complete': {
    summary:
      'Complete a multipart upload, or up to 50. The call can be repeated. Of several, one that fails does not fail the others.',
    request: 'CompleteInput',
    response: 'CompleteAnswer',
    mayBeProcessing: true,
    problems: {
      404: 'The multipart upload does not exist, or no longer.',
      409: 'A part was uploaded again in the meantime. List the parts and upload the missing ones.',
      422: `Parts are missing (parts-missing), or wrong and the upload was aborted (parts-wrong). ${UNACCEPTABLE}`,
    },
  },
  '/abort': {
    summary: 'Abort a multipart upload. Succeeds also if it no longer exists.',
    request: 'TicketInput',
  },
  '/confirm': {
    summary: 'Check that the file is stored, and get a receipt.',
    request: 'TicketInput',
    response: 'StoredFile',
    mayBeProcessing: true,
    problems: { 404: 'The file is not stored, or not yet.', 422: UNACCEPTABLE },
  },
  '/delete': {
    summary: 'Delete the object, if the signer allows it.',
    request: 'TicketInput',
  },
};

/** Problems of every call. */
const COMMON_PROBLEMS = {
  400: 'The request is invalid. The detail names the member.',
  401: 'The caller is not signed in.',
  403: 'The origin, the caller or the ticket is not allowed.',
  405: 'The method is not POST. Allow names the right one.',
  413: 'The body is too long.',
  415: 'The body is not application/json.',
  429: 'Too many requests (rate-limited) or quota used up (quota-exceeded). Retry-After has the seconds to wait.',
  500: 'The signer failed. Its log has the reason.',
  502: 'A request to the storage or to the application failed.',
  503: 'The storage is busy or does not respond in time, the caller cannot be authenticated or the limits cannot be checked at the moment, or the application is being notified. Retry-After may have the seconds to wait.',
};

/**
 * The contract as an OpenAPI 3.1 document, generated from the schemas that the signer validates with.
 *
 * @param mount where the signer is mounted, such as `/sign`
 * @param version the version of the API, for `info`
 * @param hasForm whether the signer offers the HTML form; default false
 */
export function openApi(mount: string, version: string, hasForm = false) {
  const schemas = { ...jsonSchemas(requestBodies, 'input'), ...jsonSchemas(responseBodies, 'output') };
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const problemResponses = (descriptions: Record<number, string>) =>
    Object.fromEntries(
      Object.entries(descriptions).map(([status, description]) => [
        status,
        { description, content: { 'application/problem+json': { schema: ref('Problem') } } },
      ]),
    );
  const calls = (Object.keys(CALLS) as CallPath[]).map((path) => {
    const { summary, request, response, mayBeProcessing, problems } = OPERATIONS[path];
    const content = (name: string) => ({ 'application/json': { schema: ref(name) } });
    const post = {
      summary,
      operationId: path.slice(1).replace(/\W(.)/g, (_match, letter: string) => letter.toUpperCase()) || 'sign',
      requestBody: { required: true, content: content(request) },
      responses: {
        ...(response
          ? { 200: { description: 'Success', content: content(response) } }
          : { 204: { description: 'Success' } }),
        ...(mayBeProcessing && {
          202: {
            description: 'The file is stored and being checked. Confirm it again after Retry-After seconds.',
            content: content('ProcessingFile'),
          },
        }),
        ...problemResponses({ ...COMMON_PROBLEMS, ...problems }),
      },
    };
    return [mount + path.replace(/^\/$/, '') || '/', { post }] as const;
  });
  return {
    openapi: '3.1.1',
    info: {
      title: 's3-uploader-signer',
      summary: 'Signs uploads to S3. The files never pass through it.',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: { ...Object.fromEntries(calls), ...(hasForm && pages(mount, problemResponses)) },
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
    // Depends on SIGNER_AUTH: a token or a JWT, cookies of the application, or nothing.
    security: [{ bearer: [] }, {}],
  };
}

/** The HTML form, for visitors without a script. */
function pages(mount: string, problemResponses: (descriptions: Record<number, string>) => object) {
  const { 413: _length, 415: _type, ...problems } = COMMON_PROBLEMS;
  const page = { 200: { description: 'An HTML page', content: { 'text/html': { schema: { type: 'string' } } } } };
  const parameter = (name: string, description: string) => ({
    ...{ name, in: 'query', description },
    schema: { type: 'string' },
  });
  return {
    [mount + FORM]: {
      get: {
        summary: 'Get an HTML form that uploads without a script. It stores one object, under a key of the signer.',
        operationId: 'form',
        parameters: [
          parameter('type', 'The media type of the files. Required if the signer accepts several types.'),
          { ...parameter('fragment', 'If present, the form without the page around it.'), allowEmptyValue: true },
        ],
        responses: { ...page, ...problemResponses(problems) },
      },
    },
    [mount + FORM_DONE]: {
      get: {
        summary: 'The page that the storage redirects to after an upload with the form.',
        operationId: 'formDone',
        parameters: [parameter('key', 'The object’s key, appended by S3. The page does not show it.')],
        responses: { ...page, ...problemResponses({ 403: problems[403], 429: problems[429] }) },
      },
    },
  };
}

function jsonSchemas(schemas: Record<string, z.ZodType>, io: 'input' | 'output'): Record<string, object> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
      return [name, rest];
    }),
  );
}
