import { bytesFile, MiB } from '../fixtures/files.ts';
import { sha256 } from '../fixtures/remote-servers.ts';
import { until } from '../fixtures/wait.ts';
import type { UploadItem } from '../../widget/core/item.ts';
import type { ServerOptions } from '../fixtures/upload-servers.ts';
import type { Observer } from './observe.ts';
import {
  carriesFile,
  type Method,
  PART_BYTES,
  type Row,
  type RowEvent,
  type RowServers,
  SMALL_BYTES,
  type Stage,
  TWO_PARTS_BYTES,
  uploadFaults,
  type Uploads,
} from './row.ts';

/** Where rows run: a browser's page, or Node. */
export interface Bench {
  readonly observer: Observer;
  startServers(options: ServerOptions): Promise<RowServers>;
  /** Makes the queue of a row, in a page of its own if the row changes the page. */
  open(row: Row, servers: RowServers): Promise<{ uploads: Uploads; realm: typeof globalThis; close(): void }>;
}

const EVENTS = [
  ...['file-add', 'file-reject', 'file-remove', 'upload-start', 'upload-progress', 'upload-retry', 'upload-success'],
  ...['upload-error', 'upload-abort', 'upload-complete', 'auth-required'],
];
/** Paths of requests that sign: files, a file again, or parts. */
const SIGNING_PATH = /^\/sign(\/sign-again|\/parts)?$/;
const TERMINAL = ['upload-success', 'upload-error', 'upload-abort', 'file-reject'];
/** A row that takes longer hangs. */
const ROW_TIMEOUT_MS = 60_000;
const SLOW_ROW_TIMEOUT_MS = 150_000;

const SIGNER_OPTIONS: Record<Method, ServerOptions> = {
  POST: { method: 'post', multipartFrom: 1024 * MiB },
  PUT: { method: 'put', multipartFrom: 1024 * MiB },
  parts: { multipartFrom: 1, partSize: PART_BYTES },
};

/**
 * Runs a row, and checks what it expects and what holds for all.
 *
 * @throws {Error} with everything that is wrong
 */
export async function runRow(row: Row, method: Method, bench: Bench): Promise<void> {
  const problems: string[] = [];
  const check: Stage['check'] = (condition, message) => void (condition || problems.push(message));
  const servers = await bench.startServers({
    ...SIGNER_OPTIONS[method],
    ...row.server,
  });
  try {
    await servers.storage.setFaults(...uploadFaults(method, row.upload ?? []), ...(row.storage ?? []));
    await servers.signer.setFaults(...(row.signer ?? []));
    if (row.pace) await servers.storage.setPace(row.pace);
    const { uploads, realm, close } = await bench.open(row, servers);
    try {
      await new RowRun(row, method, bench, { servers, uploads, realm, check }).run();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    } finally {
      uploads.clear();
      close();
    }
  } finally {
    await servers.close();
  }
  if (problems.length) throw new Error(problems.join('; '));
}

class RowRun implements Stage {
  readonly method: Method;
  readonly servers: RowServers;
  readonly uploads: Uploads;
  readonly realm: typeof globalThis;
  readonly files: readonly File[];
  readonly events: RowEvent[] = [];
  readonly check: Stage['check'];
  readonly #row: Row;
  readonly #bench: Bench;
  /** Checks that the object of each success is stored. */
  readonly #verified: Promise<void>[] = [];
  readonly #hashes = new Map<File, Promise<string>>();
  #adding?: Promise<unknown>;
  /** Commands that make a file end once more. */
  readonly #restarts = new Map<string, number>();

  constructor(row: Row, method: Method, bench: Bench, stage: Pick<Stage, 'servers' | 'uploads' | 'realm' | 'check'>) {
    this.#row = row;
    this.#bench = bench;
    this.method = method;
    this.servers = stage.servers;
    this.uploads = stage.uploads;
    this.realm = stage.realm;
    this.check = stage.check;
    const size =
      row.size ?? (row.methods.includes('POST') || row.methods.includes('PUT') ? SMALL_BYTES : TWO_PARTS_BYTES);
    // no two files have the same size, and so the same bytes
    this.files = Array.from({ length: row.files ?? 1 }, (_, index) =>
      fileOf(size && size + index, `film-${index}.mp4`),
    );
  }

