import { loadOnce } from '../core/lazy.ts';
import type { Network } from '../core/network.ts';
import type { ResumeStore } from '../core/resume-record.ts';
import type { ComputeChecksum } from '../core/send-file.ts';
import { Uploader } from '../core/uploader.ts';
import type { UploaderOptions } from '../core/uploader-options.ts';
import { browserNetwork } from '../browser/network.ts';
import { xhr } from '../browser/xhr.ts';
import { watchPage } from '../browser/busy-page.ts';
import { type DropSource, handleOf } from './file-handle.ts';
import type { FileTemplateFields } from '../view/file-template-fields.ts';
import type { UploaderHost } from '../view/host.ts';
import type { MakeThumbnail } from '../media/thumbnail.ts';

export { FilesView } from '../view/files.ts';

/** Loaded with the first picture. */
export const thumbnail: MakeThumbnail = async (...asked) =>
  (await import('../media/picture-client.ts')).thumbnail(...asked);

/** What few tags need, and then before their first file. */
export interface Extras {
  readonly fields: FileTemplateFields | undefined;
}

export async function extras(tag: UploaderHost): Promise<Extras> {
  const template = tag.querySelector<HTMLTemplateElement>(':scope > template[slot=file]');
  const fields = template && new (await import('../view/file-template-fields.ts')).FileTemplateFields(tag, template);
  return { fields: fields ?? undefined };
}

/** One for all tags of the page: it listens to the window for good. */
let network: Network | undefined;

/** The options that the element sets. */
export type QueueOptions = Omit<UploaderOptions, 'send' | 'network'>;

/**
 * A queue over the browser's own transport and line. In one chunk with the view of its files: both are needed once there
 * is a file, and a page whose visitor never brings one needs neither.
 */
export function openQueue(tag: UploaderHost, options: QueueOptions, dropSources: WeakMap<File, DropSource>): Uploader {
  const { load = loadOnce } = options;
  const queue = new Uploader({
    ...options,
    send: xhr,
    network: (network ??= browserNetwork()),
    resume: tag.noResume ? undefined : lazyStore(tag, dropSources),
    digest: async (...job: Parameters<ComputeChecksum>) =>
      (await load(() => import('../browser/checksum-client.ts'))).checksumInWorker(load)(...job),
  });
  watchPage(queue, () => !tag.noWakeLock);
  return queue;
}

/** Where the store itself cannot be loaded: that costs the resume, and no more. */
const NO_STORE: ResumeStore = {
  save: () => Promise.resolve(),
  drop: () => Promise.resolve(),
  load: () => Promise.resolve([]),
  lock: () => Promise.resolve(true),
};

/** Unfinished uploads of this tag on this page; loaded when there is one to remember or to look for. */
function lazyStore(tag: UploaderHost, dropSources: WeakMap<File, DropSource>): ResumeStore {
  let store: Promise<ResumeStore> | undefined;
  const open = (): Promise<ResumeStore> => {
    const scope = [location.pathname, tag.endpoint, tag.id, tag.name].join(' ');
    return (store ??= import('../browser/resume-store.ts').then(
      ({ resumeStore }) =>
        resumeStore(scope, async (file) => {
          const source = dropSources.get(file);
          return source && handleOf(source);
        }),
      () => NO_STORE,
    ));
  };
  return {
    save: async (record) => (await open()).save(record),
    drop: async (key) => (await open()).drop(key),
    load: async () => (await open()).load(),
    lock: async (key, signal) => (await open()).lock(key, signal),
  };
}
