import { UploadError } from '../../core/errors.ts';
import type { Sign } from '../../core/sign.ts';
import {
  type JsonObject,
  unexpectedMembers,
  isObject,
  isNonEmptyString,
  isStringRecord,
  isAbsoluteUrl,
} from '../http/json-guards.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { signEach } from '../sign-each.ts';
import { signatureLifetime } from '../read-grant.ts';
import { md5 } from './md5.ts';

/**
 * Rails' Active Storage: `endpoint="/rails/active_storage/direct_uploads"`. The key of a file is its `signed_id`, which is
 * what a form has to submit.
 */
export function rails(options: SignerAccess): Sign {
  const request = createSignerRequest(options);
  // a question that is asked again, because the first one took too long, need not read the file again
  const checksums = new WeakMap<File, Promise<string>>();
  return signEach(async ({ id, file, name, type, size, metadata: own }, { signal }) => {
    if (!file) throw new UploadError('file-missing', 'pick the file again', { phase: 'sign' });
    const checksum = checksums.get(file) ?? md5(file);
    checksums.set(file, checksum);
    // what Active Storage hands on to the storage; its own words are beside it
    const custom = (options.metadata ?? own) && { ...options.metadata, ...own };
    const body = {
      blob: {
        filename: name,
        content_type: type,
        byte_size: size,
        ...(custom && { metadata: { custom } }),
        checksum: await checksum.catch((cause: unknown) => {
          throw new UploadError('file-changed', `"${name}" cannot be read: pick it again`, { phase: 'sign', cause });
        }),
      },
    };
    const answer = await request({ body, headers: csrf() }, signal);
    const { signed_id: key, direct_upload: direct } = answer;
    const { url, headers }: JsonObject = isObject(direct) ? direct : {};
    if (!isNonEmptyString(key) || !isAbsoluteUrl(url) || !isStringRecord(headers))
      throw unexpectedMembers(answer, 'signed_id, and direct_upload with url and headers');
    return { id, method: 'PUT', url, headers, key, lifetime: signatureLifetime(url) };
  });
}

function csrf(): Record<string, string> {
  const token = globalThis.document?.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
  return token ? { 'X-CSRF-Token': token } : {};
}
