import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.ts';

/** S3 counts the key's UTF-8 bytes. */
const maxKeyBytes = 1024;

/** One HTTP request as S3 sees it. Built from the raw target: `new URL` would fold `..` in a key and break signatures. */
export class S3Request {
  readonly id = randomBytes(8).toString('hex').toUpperCase();
  readonly hostId = randomBytes(32).toString('base64');
  readonly method: string;
  readonly path: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: readonly (readonly [string, string])[];
  readonly incoming: IncomingMessage;

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

  header(name: string): string | undefined {
    const value = this.incoming.headers[name];
    const text = Array.isArray(value) ? value.join(',') : value;
    // Node reads header bytes as Latin-1; S3 and its signatures read them as UTF-8.
    return text === undefined ? undefined : Buffer.from(text, 'latin1').toString('utf8');
  }

  param(name: string): string | undefined {
    return this.query.find(([candidate]) => candidate === name)?.[1];
  }

  /** A header, or the query parameter a presigned URL carries in its place: S3 reads both alike. */
  setting(name: string): string | undefined {
    return this.header(name) ?? this.query.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
  }

  /** Names of all headers, and of all query parameters that stand for one. */
  settingNames(): string[] {
    const params = this.query.map(([name]) => name.toLowerCase()).filter((name) => name.startsWith('x-amz-'));
    return [...new Set([...Object.keys(this.incoming.headers), ...params])];
  }

  /** `http://host:port`, as the client reached it. */
  get origin(): string {
    return `http://${this.header('host') ?? 'localhost'}`;
  }

  /** The body's length in bytes as announced, undefined when it was not. */
  get contentLength(): number | undefined {
    const value = this.header('content-length');
    return value === undefined ? undefined : Number(value);
  }
}

export function assertKeyLength(key: string): void {
  const size = Buffer.byteLength(key);
  if (size > maxKeyBytes)
    throw new S3Error('KeyTooLongError', 'Your key is too long', { Size: `${size}`, MaxSizeAllowed: `${maxKeyBytes}` });
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
