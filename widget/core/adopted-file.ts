import type { FileInfo, UploadResult } from './item.ts';
import type { UploadGrant } from './sign.ts';

/** A file that is stored already. */
export interface AdoptedFile extends Omit<FileInfo, 'id' | 'file'>, Pick<UploadGrant, 'deleteFile'> {
  /** Key, URL, ETag and receipt of the stored object. */
  readonly result: UploadResult;
}
