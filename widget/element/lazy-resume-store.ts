import type { ResumeStore } from '../core/resume-record.ts';
import { type DropSource, handleOf } from './file-handle.ts';
import { recordGroup } from './record-group.ts';

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
  let store: Promise<ResumeStore | undefined> | undefined;
  const open = (): Promise<ResumeStore | undefined> => {
    const scope = [location.pathname, host.endpoint, host.id, host.name].join(' ');
    return (store ??= import('../browser/resume-store.ts').then(
      ({ resumeStore }) =>
        resumeStore(
          scope,
          async (file) => {
            const source = dropSources.get(file);
            return source && handleOf(source);
          },
          recordGroup(host),
        ),
      () => {
        store = undefined; // the next call tries again; without the store, nothing is remembered or locked
        return undefined;
      },
    ));
  };
  const later =
    <K extends keyof ResumeStore>(name: K) =>
    async (...parameters: Parameters<ResumeStore[K]>): Promise<never> =>
      ((await open())?.[name] as (...parameters: unknown[]) => Promise<never>)?.(...parameters);
  return {
    save: later('save'),
    drop: later('drop'),
    load: async () => (await (await open())?.load()) ?? [],
    // undefined means that this page has the lock
    lock: later('lock'),
    clear: later('clear'),
  };
}
