import type { UploadResult } from './item.ts';
import type { SendOptions } from './send.ts';

export interface SendFileOptions extends Omit<SendOptions, 'onProgress'> {
  /** Bytes of the file that are sent. */
  onProgress(loaded: number): void;
}

/** One way to send a whole file, by the grant that asks for it. */
export type SendFile<G> = (grant: G, file: File, options: SendFileOptions) => Promise<UploadResult>;
