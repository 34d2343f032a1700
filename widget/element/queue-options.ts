import type { Load } from '../core/lazy.ts';
import type { Limits } from '../core/limits.ts';
import type { ChecksumAlgorithm } from '../core/protocol.ts';
import type { Sign } from '../core/sign.ts';
import type { UploaderOptions } from '../core/uploader.ts';
import type { PictureOptions } from '../media/transform.ts';
import { hostList } from '../sign/host-list.ts';
import type { Checks } from './content-checks.ts';

/** Files that are uploaded at a time, if the attribute does not say. */
const DEFAULT_CONCURRENCY = 3;
/** Seconds without progress after which a request is retried, if the attribute does not say. */
const DEFAULT_TIMEOUT_S = 30;

/** The properties of the element that the queue's options are made of. */
export interface QueueOptionsSource extends HTMLElement, Checks, PictureOptions {
  readonly noAuto: boolean;
  readonly allowedHosts?: string;
  readonly checksum?: ChecksumAlgorithm;
  readonly maxConcurrentUploads?: number;
  readonly timeout?: number;
}

type QueueOptions = Pick<
  UploaderOptions,
  'sign' | 'auto' | 'allowedHosts' | 'checksum' | 'concurrency' | 'timeout' | 'limits' | 'check' | 'prepare'
>;

/**
 * The options of the queue that come from the element's attributes. The code of checks and conversions is loaded with the
 * first file that needs it.
 *
 * @param waits whether files wait for the visitor, who has something to fill in first
 */
export function queueOptions(
  source: QueueOptionsSource,
  { sign, limits, load, waits }: { sign: Sign; limits: Limits; load: Load; waits: boolean },
): QueueOptions {
  const { maxConcurrentUploads = DEFAULT_CONCURRENCY, timeout = DEFAULT_TIMEOUT_S } = source;
  const { sniff, validate, minImageSize, maxImageSize, resize, imageType, stripMetadata } = source;
  return {
    sign,
    limits,
    auto: !source.noAuto && !waits,
    allowedHosts: hostList(source.allowedHosts),
    checksum: source.checksum,
    concurrency: maxConcurrentUploads,
    timeout: timeout * 1000,
    check:
      sniff || validate || minImageSize || maxImageSize
        ? async (file, signal) => (await load(() => import('./content-checks.ts'), signal)).check(source, file, signal)
        : undefined,
    prepare:
      resize || imageType || stripMetadata
        ? async (file, signal) =>
            (await load(() => import('../media/picture-client.ts'), signal)).prepare(file, source, load)
        : undefined,
  };
}
