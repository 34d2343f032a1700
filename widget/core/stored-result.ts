import { UploadError } from './errors.ts';
import type { UploadResult, UploadState } from './item.ts';
import type { Load } from './lazy.ts';
import type { StoredFile } from './protocol.ts';
import type { RetryOptions } from './retry.ts';
import type { FileBeingChecked, UploadGrant } from './sign.ts';

/** Options of {@link storedResult}. */
export interface StoredResultOptions {
  /** Bytes of the file. */
  readonly size: number;
  readonly retry: RetryOptions;
  readonly load: Load;
  report(state: UploadState): void;
  /** Called when the file is being checked. */
  onGrant(grant: UploadGrant, isStored: true): Promise<void>;
}

/**
 * The result that the signer's response means, once the signer has checked the file.
 *
 * @returns undefined if the object has another size than the file
 */
export async function storedResult(
  answer: StoredFile | FileBeingChecked,
  grant: UploadGrant,
  { load, onGrant, ...options }: StoredResultOptions,
): Promise<UploadResult | undefined> {
  let stored = answer;
  if ('status' in stored) {
    await onGrant(grant, true);
    const { untilChecked } = await load(() => import('./checking.ts'), options.retry.signal);
    stored = await untilChecked(stored, grant, options);
  }
  const { size } = options;
  return (stored.size ?? size) === size ? resultOf(stored) : undefined;
}

/** A location with a user name, a signature or credentials: `https://name:word@host/…`, `?X-Amz-Signature=…`. */
const SECRET_LOCATION = /^https?:\/\/[^/?#]*@|signature=|credential=|token=|accesskeyid=|[?&#]sig=/i;

/**
 * The members of a signer's response that are public. A location with a secret loses all but its origin and path.
 *
 * @throws {UploadError} `bad-signer-response` for a location that is no URL of the web: the page may make a link of it
 */
export function resultOf({ key, location, etag, receipt }: StoredFile): UploadResult {
  if (location && !(/^https?:\/\//i.test(location) && URL.canParse(location))) {
    throw new UploadError('bad-signer-response', 'the location of the stored file is no http(s) URL', {
      phase: 'finalize',
    });
  }
  return {
    key,
    location: SECRET_LOCATION.test(location) ? withoutSecrets(new URL(location)) : location,
    ...(etag && { etag }),
    ...(receipt && { receipt }),
  };
}

const withoutSecrets = ({ origin, pathname }: URL): string => origin + pathname;
