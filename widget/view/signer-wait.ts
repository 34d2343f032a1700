import type { UploadItem } from '../core/item.ts';

/** A file that waits for the signer's answer. */
export type SignerWait = UploadItem & { readonly status: 'waiting' };

/** Whether the file waits for the signer. All files wait for it together, so that their rows do not say so. */
export const waitsForSigner = (item: UploadItem): item is SignerWait =>
  item.status === 'waiting' && item.reason === 'retry' && item.error.phase === 'sign';
