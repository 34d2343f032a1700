import { createStore, del, entries, set } from 'idb-keyval';
import type { ResumeRecord, ResumeStore } from '../core/resume-record.ts';

/** Of the database, and before the names of the locks. */
export const STORE = 's3-uploader';
/** Bytes up to which the file itself is kept: browsers copy it to a disk that is not ours to fill. */
const KEPT_FILE = 256 * 2 ** 20;

interface Kept extends Omit<ResumeRecord, 'readAgain'> {
  scope: string;
  /** The way to a file that is too large to be kept, where the browser has shown it. */
  handle?: FileSystemFileHandle | undefined;
}

/**
 * Unfinished uploads in IndexedDB, each in the hands of one page by a Web Lock.
 *
 * @param scope tells apart the tags of one origin
 * @param handleOf the way to a file, where the browser has shown it
 */
export function resumeStore(
  scope: string,
  handleOf: (file: File) => Promise<FileSystemFileHandle | undefined> = () => Promise.resolve(undefined),
): ResumeStore {
  const store = createStore(STORE, 'uploads');
  const lockOf = (key: string): string => `${STORE}:${key}`;
  let line: Promise<void> = Promise.resolve();
  // one after the other: a file takes long to be kept, and its upload may end meanwhile
  const inTurn = (work: () => Promise<void>): Promise<void> => (line = line.then(work).catch(ignore));
  const drop = (key: string): Promise<void> => inTurn(() => del(key, store));
  return {
    drop,
    save({ file, readAgain: _kept, ...record }) {
      const kept: Kept = { ...record, scope };
      void inTurn(() => set(record.key, kept, store));
      return inTurn(async () => {
        if (!file) return;
        const more = file.size <= KEPT_FILE ? { file } : { handle: await handleOf(file) };
        await set(record.key, { ...kept, ...more }, store);
      });
    },
    async load() {
      const all = await entries<string, Kept>(store).catch(() => []);
      for (const [key, record] of all) if (!isSound(key, record)) await drop(key);
      return all
        .filter(([key, record]) => isSound(key, record) && record.scope === scope)
        .map(([, { handle, ...record }]) => ({ ...record, ...(handle && { readAgain: () => readAgain(handle) }) }));
    },
    lock(key, signal) {
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

/** Whether it is a record, and not over: what lies in a store may be another version's, or half of one. */
function isSound(key: string, record: Partial<Kept> | undefined): boolean {
  const { ticket, name, type, size, partSize, lastModified, expires } = record ?? {};
  const areTexts = [record?.key, ticket, name, type].every((text) => typeof text === 'string');
  const areNumbers = [size, partSize, lastModified, expires].every(Number.isFinite);
  return areTexts && areNumbers && record?.key === key && partSize! > 0 && expires! > Date.now();
}

/** Asks the visitor's leave, which lasts no longer than the page, and reads the file. */
async function readAgain(handle: FileSystemFileHandle): Promise<File | undefined> {
  const { requestPermission } = handle as { requestPermission?: (wish: { mode: 'read' }) => Promise<PermissionState> };
  const leave = (await requestPermission?.call(handle, { mode: 'read' })) ?? 'granted';
  return leave === 'granted' ? handle.getFile() : undefined;
}

/** Storage that throws (private windows, full disks) costs the resume after a reload, and nothing else. */
const ignore = (): void => {};
