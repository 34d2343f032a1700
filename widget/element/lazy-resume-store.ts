import type { ResumeStore } from '../core/resume-record.ts';
import { type DropSource, handleOf } from './file-handle.ts';

/** If the store cannot be loaded, uploads are not resumed after a reload; nothing else is lost. */
const NO_STORE: ResumeStore = {
  save: () => Promise.resolve(),
  drop: () => Promise.resolve(),
  load: () => Promise.resolve([]),
  lock: () => Promise.resolve(true),
};

/**
 * Unfinished uploads of one element on one page. The store is loaded when there is one to save or to look for.
 *
 * @param host its URL, endpoint, id and name tell apart the elements of one origin
 * @param dropSources where dropped files came from, by which a later page can read them again
 */
export function lazyResumeStore(
  host: HTMLElement & { readonly endpoint?: string; readonly name?: string },
  dropSources: WeakMap<File, DropSource>,
): ResumeStore {
  let store: Promise<ResumeStore> | undefined;
  const open = (): Promise<ResumeStore> => {
    const scope = [location.pathname, host.endpoint, host.id, host.name].join(' ');
    return (store ??= import('../browser/resume-store.ts').then(
      ({ resumeStore }) =>
        resumeStore(scope, async (file) => {
          const source = dropSources.get(file);
          return source && handleOf(source);
        }),
      () => {
        store = undefined; // the next call tries again
        return NO_STORE;
      },
    ));
  };
  return {
    save: async (record) => (await open()).save(record),
    drop: async (key) => (await open()).drop(key),
    load: async () => (await open()).load(),
    lock: async (key, signal) => (await open()).lock(key, signal),
  };
}
