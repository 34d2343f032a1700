import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html: the limit counts UTF-8 bytes. */
const MAX_KEY_BYTES = 1024;

/**
 * An HTTP request in S3's terms. Parsed from the raw request target: `new URL` would resolve `..` inside a key, which
 * changes the key and breaks the signature.
 */
export class S3Request {
  /** Value of the response header `x-amz-request-id`. */
  readonly id = randomBytes(8).toString('hex').toUpperCase();
  /** Value of the response header `x-amz-id-2`. */
  readonly hostId = randomBytes(32).toString('base64');
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  /** First segment of the path; empty for the service itself. */
  readonly bucket: string;
  /** Rest of the path; empty for a bucket. */
  readonly key: string;
  /** Decoded names and values, in the order of the request. */
  readonly query: readonly (readonly [string, string])[];
  readonly incoming: IncomingMessage;

  /** @throws {S3Error} `InvalidURI`, `KeyTooLongError` */
  constructor(incoming: IncomingMessage) {
    this.incoming = incoming;
    this.method = incoming.method ?? 'GET';
    const target = (incoming.url ?? '/').replace(/^https?:\/\/[^/?]*/, '');
    const mark = target.indexOf('?');
    this.path = decode(mark < 0 ? target : target.slice(0, mark));
    this.query = mark < 0 ? [] : parseQuery(target.slice(mark + 1));
    const slash = this.path.indexOf('/', 1);
    this.bucket = slash < 0 ? this.path.slice(1) : this.path.slice(1, slash);
    this.key = slash < 0 ? '' : this.path.slice(slash + 1);
    assertKeyLength(this.key);
  }

  /** Value of a header by its lower-case name. */
  header(name: string): string | undefined {
    const value = this.incoming.headers[name];
    const text = Array.isArray(value) ? value.join(',') : value;
    // Node reads header bytes as Latin-1; S3 and its signatures read them as UTF-8.
    return text === undefined ? undefined : Buffer.from(text, 'latin1').toString('utf8');
  }

  /** Value of a query parameter by its exact name; the first one when there are several. */
  param(name: string): string | undefined {
    return this.query.find(([candidate]) => candidate === name)?.[1];
  }

  /** Value of a header, or of the query parameter that a presigned URL has in its place. S3 treats both alike. */
  headerOrParam(name: string): string | undefined {
    return this.header(name) ?? this.query.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
  }

  /** Lower-case names of all headers, and of all `x-amz-` query parameters. */
  headerAndParamNames(): string[] {
    const params = this.query.map(([name]) => name.toLowerCase()).filter((name) => name.startsWith('x-amz-'));
    return [...new Set([...Object.keys(this.incoming.headers), ...params])];
  }

  /** `http://host:port`, as the client addressed it. */
  get origin(): string {
    return `http://${this.header('host') ?? 'localhost'}`;
  }

  /** Bytes of the body; undefined without the header, NaN when it is not a number. */
  get contentLength(): number | undefined {
    const value = this.header('content-length');
    return value === undefined ? undefined : Number(value);
  }
}

/** @throws {S3Error} `KeyTooLongError` */
export function assertKeyLength(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES)
    throw new S3Error('KeyTooLongError', 'Your key is too long', {
      Size: `${bytes}`,
      MaxSizeAllowed: `${MAX_KEY_BYTES}`,
    });
}

function parseQuery(text: string): (readonly [string, string])[] {
  return text
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const mark = pair.indexOf('=');
      return mark < 0 ? [decode(pair), ''] : [decode(pair.slice(0, mark)), decode(pair.slice(mark + 1))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.", {}, cause);
  }
}
