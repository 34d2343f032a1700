import { z } from 'zod';
import { CHECKSUM_ALGORITHMS, CHECKSUM_BYTES } from './checksums.ts';
import { MAX_PARTS } from './multipart.ts';
import { MAX_METADATA_BYTES } from './object-headers.ts';

// The request bodies of the contract. Unknown members are refused, never ignored.

/** Maximum characters of a file's name. File systems allow 255; some sources have no such limit. */
const MAX_NAME_CHARACTERS = 2048;
/** Maximum characters of a path: Linux's PATH_MAX. */
const MAX_PATH_CHARACTERS = 4096;
/** Maximum characters of a ticket. One with 2 KB of metadata and the longest name, id, owner and audience has about 8,600. */
const MAX_TICKET_CHARACTERS = 12_000;
/** Maximum characters of a file's id, which clients choose. A UUID has 36. */
const MAX_ID_CHARACTERS = 128;
/** Maximum characters of a type: two names of up to 127 and a slash (RFC 6838). */
const MAX_TYPE_CHARACTERS = 255;
/** Maximum files of one request. Their signatures take one core some milliseconds. */
const MAX_BATCH_FILES = 100;
/** Maximum parts of one request. Their signatures take one core some milliseconds. */
const MAX_BATCH_PARTS = 100;
/** Maximum tickets of one request. Each takes three requests to the storage, one after another. */
const MAX_BATCH_TICKETS = 50;
/** Maximum characters of a nonce: 256 bits in hexadecimal. */
const MAX_NONCE_CHARACTERS = 64;
/** Base64 characters of the longest checksum, SHA-256. */
const MAX_CHECKSUM_CHARACTERS = 44;

/** The name of a checksum algorithm. */
export const Algorithm = z.enum(CHECKSUM_ALGORITHMS);

const Checksum = z
  .strictObject({ algorithm: Algorithm, value: z.string().max(MAX_CHECKSUM_CHARACTERS) })
  .refine(({ algorithm, value }) => isBase64(value, CHECKSUM_BYTES[algorithm]), {
    path: ['value'],
    message: 'must be the Base64 of a checksum of this algorithm',
  });

const Bytes = z.int().min(0);

/** The name of metadata: lower-case letters, digits and `-`. */
const METADATA_NAME = '^[a-z0-9-]{1,64}$';

/** Metadata. A record would collect an issue for each wrong name; this stops at the first. */
const Metadata = z
  .unknown()
  .superRefine((value, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      context.addIssue({ code: 'custom', message: 'must be an object' });
      return;
    }
    const pattern = new RegExp(METADATA_NAME);
    const wrong = Object.entries(value).find(
      ([name, text]) => !pattern.test(name) || typeof text !== 'string' || text.length > MAX_METADATA_BYTES,
    );
    if (!wrong) return;
    const message = `must match ${METADATA_NAME} and have a text of up to ${MAX_METADATA_BYTES} characters`;
    context.addIssue({ code: 'custom', path: [wrong[0]], message });
  })
  .meta({
    type: 'object',
    propertyNames: { type: 'string', pattern: METADATA_NAME },
    additionalProperties: { type: 'string', maxLength: MAX_METADATA_BYTES },
  }) as unknown as z.ZodType<Record<string, string>>;

const FileInput = z.strictObject({
  id: z.string().min(1).max(MAX_ID_CHARACTERS),
  name: z.string().min(1).max(MAX_NAME_CHARACTERS).normalize(),
  type: z.string().max(MAX_TYPE_CHARACTERS),
  size: Bytes,
  path: z.string().max(MAX_PATH_CHARACTERS).normalize().optional(),
  metadata: Metadata.optional(),
  nonce: z.string().min(1).max(MAX_NONCE_CHARACTERS).optional(),
  repeated: z.boolean().optional(),
  checksum: z.union([Checksum, z.strictObject({ algorithm: Algorithm })]).optional(),
});

/** Body of `POST /`. */
export const SignInput = z.strictObject({
  files: z
    .array(FileInput)
    .min(1)
    .max(MAX_BATCH_FILES)
    .refine((files) => new Set(files.map(({ id }) => id)).size === files.length, { message: 'ids must be unique' }),
  metadata: Metadata.optional(),
  method: z.literal('PUT').optional(),
});

const ticket = z.string().min(1).max(MAX_TICKET_CHARACTERS);

/** Body of `/parts/list`, `/abort`, `/confirm` and `/delete`. */
export const TicketInput = z.strictObject({ ticket });

/** Body of `/complete`: the ticket of one upload, or those of several. */
export const CompleteInput = z
  .strictObject({
    ticket: ticket.optional(),
    tickets: z
      .array(ticket)
      .min(1)
      .max(MAX_BATCH_TICKETS)
      .refine((tickets) => new Set(tickets).size === tickets.length, { message: 'must be unique' })
      .optional(),
  })
  .refine((body) => (body.ticket === undefined) !== (body.tickets === undefined), {
    path: ['ticket'],
    message: 'send either ticket or tickets',
  })
  .meta({ oneOf: [{ required: ['ticket'] }, { required: ['tickets'] }] });

/** Body of `/sign-again`. */
export const SignAgainInput = z.strictObject({ ticket, checksum: Checksum.optional() });

/** Body of `/parts`. */
export const PartsInput = z.strictObject({
  ticket,
  parts: z
    .array(z.strictObject({ number: z.int().min(1).max(MAX_PARTS), size: Bytes.min(1), checksum: Checksum.optional() }))
    .min(1)
    .max(MAX_BATCH_PARTS)
    .refine((parts) => parts.every(({ number }, i) => i === 0 || number > parts[i - 1]!.number), {
      message: 'numbers must be unique and in ascending order',
    }),
});

function isBase64(value: string, bytes: number): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length === 4 * Math.ceil(bytes / 3) && decodesTo(value, bytes);
}

function decodesTo(value: string, bytes: number): boolean {
  try {
    const binary = atob(value);
    return binary.length === bytes && btoa(binary) === value;
  } catch {
    return false;
  }
}
