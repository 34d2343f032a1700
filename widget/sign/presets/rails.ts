import { UploadError } from '../../core/errors.ts';
import type { Sign } from '../../core/sign.ts';
import { unexpectedMembers } from '../http/bad-response.ts';
import { isAbsoluteUrl, isNonEmptyString, isObject, type JsonObject, toTexts } from '../http/json-guards.ts';
import { createSignerRequest, type SignerAccess } from '../http/signer-request.ts';
import { signatureLifetime } from '../read-grant.ts';
import { signEach } from '../sign-each.ts';
import { md5 } from './md5.ts';
import type { PresetFromAttributes } from './preset.ts';

/**
 * Signs with Rails' Active Storage, whose URL is `/rails/active_storage/direct_uploads`. A file's key is its `signed_id`, the
 * value that a form submits.
 */
export function rails(options: SignerAccess): Sign {
  const request = createSignerRequest(options);
  // a request that is retried does not read the file again
  const checksums = new WeakMap<File, Promise<string>>();
  return signEach(async ({ id, file, name, type, size, metadata: own }, { signal }) => {
    if (!file) throw new UploadError('file-missing', `"${name}" is not there: add it again.`, { phase: 'sign' });
    const checksum = checksums.get(file) ?? md5(file);
    checksums.set(file, checksum);
    // Active Storage passes `custom` on to the storage, and keeps its own metadata beside it
    const custom = (options.metadata ?? own) && { ...options.metadata, ...own };
    const blob = {
      filename: name,
      content_type: type,
      byte_size: size,
      metadata: custom && { custom },
      checksum: await checksum.catch((cause: unknown) => {
        throw new UploadError('file-changed', `"${name}" cannot be read: add it again.`, { phase: 'sign', cause });
      }),
    };
    const answer = await request({ body: { blob } }, signal);
    const { signed_id: key, direct_upload: upload } = answer;
    const { url, ...rest }: JsonObject = isObject(upload) ? upload : {};
    const headers = toTexts(rest.headers);
    if (!isNonEmptyString(key) || !isAbsoluteUrl(url) || !headers) {
      throw unexpectedMembers(answer, 'signed_id, and direct_upload with url and headers');
    }
    return { id, method: 'PUT', url, headers, key, lifetime: signatureLifetime(url) };
  });
}

/** The preset `signer="rails"`. */
export const fromAttributes: PresetFromAttributes = rails;
