import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { S3Error, invalidArgument } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';

/** All that precedes the file's first byte, boundaries and part headers included, in bytes. */
const maxBytesBeforeFile = 20_480;

/** Lower-case name → value. */
export type FormFields = ReadonlyMap<string, string>;

export interface FormFile {
  /** Only what follows the last slash or backslash; undefined when the part has no file name. */
  readonly name: string | undefined;
  readonly bytes: Readable;
}

/**
 * Reads a form that ends with its file. `onFile` gets the fields before it and consumes its bytes; what it returns is
 * returned once the whole form has been read and found sound.
 */
export async function readForm<T>(
  request: S3Request,
  onFile: (fields: FormFields, file: FormFile) => Promise<T>,
): Promise<T> {
  const { incoming } = request;
  const parser = openParser(request);
  const fields = new Map<string, string>();
  let bytesBeforeFile = 0;
  let handled: Promise<T> | undefined;
  let fileBytes: Readable | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      parser.on('field', (name, value, _nameTruncated, valueTruncated) => {
        // S3 ignores fields behind the file.
        if (handled) return;
        const field = name?.toLowerCase();
        if (!field) return reject(malformed());
        bytesBeforeFile += partOverhead(request, name) + Buffer.byteLength(value);
        if (valueTruncated || bytesBeforeFile > maxBytesBeforeFile) return reject(tooMuchBeforeFile());
        if (fields.has(field))
          return reject(invalidArgument(`Bucket POST must contain the field '${field}' only once.`, field, value));
        fields.set(field, value);
      });
      parser.on('file', (_name, bytes, fileName: string | undefined) => {
        if (handled) {
          bytes.resume();
          return reject(notOneFile(2));
        }
        fileBytes = bytes;
        // Destroyed below when the form is refused, at a time when perhaps nobody reads it.
        bytes.on('error', () => {});
        handled = onFile(fields, { name: fileName?.replace(/^.*[/\\]/s, ''), bytes });
        handled.catch(reject);
      });
      parser.on('finish', resolve);
      parser.on('error', (cause) => reject(malformed(cause)));
      incoming.on('error', reject);
      incoming.pipe(parser);
    });
    if (!handled) throw notOneFile(0);
    return await handled;
  } catch (error) {
    fileBytes?.destroy(error as Error);
    // Whoever removes the temporary file must not do so while it is still being written.
    await handled?.catch(() => {});
    throw error;
  } finally {
    incoming.unpipe(parser);
  }
}

function openParser(request: S3Request): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': request.header('content-type') ?? '' },
      // S3 goes by the name: a part called `file` is the file, with or without a file name.
      isPartAFile: (name) => name?.toLowerCase() === 'file',
      preservePath: true,
      highWaterMark: 256 * 1024,
      fileHwm: 1024 * 1024,
      limits: { fieldSize: maxBytesBeforeFile, headerPairs: 20, headerSize: 16 * 1024 },
    });
  } catch (cause) {
    throw malformed(cause);
  }
}

/** Bytes a part takes besides its value: `--boundary`, its only header, and the line ends. */
function partOverhead(request: S3Request, name: string): number {
  const boundary = /boundary="?([^";]+)/i.exec(request.header('content-type') ?? '')?.[1] ?? '';
  return Buffer.byteLength(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n\r\n`);
}

const malformed = (cause?: unknown) =>
  new S3Error(
    'MalformedPOSTRequest',
    'The body of your POST request is not well-formed multipart/form-data.',
    {},
    cause,
  );

const tooMuchBeforeFile = () =>
  new S3Error('MaxPostPreDataLengthExceeded', 'Your POST request fields preceding the upload file were too large.', {
    MaxPostPreDataLengthBytes: `${maxBytesBeforeFile}`,
  });

const notOneFile = (count: number) =>
  invalidArgument('POST requires exactly one file upload per request.', 'file', `${count}`);
