import type { SigningOptions } from '../core/presign.ts';
import { openStorage, type ObjectStorage } from '../core/storage.ts';
import type { Target } from './finding.ts';

/** Seconds until the doctor's signatures expire. Each is used at once. */
const SIGNATURE_SECONDS = 60;

/** Signs as the signer does with these settings; default those of the target, at the client's own address. */
export const openSigner = (
  { client, bucket, signAbsentHeaders, conditionalWrites }: Target,
  options: SigningOptions = { signAbsentHeaders, conditionalWrites },
): ObjectStorage => openStorage(client, bucket, SIGNATURE_SECONDS, options);
