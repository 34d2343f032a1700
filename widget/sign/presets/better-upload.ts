import { isUploadError, UploadError } from '../../core/errors.ts';
import type { FileInfo } from '../../core/item.ts';
import type { Grant, PutGrant, Sign } from '../../core/sign.ts';
import { collectGrants } from '../collect-grants.ts';
import { parseHostList } from '../host-list.ts';
import { unexpectedMembers } from '../http/bad-response.ts';
import { isAbsoluteUrl, isNonEmptyString, isObject, type JsonObject, toTexts } from '../http/json-guards.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { signatureLifetime } from '../read-grant.ts';
import { toRefusal } from '../sign-each.ts';
import { createMultipartGrant } from './better-upload-multipart.ts';
import type { PresetFromAttributes } from './preset.ts';

/** Options of {@link betterUpload}: the address of a Better Upload router, and its route. */
export interface BetterUploadOptions extends SignerAccess {
  /** Name of the route in the router. Default: the query parameter `route` of `url`, as in `/api/upload?route=images`. */
  route?: string;
  /**
   * The only hosts at which multipart uploads may be completed or aborted. Called for each file. Default: any, over https.
   */
  allowedHosts?: () => readonly string[] | undefined;
}

/** Maximum number of files in a request. If a route accepts fewer, each file gets its own request. */
const MAX_FILES_PER_REQUEST = 6;
/** Maximum bytes of the router's response, which has a URL for every part of every file. */
const MAX_ROUTER_RESPONSE_BYTES = 8 * 2 ** 20;

/** Signs with Better Upload's router, whose route decides whether files are uploaded whole (PUT) or in parts. */
export function betterUpload(options: BetterUploadOptions): Sign {
  const [base = '', search = ''] = options.url.split('?');
  const query = new URLSearchParams(search);
  const route = options.route ?? query.get('route');
  query.delete('route');
  const request = createSignerRequest({ ...options, url: query.size ? `${base}?${query.toString()}` : base });
  let isOnePerRequest = false;

  async function requestGrants(files: readonly FileInfo[], signal: AbortSignal): Promise<Grant[]> {
    if (!route) {
      const message =
        'The attribute "endpoint" has no route. Add the name of the route in the router, as in endpoint="/api/upload?route=images".';
      throw new UploadError('config', message, { phase: 'sign' });
    }
    const own = files[0]!.metadata;
    const metadata = (options.metadata ?? own) && { ...options.metadata, ...own };
    const body = { route, files: files.map(({ name, size, type }) => ({ name, size, type })), metadata };
    const answer = await request({ body, maxBytes: MAX_ROUTER_RESPONSE_BYTES }, signal);
    const multipart = isObject(answer.multipart) ? answer.multipart : {};
    const signed: unknown = multipart.files ?? answer.files;
    if (!Array.isArray(signed)) throw unexpectedMembers(answer, 'files, or multipart with files and partSize');
    // the files come in order, without those that the router skips
    let next = 0;
    const toGrant = async (file: FileInfo): Promise<Grant> => {
      const described = describedFile(signed[next]);
      if (described?.name !== file.name || described.size !== file.size || described.type !== file.type) {
        return { id: file.id, error: { code: 'ignored', message: 'the router ignores this file' } };
      }
      const own = signed[next++] as JsonObject;
      if (own.skip) {
        return {
          id: file.id,
          error: { code: 'completed', message: 'the router says that this file is stored already' },
        };
      }
      if (!('parts' in own)) return toPutGrant(file, own);
      return createMultipartGrant(file, objectInfo(own).key, own, multipart.partSize, options.allowedHosts?.());
    };
    return collectGrants(files.map(toGrant));
  }

  const sign: Sign = async (files, { signal }) => {
    // a request has one metadata for all its files
    if (!isOnePerRequest && (files.length === 1 || files.every(({ metadata }) => !metadata))) {
      try {
        return await requestGrants(files, signal);
      } catch (error) {
        // the router refuses all files because of one, and does not say which
        if (files.length === 1 || !isUploadError(error) || error.code !== 'signer-refused') throw error;
        isOnePerRequest = true;
      }
    }
    return collectGrants(
      files.map(async (file) => {
        const [grant] = await requestGrants([file], signal).catch((error: unknown) => [toRefusal(file, error)]);
        return grant!;
      }),
    );
  };
  return Object.assign(sign, { batchSize: MAX_FILES_PER_REQUEST });
}

/** The preset `signer="better-upload"`. */
export const fromAttributes: PresetFromAttributes = (access, element) =>
  betterUpload({ ...access, allowedHosts: () => parseHostList(element.allowedHosts) });

/** The description of the file that the router has signed; undefined after the last one. */
function describedFile(signed: unknown): JsonObject | undefined {
  if (signed === undefined) return undefined;
  const file = isObject(signed) && signed.file;
  if (!isObject(file) || !isNonEmptyString(file.name)) {
    throw unexpectedMembers(signed, 'file with name, size and type');
  }
  return file;
}

function objectInfo(signed: JsonObject): {
  key: string;
  cacheControl?: string;
  metadata: Readonly<Record<string, string>>;
} {
  const info = isObject(signed.file) && signed.file.objectInfo;
  const { key, cacheControl, ...rest }: JsonObject = isObject(info) ? info : {};
  const metadata = toTexts(rest.metadata ?? {});
  if (!isNonEmptyString(key) || !metadata) {
    throw unexpectedMembers(signed, 'file with objectInfo and its key');
  }
  return {
    key,
    cacheControl: isNonEmptyString(cacheControl) ? cacheControl : undefined,
    metadata,
  };
}

/** The router signs these headers, so the request must send all of them with these values. */
function toPutGrant(file: FileInfo, signed: JsonObject): PutGrant {
  const { signedUrl: url } = signed;
  const headers = toTexts(signed.headers ?? {});
  const { key, cacheControl, metadata } = objectInfo(signed);
  if (!isAbsoluteUrl(url) || !headers) {
    throw unexpectedMembers(signed, 'signedUrl, file and headers');
  }
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
      ...headers,
    },
  };
}
