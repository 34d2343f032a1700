import { Transform } from 'node:stream';
import { S3Error } from '../protocol/s3-error.ts';

const maxLineBytes = 4096;
const lineEnd = Buffer.from('\r\n');

/**
 * Takes `Content-Encoding: aws-chunked` off a body: chunks as in HTTP, then trailers, of which one is the body's checksum.
 * The SDKs send streams this way, since they know a stream's checksum only at its end.
 */
export class AwsChunkedDecoder extends Transform {
  /** Lower-case names, complete once the stream has ended. */
  readonly trailers = new Map<string, string>();
  #buffered: Buffer = Buffer.alloc(0);
  #state: 'size' | 'data' | 'after-data' | 'trailers' | 'end' = 'size';
  #left = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    try {
      while (this.#step());
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: (error?: Error | null) => void): void {
    done(this.#state === 'end' ? null : incomplete());
  }

  /** @returns whether there is perhaps more to do with the bytes at hand */
  #step(): boolean {
    switch (this.#state) {
      case 'size': {
        const line = this.#takeLine();
        if (line === undefined) return false;
        const size = /^([0-9a-f]{1,12})(?:;.*)?$/i.exec(line)?.[1];
        if (size === undefined) throw incomplete();
        this.#left = Number.parseInt(size, 16);
        this.#state = this.#left === 0 ? 'trailers' : 'data';
        return true;
      }
      case 'data': {
        if (this.#buffered.length === 0) return false;
        const piece = this.#buffered.subarray(0, this.#left);
        this.#buffered = this.#buffered.subarray(piece.length);
        this.#left -= piece.length;
        this.push(piece);
        if (this.#left === 0) this.#state = 'after-data';
        return true;
      }
      case 'after-data': {
        const line = this.#takeLine();
        if (line === undefined) return false;
        if (line !== '') throw incomplete();
        this.#state = 'size';
        return true;
      }
      case 'trailers': {
        const line = this.#takeLine();
        if (line === undefined) return false;
        const colon = line.indexOf(':');
        if (colon > 0) this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
        else if (line === '') this.#state = 'end';
        else throw incomplete();
        return true;
      }
      case 'end':
        return false;
    }
  }

  #takeLine(): string | undefined {
    const end = this.#buffered.indexOf(lineEnd);
    if (end < 0) {
      if (this.#buffered.length > maxLineBytes) throw incomplete();
      return undefined;
    }
    const line = this.#buffered.toString('utf8', 0, end);
    this.#buffered = this.#buffered.subarray(end + lineEnd.length);
    return line;
  }
}

export const incomplete = () => new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
