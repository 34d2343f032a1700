import type { Network } from './core/network.ts';
import { Uploader, type UploaderOptions } from './core/uploader.ts';
import { browserNetwork } from './transport/network.ts';
import { xhr } from './transport/xhr.ts';

export { FilesView } from './view/files.ts';

/** One for all tags of the page: it listens to the window for good. */
let network: Network | undefined;

/** What a tag sets of its queue; it may go on setting it. */
export type QueueOptions = Omit<UploaderOptions, 'send' | 'network'>;

/**
 * A queue over the browser's own transport and line. In one chunk with the view of its files: both are needed once there
 * is a file, and a page whose visitor never brings one needs neither.
 */
export const openQueue = (options: QueueOptions): Uploader =>
  new Uploader(Object.assign(options, { send: xhr, network: (network ??= browserNetwork()) }));
