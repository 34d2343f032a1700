import type { Limits } from '../core/limits.ts';
import type { ChecksumAlgorithm } from '../core/protocol.ts';
import type { Sign } from '../core/sign.ts';
import type { UploaderOptions } from '../core/uploader-options.ts';
import { parseHostList } from '../sign/host-list.ts';
import type { FileContent } from './file-content.ts';

/** When a stored file that is removed is deleted. */
export type Deletion = 'at-once' | 'on-submit';

/** The properties of the element that the queue's options come from. */
export interface QueueOptionsSource extends HTMLElement {
  readonly delete?: Deletion;
  readonly noAuto: boolean;
  readonly allowedHosts?: string;
  readonly checksum?: ChecksumAlgorithm;
  readonly maxConcurrentUploads?: number;
  readonly timeout?: number;
}

/**
 * The options of the queue that come from the element's attributes.
 *
 * @param waits whether files wait for the visitor, who has something to fill in first
 */
export function queueOptions(
  source: QueueOptionsSource,
  { sign, limits, content, waits }: { sign: Sign; limits: Limits; content: FileContent; waits: boolean },
): Partial<UploaderOptions> {
  return {
    sign,
    limits,
    auto: !source.noAuto && !waits,
    keepRemoved: source.delete === 'on-submit',
    allowedHosts: parseHostList(source.allowedHosts),
    checksum: source.checksum,
    concurrency: source.maxConcurrentUploads,
    timeout: source.timeout && source.timeout * 1000,
    ...content.options,
  };
}
