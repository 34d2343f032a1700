import { Transform } from 'node:stream';
import { incompleteBody } from '../protocol/s3-error.ts';

/** Longest size line or trailer that is buffered; both take fewer than 200 bytes in practice. */
const MAX_LINE_BYTES = 4096;
const LINE_END = Buffer.from('\r\n');

/**
 * Decodes `Content-Encoding: aws-chunked`: chunks as in HTTP, then trailers, one of them the body's checksum. The SDKs send
 * streams this way, since they know a stream's checksum only at its end. Fails with `IncompleteBody`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export class AwsChunkedDecoder extends Transform {
  /** By lower-case name; complete once the stream has ended. */
  readonly trailers = new Map<string, string>();
  #buffered: Buffer = Buffer.alloc(0);
  #state: 'size' | 'data' | 'after-data' | 'trailers' | 'end' = 'size';
  /** Bytes of the current chunk that are still to come. */
  #bytesLeft = 0;

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
    done(this.#state === 'end' ? null : incompleteBody());
  }

  /** Decodes the next piece of the buffer. Returns false when it needs more bytes. */
  #step(): boolean {
    switch (this.#state) {
      case 'size': {
        const line = this.#readLine();
        if (line === undefined) return false;
        const size = /^([0-9a-f]{1,12})(?:;.*)?$/i.exec(line)?.[1];
        if (size === undefined) throw incompleteBody();
        this.#bytesLeft = Number.parseInt(size, 16);
        this.#state = this.#bytesLeft === 0 ? 'trailers' : 'data';
        return true;
      }
      case 'data': {
        if (this.#buffered.length === 0) return false;
        const piece = this.#buffered.subarray(0, this.#bytesLeft);
        this.#buffered = this.#buffered.subarray(piece.length);
        this.#bytesLeft -= piece.length;
        this.push(piece);
        if (this.#bytesLeft === 0) this.#state = 'after-data';
        return true;
      }
      case 'after-data': {
        const line = this.#readLine();
        if (line === undefined) return false;
        if (line !== '') throw incompleteBody();
        this.#state = 'size';
        return true;
      }
      case 'trailers': {
        const line = this.#readLine();
        if (line === undefined) return false;
        const colon = line.indexOf(':');
        if (colon > 0) this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
        else if (line === '') this.#state = 'end';
        else throw incompleteBody();
        return true;
      }
      case 'end':
        return false;
    }
  }

  /** Removes a line from the buffer; undefined when its end has not arrived. */
  #readLine(): string | undefined {
    const end = this.#buffered.indexOf(LINE_END);
    if (end < 0) {
      if (this.#buffered.length > MAX_LINE_BYTES) throw incompleteBody();
      return undefined;
    }
    const line = this.#buffered.toString('utf8', 0, end);
    this.#buffered = this.#buffered.subarray(end + LINE_END.length);
    return line;
  }
}
