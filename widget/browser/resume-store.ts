import { createStore, del, entries, set, update } from 'idb-keyval';
import type { ResumeRecord, ResumeStore } from '../core/resume-record.ts';

/** Name of the database, and prefix of the locks' names. */
const DATABASE = 's3-uploader';
/** Maximum bytes of a file that is kept. Browsers copy a kept file, and a larger one would fill the visitor's disk. */
const MAX_KEPT_FILE_BYTES = 256 * 2 ** 20;

interface StoredRecord extends Omit<ResumeRecord, 'readAgain'> {
  /** Scope of the queue that wrote the record. */
  scope: string;
  /** The queues whose records `clear` deletes together. */
  group: string;
  /** Handle of a file that is too large to be kept; undefined if the browser provides none. */
  handle?: FileSystemFileHandle;
}

type QueryPermission = (descriptor: { mode: 'read' }) => Promise<PermissionState>;

/** Chromium's addition: https://wicg.github.io/file-system-access/#api-filesystemhandle */
interface PermissionHandle extends FileSystemFileHandle {
  readonly queryPermission?: QueryPermission;
  readonly requestPermission?: QueryPermission;
}

/**
 * Remembers unfinished uploads in IndexedDB. A Web Lock on each makes sure that one page at a time resumes it. When the
 * browser denies storage (private windows, full disks), uploads go on and are not remembered.
 *
 * @param scope name that separates the queues of one origin; a queue sees only records of its own scope
 * @param handleOf resolves with a file's handle, so that a file over 256 MiB can be read again after a reload. Default: none
 * @param group name of the queues whose records `clear` deletes together, such as the URL of their signer. Default: the scope
 */
export function resumeStore(
  scope: string,
  handleOf: (file: File) => Promise<FileSystemFileHandle | undefined> = () => Promise.resolve(undefined),
  group = scope,
): ResumeStore {
  const store = createStore(DATABASE, 'uploads');
  /** Handles of the files that were read again: a second reload needs them, too. */
  const handles = new WeakMap<File, FileSystemFileHandle>();
  let writes: Promise<void> = Promise.resolve();
  // in order: storing a file takes long, and its upload may end before that
  const write = (work: () => Promise<void>): Promise<void> => (writes = writes.then(work).catch(ignore));
  const drop = (key: string): Promise<void> => write(() => del(key, store));
  return {
    drop,
    save({ file, readAgain: _omitted, ...rest }) {
      const record: StoredRecord = { ...rest, scope, group };
      void write(() => set(record.key, record, store));
      return write(async () => {
        if (!file) return;
        const source =
          file.size <= MAX_KEPT_FILE_BYTES ? { file } : { handle: handles.get(file) ?? (await handleOf(file)) };
        // another page may have deleted the record meanwhile: what remains of it then is no valid record
        await update<StoredRecord | undefined>(record.key, (saved) => saved && { ...record, ...source }, store);
      });
    },
    clear: () =>
      write(async () => {
        for (const [key, record] of await entries<string, StoredRecord | undefined>(store)) {
          if (record?.group === group) await del(key, store);
        }
      }),
    async load() {
      // a browser that denies storage may throw at once
      const all = await writes.then(() => entries<string, StoredRecord>(store)).catch(() => []);
      for (const [key, record] of all) if (!isValid(key, record)) await drop(key);
      const own = all.filter(([key, record]) => isValid(key, record) && record.scope === scope);
      return Promise.all(
        own.map(async ([, { handle, ...record }]) => {
          if (!handle) return record;
          const read = async (mayAsk: boolean): Promise<File | undefined> => {
            const file = await readFile(handle, mayAsk);
            if (file) handles.set(file, handle);
            return file;
          };
          // after a reload, the visitor's permission may still be there
          const file = await read(false).catch(ignore);
          const isSame = file?.size === record.size && file.lastModified === record.lastModified;
          return { ...record, file: isSame ? file : undefined, readAgain: () => read(true) };
        }),
      );
    },
    lock(key, signal) {
      // insecure pages have no locks: two pages with one upload are rarer than one page that resumes nothing
      if (!('locks' in navigator)) return Promise.resolve(true);
      return new Promise((resolve) => {
        const released = navigator.locks.request(`${DATABASE}:${key}`, { ifAvailable: true }, (lock) => {
          resolve(!!lock);
          if (!lock || signal.aborted) return undefined;
          return new Promise<void>((release) => signal.addEventListener('abort', () => release(), { once: true }));
        });
        released.catch(() => resolve(true));
      });
    },
  };
}

/** Whether the record is complete and has not expired. Another version may have written incomplete records. */
function isValid(key: string, record: Partial<StoredRecord> | undefined): boolean {
  const { ticket, visitor = '', name, type, size, partSize, lastModified, expires, scope, group, file } = record ?? {};
  const hasStrings = [record?.key, ticket, visitor, name, type, scope, group].every(
    (value) => typeof value === 'string',
  );
  if (file !== undefined && !(file instanceof File)) return false;
  const hasNumbers = [size, partSize, lastModified, expires].every(Number.isFinite);
  return hasStrings && hasNumbers && record?.key === key && partSize! > 0 && expires! > Date.now();
}

/**
 * Reads a file by its handle; undefined without permission.
 *
 * @param mayAsk whether the visitor may be asked for permission, which needs a click
 */
async function readFile(handle: FileSystemFileHandle, mayAsk: boolean): Promise<File | undefined> {
  const { queryPermission, requestPermission } = handle as PermissionHandle;
  const permission = await (mayAsk ? requestPermission : queryPermission)?.call(handle, { mode: 'read' });
  return (permission ?? 'granted') === 'granted' ? handle.getFile() : undefined;
}

const ignore = (): undefined => {};
