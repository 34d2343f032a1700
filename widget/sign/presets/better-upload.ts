import { isUploadError, UploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { Grant, PutGrant, Sign } from '../../core/sign.ts';
import { collectGrants } from '../collect-grants.ts';
import {
  type JsonObject,
  unexpectedMembers,
  isObject,
  isNonEmptyString,
  isStringRecord,
  isAbsoluteUrl,
} from '../http/json-guards.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { toRefusal } from '../sign-each.ts';
import { signatureLifetime } from '../read-grant.ts';
import { createMultipartGrant } from './better-upload-multipart.ts';

export interface BetterUploadOptions extends SignerAccess {
  /** Name of the route in the router; needed. The endpoint may carry it, too: `endpoint="/api/upload?route=images"`. */
  route?: string | undefined;
  /** Hosts that an upload may be completed and given up at, asked each time; default any, over https. */
  allowedHosts?: (() => readonly string[] | undefined) | undefined;
}

/** Files asked for at a time; a route that takes fewer is asked for each by itself. */
const BATCH = 6;
/** Bytes of an answer: every part of every file has its URL in it. */
const ANSWER_BYTES = 8 * 2 ** 20;

/** Better Upload's router, whose route decides whether files go whole (PUT) or in parts. */
export function betterUpload(options: BetterUploadOptions): Sign {
  const [place = '', search = ''] = options.url.split('?');
  const query = new URLSearchParams(search);
  const route = options.route ?? query.get('route');
  query.delete('route');
  const request = createSignerRequest({ ...options, url: query.size ? `${place}?${query.toString()}` : place });
  let isSingle = false;

  async function ask(files: readonly FileInfo[], signal: AbortSignal): Promise<Grant[]> {
    if (!route) {
      const message =
        'the attribute endpoint must name the route of the router, as in endpoint="/api/upload?route=images"';
      throw new UploadError('config', message, { phase: 'sign' });
    }
    const own = files[0]!.metadata;
    const metadata = (options.metadata ?? own) && { ...options.metadata, ...own };
    const asked = files.map(({ name, size, type }) => ({ name, size, type }));
    const body = { route, files: asked, ...(metadata && { metadata }) };
    const answer = await request({ body, maxBytes: ANSWER_BYTES }, signal);
    const multipart = isObject(answer['multipart']) ? answer['multipart'] : {};
    const signed: unknown = multipart['files'] ?? answer['files'];
    if (!Array.isArray(signed)) throw unexpectedMembers(answer, 'files, or multipart with files and partSize');
    // in order, but the router leaves out what it is to ignore
    let next = 0;
    const grantOf = async (file: FileInfo): Promise<Grant> => {
      const described = describedIn(signed[next]);
      if (described?.name !== file.name || described.size !== file.size || described.type !== file.type) {
        return { id: file.id, error: { code: 'ignored', message: 'the router leaves this file out' } };
      }
      const mine = signed[next++] as JsonObject;
      if (mine['skip']) {
        return { id: file.id, error: { code: 'completed', message: 'the router says it is stored already' } };
      }
      if (!('parts' in mine)) return putGrant(file, mine);
      return createMultipartGrant(file, objectInfo(mine).key, mine, multipart['partSize'], options.allowedHosts?.());
    };
    return collectGrants(files.map(grantOf));
  }

  const sign: Sign = async (files, { signal }) => {
    // a request has one metadata for all its files
    if (!isSingle && (files.length === 1 || files.every(({ metadata }) => !metadata))) {
      try {
        return await ask(files, signal);
      } catch (error) {
        // the router refuses all for one, and says not for which
        if (files.length === 1 || !isUploadError(error) || error.code !== 'signer-refused') throw error;
        isSingle = true;
      }
    }
    return collectGrants(
      files.map(async (file) => (await ask([file], signal).catch((error) => [toRefusal(file, error)]))[0]!),
    );
  };
  return Object.assign(sign, { batchSize: BATCH });
}

/** The file that a signature is for, as the router repeats it. */
function describedIn(signed: unknown): JsonObject | undefined {
  if (signed === undefined) return undefined;
  const described = isObject(signed) && signed['file'];
  if (!isObject(described) || !isNonEmptyString(described['name']))
    throw unexpectedMembers(signed, 'file with name, size and type');
  return described;
}

function objectInfo(signed: JsonObject): {
  key: string;
  cacheControl?: string;
  metadata: Readonly<Record<string, string>>;
} {
  const info = isObject(signed['file']) && signed['file']['objectInfo'];
  const { key, cacheControl, metadata }: JsonObject = isObject(info) ? info : {};
  if (!isNonEmptyString(key) || !isStringRecord(metadata ?? {}))
    throw unexpectedMembers(signed, 'file with objectInfo and its key');
  return {
    key,
    metadata: (metadata ?? {}) as Readonly<Record<string, string>>,
    ...(isNonEmptyString(cacheControl) && { cacheControl }),
  };
}

/** Every header that was signed must be sent, as it was signed. */
function putGrant(file: FileInfo, signed: JsonObject): PutGrant {
  const { signedUrl: url, headers } = signed;
  const { key, cacheControl, metadata } = objectInfo(signed);
  if (!isAbsoluteUrl(url) || !isStringRecord(headers ?? {}))
    throw unexpectedMembers(signed, 'signedUrl, file and headers');
  return {
    id: file.id,
    method: 'PUT',
    url,
    key,
    lifetime: signatureLifetime(url),
    headers: {
      'Content-Type': file.type,
      ...(cacheControl && { 'Cache-Control': cacheControl }),
      ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
      ...(headers as object),
    },
  };
}
