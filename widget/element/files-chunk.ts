import { loadOnce } from '../core/lazy.ts';
import type { Network } from '../core/network.ts';
import type { ChecksumAlgorithm } from '../core/protocol.ts';
import type { ResumeStore } from '../core/resume-record.ts';
import type { ComputeChecksum } from '../core/send-file.ts';
import { Uploader, type UploaderOptions } from '../core/uploader.ts';
import { browserNetwork } from '../browser/network.ts';
import { xhr } from '../browser/xhr.ts';
import { promptBeforeUnload } from '../browser/unload-prompt.ts';
import { keepScreenAwake } from '../browser/wake-lock.ts';
import type { Checks } from './content-checks.ts';
import { FileContent } from './file-content.ts';
import { type DropSource, handleOf } from './file-handle.ts';
import type { FileTemplateFields } from '../view/file-template-fields.ts';
import type { UploaderHost } from '../view/host.ts';
import type { MakeThumbnail } from '../media/thumbnail.ts';
import type { PictureOptions } from '../media/transform.ts';
import { parseHostList } from '../sign/host-list.ts';

export { FilesView } from '../view/files.ts';

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

/** What an element sets of its queue; it may go on setting it. */
export type QueueOptions = Omit<UploaderOptions, 'send' | 'network'>;

/** An element, as far as its attributes are options of its queue. */
interface QueueHost extends UploaderHost, Checks, PictureOptions {
  readonly allowedHosts?: string;
  readonly checksum?: ChecksumAlgorithm;
}

/**
 * A queue over the browser's own transport and line. In one chunk with the view of its files: both are needed once there
 * is a file, and a page whose visitor never brings one needs neither.
 *
 * @returns the queue; what makes its thumbnails; and a function to call after an attribute of the element has changed
 */
export function openQueue(
  element: QueueHost,
  options: QueueOptions,
  dropSources: WeakMap<File, DropSource>,
): { queue: Uploader; thumbnail: MakeThumbnail; applyAttributes: () => void } {
  const { load = loadOnce } = options;
  const content = new FileContent(element, load);
  let checksum: ComputeChecksum | undefined;
  const applyAttributes = (): void => {
    const { allowedHosts, maxConcurrentUploads, timeout } = element;
    Object.assign(options, content.options, {
      allowedHosts: parseHostList(allowedHosts),
      checksum: element.checksum,
      concurrency: maxConcurrentUploads,
      timeout: timeout && timeout * 1000,
    });
  };
  applyAttributes();
  const queue = new Uploader(
    Object.assign(options, {
      send: xhr,
      network: (network ??= browserNetwork()),
      resume: element.noResume ? undefined : lazyStore(element, dropSources),
      digest: async (...job: Parameters<ComputeChecksum>) => {
        const { checksumInWorker } = await load(() => import('../browser/checksum-client.ts'));
        return (checksum ??= checksumInWorker(load))(...job);
      },
    }),
  );
  promptBeforeUnload(queue);
  keepScreenAwake(queue, { isAllowed: () => !element.noWakeLock });
  return { queue, thumbnail: content.thumbnail, applyAttributes };
}

/** Where the store itself cannot be loaded: that costs the resume, and no more. */
const NO_STORE: ResumeStore = {
  save: () => Promise.resolve(),
  drop: () => Promise.resolve(),
  load: () => Promise.resolve([]),
  hold: () => Promise.resolve(true),
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
    hold: async (key, signal) => (await open()).hold(key, signal),
  };
}
