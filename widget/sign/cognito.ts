import { storageError, xmlText } from '../core/answer.ts';
import { isUploadError, UploadError } from '../core/errors.ts';
import type { FileInfo } from '../core/item.ts';
import type { StoredFile } from '../core/protocol.ts';
import type { Grant, MultipartGrant, Sign } from '../core/sign.ts';
import { readText } from './backend.ts';
import { Clock } from './clock.ts';
import { type Identity, type IdentityPool, identityOf } from './cognito-credentials.ts';
import {
  ALGORITHM,
  amzDate,
  credentialText,
  escapeText,
  presign,
  type Scope,
  signPolicy,
  type ToPresign,
} from './sigv4.ts';

export interface CognitoOptions extends IdentityPool {
  /** Of the bucket. */
  region: string;
  bucket: string;
  /** Stands before the identity's id in every key, as in `uploads/`. Default none. */
  keyPrefix?: string | undefined;
  /** Stored with every object as `x-amz-meta-*`. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** Bytes from which on a file goes in parts; default 16 MiB. */
  multipartFrom?: number | undefined;
  /** The bucket's own address; default AWS's. */
  storageUrl?: string | undefined;
}

/** Milliseconds a signature is made for. */
const LIFETIME = 900_000;
/** Milliseconds an upload in parts may take: its parts are signed one by one, as they are sent. */
const MULTIPART_LIFETIME = 24 * 3_600_000;
/** Sending a smaller file once more is cheaper than three requests beside its own. */
const MULTIPART_FROM = 16 * 2 ** 20;
const PART_SIZE = 8 * 2 ** 20;
const MOST_PARTS = 10_000;
/** Bytes of an answer: a thousand parts with their checksums. */
const ANSWER_BYTES = 2 ** 20;

/**
 * No signer at all: a Cognito identity pool gives the visitor temporary credentials, and the page signs with them. Every
 * key is `prefix + identity id + '/' + uuid`, so that IAM can pin a visitor to objects of their own with
 * `${cognito-identity.amazonaws.com:sub}/*`. Neither size nor type can be held by IAM: a visitor who changes the page may
 * send whatever they like below that prefix.
 */
