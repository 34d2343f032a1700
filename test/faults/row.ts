import type { LoggedRequest, Fault, Pace } from '../helpers/faults.ts';
import type { RemoteServers } from '../fixtures/remote-servers.ts';
import type { ServerOptions } from '../fixtures/upload-servers.ts';
import type { UploadErrorCode } from '../../widget/core/errors.ts';
import type { UploadItem } from '../../widget/core/item.ts';
import type { Sign } from '../../widget/core/sign.ts';
import { MiB } from '../fixtures/files.ts';

/** How the bytes go to the storage. */
export type Method = 'POST' | 'PUT' | 'parts';
export type Engine = 'Chromium' | 'Firefox' | 'WebKitGTK' | 'Node';

export const ALL: readonly Method[] = ['POST', 'PUT', 'parts'];
export const WHOLE: readonly Method[] = ['POST', 'PUT'];
export const BROWSERS: readonly Engine[] = ['Chromium', 'Firefox', 'WebKitGTK'];
/** For rows of tables of responses, which every browser passes on alike. */
export const TABLES: readonly Engine[] = ['Chromium', 'Node'];

/** Bytes of a part, the least that S3 allows. */
export const PART_BYTES = 5 * MiB;
/** Bytes of a file that goes up at once; more than one packet, and little for a busy machine. */
export const SMALL_BYTES = 200_000;
/** Bytes of a file that goes up in two parts. */
export const TWO_PARTS_BYTES = PART_BYTES + SMALL_BYTES;
/** Bytes that no buffer between the page and the storage holds, so that the browser's progress stops with the network. */
export const LARGE_BYTES = 16 * MiB;

/** An upload queue: the element in a browser, the core's `Uploader` in Node. */
export interface Uploads extends EventTarget {
  readonly files: readonly UploadItem[];
  add(files: Iterable<File>): Promise<readonly UploadItem[]>;
  pause(id?: string): void;
  resume(id?: string): void;
  cancel(id?: string): void;
  retry(id?: string): void;
  removeFile(id: string): void;
  clear(): void;
}

/** The servers of a row. */
export type RowServers = Pick<
  RemoteServers,
  | 'endpoint'
  | 'storageUrl'
  | 'storage'
  | 'signer'
  | 'storedObject'
  | 'storedObjects'
  | 'abortUploads'
  | 'countOpenUploads'
  | 'close'
>;

/** An event of the queue. */
export interface RowEvent {
  type: string;
  /** When it was dispatched, as of `performance.now()`. */
  time: number;
  detail: Partial<{ id: string; code: UploadErrorCode; message: string; key: string; loaded: number; total: number }>;
}

/** What a row's own steps and checks work with. */
export interface Stage {
  readonly method: Method;
  readonly servers: RowServers;
  readonly uploads: Uploads;
  /** The window that the element lives in; Node's global object. */
  readonly realm: typeof globalThis;
  readonly files: readonly File[];
  readonly events: readonly RowEvent[];
  /** Resolves once the queue has dispatched an event of this type, now or before. */
  seen(type: string, count?: number): Promise<void>;
  /** Resolves once no file is waiting to be stored, or needs a command for that. */
  settled(): Promise<void>;
  /** Requests to the storage that carried bytes of the file, in order of arrival. */
  sends(): Promise<readonly LoggedRequest[]>;
  /** Requests that sign, in order of arrival: of files, and of the same file again. */
  signs(): Promise<readonly LoggedRequest[]>;
  /** Resolves once this many requests with bytes of the file have arrived at the storage. */
  sendsArrived(count: number): Promise<void>;
  /** @throws when the condition does not hold */
  check(condition: boolean, message: string): void;
}

/** A fault of the requests that carry bytes of the file, whatever the method. */
export type UploadFault = Fault extends infer F ? (F extends Fault ? Omit<F, 'method' | 'path'> : never) : never;

/** One row of the table: something that goes wrong, and what must come of it. */
export interface Row {
  readonly title: string;
  readonly methods: readonly Method[];
  /** Default all. Node has no CORS, no redirects, no page. */
  readonly engines?: readonly Engine[];
  /** Engines in which the row is not applicable, with the reason. The report lists them. */
  readonly notIn?: Partial<Record<Engine, string>>;
  /** Bytes of each file. Default small; of rows only for parts, two parts. */
  readonly size?: number;
  /** Number of files. Default 1. */
  readonly files?: number;
  readonly server?: ServerOptions;
  /** Seconds without progress; attribute `timeout`. */
  readonly timeout?: number;
  readonly concurrency?: number;
  /** Attribute `allowed-hosts`. */
  readonly allowedHosts?: string;
  /** Signs in place of the endpoint. */
  readonly sign?: (servers: RowServers) => Sign;
  /** Faults of the requests that carry the file. */
  readonly upload?: readonly UploadFault[];
  /** Faults of any request to the storage, also of the signer's. */
  readonly storage?: readonly Fault[];
  readonly signer?: readonly Fault[];
  readonly pace?: Pace;
  /** Changes the page before its element is made. The row then has a page of its own, in a frame. */
  readonly page?: (realm: typeof globalThis) => unknown;
  /** What happens after the files are added; default nothing, until they are settled. */
  readonly act?: (stage: Stage) => Promise<void>;
  /** How every file ends: its status, or the code of its error. */
  readonly ends: 'done' | 'paused' | 'canceled' | 'removed' | UploadErrorCode | readonly UploadErrorCode[];
  /** Number of requests that carried bytes of the file, or the least and the most. Default at most 6 for each. */
  readonly sends?: number | readonly [number, number];
  /** Number of requests that sign. Default any. */
  readonly signs?: number | readonly [number, number];
  /** Further checks, once the files have ended. */
  readonly verify?: (stage: Stage) => void | Promise<void>;
  /** Whether the row waits for long timeouts. It then starts before the others. */
  readonly isSlow?: boolean;
}

/** A form with a signed policy is longer; the form without fields, by which the core probes the storage, is shorter. */
const MIN_FORM_BYTES = 500;

/** The faults of the requests that carry a file by this method. */
export const uploadFaults = (method: Method, faults: readonly UploadFault[]): Fault[] =>
  faults.map((fault) => ({
    ...fault,
    method: method === 'POST' ? 'POST' : 'PUT',
    path: method === 'parts' ? 'partNumber=' : '',
    minBytes: method === 'POST' ? MIN_FORM_BYTES : 1,
  }));

/** Whether a request to the storage carries bytes of a file. A probe has an empty form, or a signature that is 0. */
export function carriesFile({ method, path, headers }: Pick<LoggedRequest, 'method' | 'path' | 'headers'>): boolean {
  if (method === 'POST') return !/[?&]upload/.test(path) && Number(headers['content-length']) > MIN_FORM_BYTES;
  return (
    method === 'PUT' && !/ignature=0(&|$)/.test(path) && (path.includes('partNumber=') || !/[?&]uploads?/.test(path))
  );
}