  async run(): Promise<void> {
    for (const type of EVENTS)
      this.uploads.addEventListener(type, (event) => this.#record(event as CustomEvent<RowEvent['detail']>));
    let timer: ReturnType<typeof setTimeout>;
    const ending = new Promise<never>((_, reject) => {
      const end = (): void => reject(new Error(`timed out: ${this.#describeFiles()}`));
      timer = setTimeout(end, this.#row.isSlow ? SLOW_ROW_TIMEOUT_MS : ROW_TIMEOUT_MS);
    });
    const act = this.#row.act ?? (() => this.settled());
    this.#adding = this.uploads.add(this.files.map((file) => this.#inRealm(file)));
    await Promise.race([Promise.all([this.#adding, act(this)]), ending]).finally(() => clearTimeout(timer));
    await this.#checkEnds();
    await this.#checkRequests();
    await this.#row.verify?.(this);
    await this.#checkStorage();
    await this.#checkCleanUp();
  }

  /** The file as of the window that the element lives in. */
  #inRealm(file: File): File {
    const { realm } = this;
    return realm === globalThis ? file : new realm.File([file], file.name, { type: file.type });
  }

  seen(type: string, count = 1): Promise<void> {
    return this.#untilEvent(() => this.events.filter((event) => event.type === type).length >= count);
  }

  async settled(): Promise<void> {
    // a file that is added after `auth-required` pauses without an event
    await this.#adding;
    const isSettled = ({ status }: UploadItem): boolean =>
      ['done', 'failed', 'canceled', 'rejected'].includes(status) || (status === 'paused' && this.#hasPausedByItself);
    return this.#untilEvent(
      () => this.uploads.files.length >= this.files.length && this.uploads.files.every(isSettled),
    );
  }

  readonly sends: Stage['sends'] = async () => {
    const { requests } = await this.servers.storage.readLog();
    return requests.filter(carriesFile);
  };

  readonly signs: Stage['signs'] = async () => {
    const { requests } = await this.servers.signer.readLog();
    return requests.filter(({ method, path }) => method === 'POST' && SIGNING_PATH.test(path));
  };

  sendsArrived(count: number): Promise<void> {
    const filter = { POST: { method: 'POST' }, PUT: { method: 'PUT' }, parts: { path: 'partNumber=' } }[this.method];
    return this.servers.storage.arrived(count, filter);
  }

  get #hasPausedByItself(): boolean {
    return this.events.some(({ type }) => type === 'auth-required');
  }

  #untilEvent(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const test = (): void => {
        if (!condition()) return;
        for (const type of EVENTS) this.uploads.removeEventListener(type, test);
        resolve();
      };
      for (const type of EVENTS) this.uploads.addEventListener(type, test);
      test();
    });
  }

  #record({ type, detail }: CustomEvent<RowEvent['detail']>): void {
    this.events.push({ type, time: performance.now(), detail });
    if (type === 'upload-start') {
      const { id = '' } = detail;
      if (this.#terminalEvents(id) > (this.#restarts.get(id) ?? 0)) this.#restarts.set(id, this.#terminalEvents(id));
    }
    if (type === 'upload-success')
      this.#verified.push(this.#verifyStored(detail).catch((error) => this.check(false, String(error))));
    const { loaded = 0, total = 0 } = detail;
    if (type === 'upload-progress') this.check(loaded <= total, `progress of ${loaded} of ${total} bytes`);
  }