export function cognito(options: CognitoOptions): Sign {
  const { region, bucket, keyPrefix = '', metadata = {}, multipartFrom = MULTIPART_FROM } = options;
  const clock = new Clock();
  const identity = identityOf(options, clock);
  const url = options.storageUrl?.replace(/\/?$/, '/') ?? bucketUrl(bucket, region);
  const objectUrl = (key: string): string => url + key.split('/').map(escapeText).join('/');
  const scope = (): Scope => ({ time: clock.now(), region });
  /** Milliseconds for which a signature made now holds. */
  const lifetime = ({ expiration }: Identity): number => Math.min(LIFETIME, expiration - clock.now());
  /** Signs no header that it need not: the visitor could sign any other, and Ceph's gateway looks for them in preflights. */
  const presigned = (who: Identity, request: Omit<ToPresign, 'expires'>): Promise<string> =>
    presign({ ...request, expires: Math.floor(lifetime(who) / 1000) }, who, scope());

  /** What the storage's refusal teaches. */
  async function learn(error: UploadError | undefined, key: string, signal: AbortSignal): Promise<void> {
    if (!error) return;
    if (['ExpiredToken', 'InvalidToken', 'InvalidAccessKeyId'].includes(error.s3Code ?? '')) identity.drop();
    // a policy's refusal does not tell the storage's time; that of a presigned request does
    else if (!clock.correct(error.serverTime)) clock.correct(await serverTime(key, signal));
  }

  async function serverTime(key: string, signal: AbortSignal): Promise<number> {
    const who = await identity.get();
    const past = { time: clock.now() - LIFETIME, region };
    const answer = await fetch(await presign({ method: 'GET', url: objectUrl(key), expires: 1 }, who, past), {
      signal,
    });
    return Date.parse(xmlText(await readText(answer, ANSWER_BYTES), 'ServerTime') ?? '');
  }

  async function postGrant(file: FileInfo, key: string): Promise<Grant> {
    const who = await identity.get();
    const now = scope();
    const fields = {
      key,
      'Content-Type': file.type,
      success_action_status: '201',
      ...metaFields({ ...metadata, ...file.metadata }),
      'x-amz-algorithm': ALGORITHM,
      'x-amz-credential': credentialText(who, now),
      'x-amz-date': amzDate(now.time),
      'x-amz-security-token': who.sessionToken!,
    };
    const policy = JSON.stringify({
      expiration: new Date(now.time + lifetime(who)).toISOString(),
      conditions: [
        { bucket },
        ['content-length-range', file.size, file.size],
        ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
      ],
    });
    return {
      id: file.id,
      method: 'POST',
      url,
      fields: { ...fields, ...(await signPolicy(policy, who, now)) },
      key,
      lifetime: lifetime(who),
      again: async (signal, { because }) => {
        await learn(because, key, signal);
        return postGrant(file, key);
      },
    };
  }

  async function putGrant(file: FileInfo, key: string): Promise<Grant> {
    const who = await identity.get();
    const meta = metaFields({ ...metadata, ...file.metadata });
    return {
      id: file.id,
      method: 'PUT',
      url: await presigned(who, { method: 'PUT', url: objectUrl(key), headers: meta }),
      headers: { 'content-type': file.type, ...meta },
      key,
      lifetime: lifetime(who),
      again: async (signal, { because }) => {
        await learn(because, key, signal);
        return putGrant(file, key);
      },
    };
  }

  /** One request of the page itself; asked anew once when the clock or the credentials were wrong. */
  async function call(
    request: Omit<ToPresign, 'expires' | 'url'> & { key: string; body?: string; type?: string },
    signal: AbortSignal,
    isSecond = false,
  ): Promise<Response & { read: string }> {
    const { key, body, method, type } = request;
    const headers = { ...request.headers, ...(type && { 'content-type': type }) };
    const signed = await presigned(await identity.get(), { ...request, url: objectUrl(key) });
    const response = await fetch(signed, { method, headers, signal, credentials: 'omit', ...(body && { body }) });
    const read = await readText(response, ANSWER_BYTES);
    // S3 may begin a 200 before it knows
    const isOk = response.ok && !/<Error>/.test(read.slice(0, 4096));
    if (isOk) return Object.assign(response, { read });
    const error = storageError(
      { status: response.ok ? 500 : response.status, text: read, header: (name) => response.headers.get(name) },
      'finalize',
    );
    if (error.retry !== 'sign-again' || isSecond) throw error;
    await learn(error, key, signal);
    return call(request, signal, true);
  }

  async function multipartGrant(file: FileInfo, key: string, signal: AbortSignal): Promise<Grant> {
    const { read } = await call(
      {
        method: 'POST',
        key,
        query: { uploads: '' },
        headers: metaFields({ ...metadata, ...file.metadata }),
        type: file.type,
      },
      signal,
    );
    const uploadId = xmlText(read, 'UploadId');
    if (!uploadId) {
      throw new UploadError('bad-signer-response', 'the storage began an upload in parts without an UploadId', {
        phase: 'sign',
      });
    }

    async function list(signal: AbortSignal): Promise<Part[]> {
      const parts: Part[] = [];
      for (let marker = '0'; ;) {
        const { read } = await call(
          { method: 'GET', key, query: { uploadId: uploadId!, 'part-number-marker': marker } },
          signal,
        );
        const page = [...read.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
          number: Number(xmlText(part, 'PartNumber')),
          size: Number(xmlText(part, 'Size')),
          etag: xmlText(part, 'ETag') ?? '',
        }));
        parts.push(...page);
        if (!page.length || !/<IsTruncated>true</.test(read)) return parts;
        marker = String(page.at(-1)!.number);
      }
    }

    async function complete(signal: AbortSignal): Promise<StoredFile> {
      try {
        const parts = (await list(signal)).map(
          ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${xmlEscape(etag)}</ETag></Part>`,
        );
        const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
        const { read } = await call({ method: 'POST', key, query: { uploadId: uploadId! }, body }, signal);
        return stored(xmlText(read, 'ETag'));
      } catch (error) {
        // an answer may be lost when all was done
        if (!isUploadError(error) || error.status !== 404) throw error;
        const head = await call({ method: 'HEAD', key }, signal).catch(() => undefined);
        if (Number(head?.headers.get('content-length')) !== file.size) throw error;
        return stored(head!.headers.get('etag'));
      }
    }

    const stored = (etag: string | null = ''): StoredFile => ({
      key,
      location: objectUrl(key),
      ...(etag && { etag: etag.replaceAll('"', '') }),
    });

    const grant: MultipartGrant = {
      id: file.id,
      method: 'MULTIPART',
      key,
      lifetime: MULTIPART_LIFETIME,
      partSize: Math.max(PART_SIZE, Math.ceil(file.size / MOST_PARTS / 2 ** 20) * 2 ** 20),
      again: async (signal, { because }) => {
        await learn(because, key, signal);
        return grant;
      },
      async signParts(parts) {
        const who = await identity.get();
        const signed = parts.map(async ({ number }) => ({
          number,
          url: await presigned(who, {
            method: 'PUT',
            url: objectUrl(key),
            query: { partNumber: String(number), uploadId },
          }),
        }));
        return { parts: await Promise.all(signed), lifetime: lifetime(who) };
      },
      listParts: list,
      complete,
      abort: (signal) =>
        call({ method: 'DELETE', key, query: { uploadId } }, signal).then(
          () => {},
          (error: unknown) => {
            if (!isUploadError(error) || error.status !== 404) throw error;
          },
        ),
    };
    return grant;
  }

  return (files, { signal, method }) =>
    Promise.all(
      files.map(async (file) => {
        const { identityId } = await identity.get();
        const key = `${keyPrefix}${identityId}/${crypto.randomUUID()}${extension(file.name)}`;
        if (file.size >= multipartFrom) return multipartGrant(file, key, signal);
        return method === 'PUT' ? putGrant(file, key) : postGrant(file, key);
      }),
    );
}

interface Part {
  number: number;
  size: number;
  etag: string;
}

/** A name with dots in it has no certificate of its own: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
function bucketUrl(bucket: string, region: string): string {
  const host = `s3.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
  return bucket.includes('.') ? `https://${host}/${bucket}/` : `https://${bucket}.${host}/`;
}

/** Only letters and digits: the rest of the name is nobody's key. */
const extension = (name: string): string => /\.[a-z0-9]{1,10}$/i.exec(name)?.[0].toLowerCase() ?? '';

const metaFields = (metadata: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name.toLowerCase()}`, value]));

const xmlEscape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
