import type { UploadItem } from '../core/item.ts';

/** Whether a form that waits for all files need not wait for this one: it is stored, or will not be. */
export const isSettled = ({ status }: UploadItem): boolean => /^(done|rejected|canceled)$/.test(status);
