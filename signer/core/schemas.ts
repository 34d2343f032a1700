import { z } from 'zod';
import { CHECKSUM_BYTES, CHECKSUMS } from './checksums.ts';

/** Characters of a name. The longest of any file system is 255; more is kept only for sources that have no such limit. */
const NAME_CHARS = 2048;
/** Characters of a path: Linux's PATH_MAX. */
const PATH_CHARS = 4096;
const TICKET_CHARS = 12_000;
/** Files of one request, and parts of one: each is a signature, a batch is some milliseconds of one core. */
export const BATCH = 100;

export const Algorithm = z.enum(CHECKSUMS);

const Checksum = z
  .strictObject({ algorithm: Algorithm, value: z.string().max(44) })
  .refine(({ algorithm, value }) => isBase64(value, CHECKSUM_BYTES[algorithm]), {
    path: ['value'],
    message: 'must be the Base64 of a checksum of that algorithm',
  });

const Bytes = z.int().min(0);

const Metadata = z.record(z.string().regex(/^[a-z0-9-]{1,64}$/), z.string().max(2048));

export const FileInput = z.strictObject({
  id: z.string().min(1).max(128),
  name: z.string().min(1).max(NAME_CHARS).normalize(),
  type: z.string().max(255),
  size: Bytes,
  path: z.string().max(PATH_CHARS).normalize().optional(),
  metadata: Metadata.optional(),
  checksum: z.union([Checksum, z.strictObject({ algorithm: Algorithm })]).optional(),
});

export const SignInput = z.strictObject({
  files: z
    .array(FileInput)
    .min(1)
    .max(BATCH)
    .refine((files) => new Set(files.map(({ id }) => id)).size === files.length, { message: 'ids must be unique' }),
  metadata: Metadata.optional(),
  method: z.literal('PUT').optional(),
});

const ticket = z.string().min(1).max(TICKET_CHARS);

export const TicketInput = z.strictObject({ ticket });

export const SignAgainInput = z.strictObject({ ticket, checksum: Checksum.optional() });

export const PartsInput = z.strictObject({
  ticket,
  parts: z
    .array(z.strictObject({ number: z.int().min(1).max(10_000), size: Bytes.min(1), checksum: Checksum.optional() }))
    .min(1)
    .max(BATCH)
    .refine((parts) => parts.every(({ number }, i) => i === 0 || number > parts[i - 1]!.number), {
      message: 'numbers must ascend, each once',
    }),
});

function isBase64(value: string, bytes: number): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length === 4 * Math.ceil(bytes / 3) && decodes(value, bytes);
}

function decodes(value: string, bytes: number): boolean {
  try {
    const binary = atob(value);
    return binary.length === bytes && btoa(binary) === value;
  } catch {
    return false;
  }
}
