import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { S3Error, invalidArgument } from '../protocol/s3-error.ts';
import type { S3Request } from '../protocol/s3-request.ts';

/**
 * 20 KB for the form data and boundaries, without the content of the file:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTForms.html
 */
const MAX_BYTES_BEFORE_FILE = 20_480;

/** Values of the form's fields by lower-case name. */
export type PostFields = ReadonlyMap<string, string>;

/** The file of a form. */
export interface PostFile {
  /** File name without its folders; undefined when the part has no file name. */
  readonly name: string | undefined;
  readonly bytes: Readable;
}

/**
 * Reads a multipart/form-data body whose last part is the file.
 *
 * @param onFile receives the fields before the file, and consumes the file's bytes
 * @returns the result of `onFile`, once the whole body was read and is well-formed
 * @throws {S3Error} `MalformedPOSTRequest`, `MaxPostPreDataLengthExceeded`, `InvalidArgument`, and errors of `onFile`
 */
export async function readPostForm<T>(
  request: S3Request,
  onFile: (fields: PostFields, file: PostFile) => Promise<T>,
): Promise<T> {
  const { incoming } = request;
  const parser = openParser(request);
  const fields = new Map<string, string>();
  let bytesBeforeFile = 0;
  let result: Promise<T> | undefined;
  let fileBytes: Readable | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      parser.on('field', (name, value, _nameTruncated, valueTruncated) => {
        // S3 ignores fields after the file.
        if (result) return;
        const field = name?.toLowerCase();
        if (!field) {
          reject(malformedForm());
          return;
        }
        bytesBeforeFile += countOverheadBytes(request, name) + Buffer.byteLength(value);
        if (valueTruncated || bytesBeforeFile > MAX_BYTES_BEFORE_FILE) {
          reject(tooManyBytesBeforeFile());
          return;
        }
        if (fields.has(field)) {
          reject(invalidArgument(`Bucket POST must contain the field '${field}' only once.`, field, value));
          return;
        }
        fields.set(field, value);
      });
      parser.on('file', (_name, bytes, fileName: string | undefined) => {
        if (result) {
          bytes.resume();
          reject(notOneFile(2));
          return;
        }
        fileBytes = bytes;
        // The stream is destroyed below when the form is refused; without a listener its error would end the process.
        bytes.on('error', () => {});
        result = onFile(fields, { name: fileName?.replace(/^.*[/\\]/s, ''), bytes });
        result.catch(reject);
      });
      parser.on('finish', resolve);
      parser.on('error', (cause) => reject(malformedForm(cause)));
      incoming.on('error', reject);
      incoming.pipe(parser);
    });
    if (!result) throw notOneFile(0);
    return await result;
  } catch (error) {
    fileBytes?.destroy(error as Error);
    // The caller deletes the file, so the write must have ended before this returns.
    await result?.catch(() => {});
    throw error;
  } finally {
    incoming.unpipe(parser);
  }
}

function openParser(request: S3Request): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': request.header('content-type') ?? '' },
      // S3 goes by the name: the part `file` is the file, with or without a file name.
      isPartAFile: (name) => name?.toLowerCase() === 'file',
      preservePath: true,
      highWaterMark: 256 * 1024,
      fileHwm: 1024 * 1024,
      limits: { fieldSize: MAX_BYTES_BEFORE_FILE, headerPairs: 20, headerSize: 16 * 1024 },
    });
  } catch (cause) {
    throw malformedForm(cause);
  }
}

/** Bytes of a part in addition to its value: boundary, header and line ends. */
function countOverheadBytes(request: S3Request, name: string): number {
  const boundary = /boundary="?([^";]+)/i.exec(request.header('content-type') ?? '')?.[1] ?? '';
  return Buffer.byteLength(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n\r\n`);
}

const malformedForm = (cause?: unknown) =>
  new S3Error(
    'MalformedPOSTRequest',
    'The body of your POST request is not well-formed multipart/form-data.',
    {},
    cause,
  );

const tooManyBytesBeforeFile = () =>
  new S3Error('MaxPostPreDataLengthExceeded', 'Your POST request fields preceding the upload file were too large.', {
    MaxPostPreDataLengthBytes: `${MAX_BYTES_BEFORE_FILE}`,
  });

const notOneFile = (count: number) =>
  invalidArgument('POST requires exactly one file upload per request.', 'file', `${count}`);
