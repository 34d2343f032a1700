import { createStore, del, entries, set } from 'idb-keyval';
import type { ResumeRecord, ResumeStore } from '../core/resume.ts';

/** Of the database, and before the names of the locks. */
export const STORE = 's3-uploader';
/** Bytes up to which the file itself is kept: browsers copy it to a disk that is not ours to fill. */
const KEPT_FILE = 256 * 2 ** 20;

interface Kept extends ResumeRecord {
  scope: string;
}

/**
 * Unfinished uploads in IndexedDB, each in the hands of one page by a Web Lock.
 *
 * @param scope tells apart the tags of one origin
 */
export function resumeStore(scope: string): ResumeStore {
  const store = createStore(STORE, 'uploads');
  const lockOf = (key: string): string => `${STORE}:${key}`;
  let line: Promise<void> = Promise.resolve();
  // one after the other: a file takes long to be kept, and its upload may end meanwhile
  const inTurn = (work: () => Promise<void>): Promise<void> => (line = line.then(work).catch(ignore));
  const drop = (key: string): Promise<void> => inTurn(() => del(key, store));
  return {
    drop,
    save({ file, ...record }) {
      const kept: Kept = { ...record, scope };
      void inTurn(() => set(record.key, kept, store));
      return inTurn(async () => {
        if (file && file.size <= KEPT_FILE) await set(record.key, { ...kept, file }, store);
      });
    },
    async load() {
      const all = await entries<string, Kept>(store).catch(() => []);
      const isSound = (record: Kept): boolean => typeof record?.ticket === 'string' && record.expires > Date.now();
      for (const [key, record] of all) if (!isSound(record)) await drop(key);
      return all.flatMap(([, record]) => (isSound(record) && record.scope === scope ? record : []));
    },
    hold(key, signal) {
      // without locks (an insecure page) there is no telling; two pages are rarer than none
      if (!('locks' in navigator)) return Promise.resolve(true);
      return new Promise((resolve) => {
        const held = navigator.locks.request(lockOf(key), { ifAvailable: true }, (lock) => {
          resolve(!!lock);
          if (!lock || signal.aborted) return undefined;
          return new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
        });
        held.catch(() => resolve(true));
      });
    },
  };
}

/** Storage that throws (private windows, full disks) costs the resume after a reload, and nothing else. */
const ignore = (): void => {};