  #terminalEvents(id: string): number {
    return this.events.filter((event) => event.detail?.id === id && TERMINAL.includes(event.type)).length;
  }

  async #verifyStored({ id, key = '' }: RowEvent['detail']): Promise<void> {
    const name = this.uploads.files.find((file) => file.id === id)?.name;
    const file = this.files.find((file) => file.name === name);
    const object = await this.servers.storedObject(key);
    const isStored = !!file && object?.sha256 === (await this.#hash(file));
    this.check(isStored, `upload-success of ${name}, which is not stored`);
  }

  #hash(file: File): Promise<string> {
    const hash = this.#hashes.get(file) ?? sha256(file);
    this.#hashes.set(file, hash);
    return hash;
  }

  #describeFiles(): string {
    const files = this.uploads.files
      .toSorted((a, b) => Number(a.status === 'done') - Number(b.status === 'done'))
      .map((file) => {
        const error = 'error' in file && file.error ? ` (${file.error.code}: ${file.error.message})` : '';
        return `${file.name} is ${file.status}${error}`;
      });
    const retries = this.events.filter(({ type }) => type === 'upload-retry');
    return `${files.slice(0, 3).join(', ') || 'no files'}, after ${retries.length} retries ${[
      ...new Set(retries.map(({ detail }) => detail.code)),
    ].join(', ')}`;
  }

  async #checkEnds(): Promise<void> {
    const { ends } = this.#row;
    const statuses = ['done', 'paused', 'canceled'];
    if (ends === 'removed') {
      this.check(!this.uploads.files.length, `expected no files: ${this.#describeFiles()}`);
    } else {
      const isExpected = (file: UploadItem): boolean => {
        if (typeof ends === 'string' && statuses.includes(ends)) return file.status === ends;
        return (file.status === 'failed' || file.status === 'rejected') && [ends].flat().includes(file.error.code);
      };
      const isRight = this.uploads.files.length === this.files.length && this.uploads.files.every(isExpected);
      this.check(isRight, `expected ${[ends].flat().join(' or ')}: ${this.#describeFiles()}`);
    }
    for (const { id, name, status } of this.uploads.files) {
      const count = this.#terminalEvents(id) - (this.#restarts.get(id) ?? 0);
      const expected = status === 'paused' ? 0 : 1;
      this.check(count === expected, `${name} is ${status} and has ${count} terminal events`);
    }
    await Promise.all(this.#verified);
  }

  async #checkRequests(): Promise<void> {
    const { signs } = this.#row;
    const ideal = this.files.reduce(
      (sum, { size }) => sum + (this.method === 'parts' ? Math.max(1, Math.ceil(size / PART_BYTES)) : 1),
      0,
    );
    const sends = this.#row.sends ?? [0, 6 * ideal];
    const within = (what: string, actual: number, expected: number | readonly [number, number]): void => {
      const [least, most] = typeof expected === 'number' ? [expected, expected] : expected;
      const range = least === most ? `${least}` : `${least} to ${most}`;
      this.check(actual >= least && actual <= most, `${actual} ${what}, expected ${range}`);
    };
    within('requests with bytes of the file', (await this.sends()).length, sends);
    if (signs !== undefined) within('requests to sign', (await this.signs()).length, signs);
  }

  async #checkStorage(): Promise<void> {
    const hashes = await Promise.all(this.files.map((file) => this.#hash(file)));
    const objects = await this.servers.storedObjects();
    const wrong = objects.filter((object) => !hashes.includes(object.sha256));
    this.check(!wrong.length, `objects of ${wrong.map(({ size }) => size).join(', ')} bytes, which no file has`);
    if (this.#row.ends !== 'done') return;
    const stored = hashes.filter((hash) => objects.some((object) => object.sha256 === hash)).length;
    this.check(stored === hashes.length, `${stored} of ${hashes.length} files are stored`);
    // the storage may have read all of a request before it was canceled
    const isCanceled = this.events.some(({ type }) => type === 'upload-abort');
    this.check(isCanceled || objects.length === hashes.length, `${objects.length} objects of ${hashes.length} files`);
    const open = await this.servers.countOpenUploads();
    this.check(open === 0, `${open} multipart uploads are open although all files are done`);
  }

  /** Takes everything away, and checks that nothing goes on. */
  async #checkCleanUp(): Promise<void> {
    const { observer } = this.#bench;
    await this.servers.storage.setFaults();
    await this.servers.signer.setFaults();
    await Promise.all([this.servers.storage.release(), this.servers.signer.release()]);
    const cleared = performance.now();
    this.uploads.clear();
    const aborted = this.events.find(({ type }) => type === 'upload-abort');
    const canceled = aborted?.time ?? cleared;
    const origins = [this.servers.storageUrl, new URL(this.servers.endpoint).origin];
    const requests = () => observer.requestsTo(origins);
    await until('all requests to end', () => requests().every(({ hasEnded }) => hasEnded));
    await until('no open multipart upload', async () => (await this.servers.countOpenUploads()) === 0);
    const isRestarted = this.events.some(({ type, time }) => type === 'upload-start' && time > canceled);
    const late = requests().filter(({ url, start }) => start > canceled && !/\/abort$/.test(new URL(url).pathname));
    if (!isRestarted) {
      this.check(
        !late.length,
        `sent after the cancel: ${late.map(({ method, url }) => `${method} ${new URL(url).pathname}`).join(', ')}`,
      );
    }
  }
}

/** Sizes from which no bytes are made: such a file is never sent. */
const HUGE_BYTES = 1024 * MiB;

function fileOf(size: number, name: string): File {
  if (size < HUGE_BYTES) return bytesFile(size, name, 'video/mp4');
  return Object.defineProperty(bytesFile(8, name, 'video/mp4'), 'size', { value: size });
}
