import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Where in a request's body something happens: so many bytes, or so large a share (0 to 1) of its Content-Length. */
export type Offset = { bytes: number } | { share: number };

/** What goes wrong. */
export type Action =
  /** The connection is reset once that much of the body has gone on to the server. */
  | { do: 'cut'; at: Offset }
  /** Nothing more is read from there on, until `release()`. Kernel buffers take some megabytes beyond it. */
  | { do: 'stall'; at: Offset }
  /** The body is read in full and no answer comes, until `release()`; `stored: false` keeps the request from the server. */
  | { do: 'swallow'; stored?: boolean }
  /** The body is read in full, then the connection is reset; `stored: false` keeps the request from the server. */
  | { do: 'reset'; stored?: boolean }
  /**
   * The server is not asked: this is the answer. `cors: false` leaves out the headers by which a page may read it;
   * `unread: true` answers before the body was read, and closes.
   */
  | {
      do: 'answer';
      status: number;
      headers?: Record<string, string>;
      body?: string;
      cors?: boolean;
      unread?: boolean;
    }
  /** The server's own answer, but with these headers set, or (null) taken away. */
  | { do: 'headers'; headers: Record<string, string | null> };

export type Fault = Action & {
  /** Requests it is for; default every method but OPTIONS, which is what a preflight is. `*` is really every one. */
  method?: string;
  /** Requests it is for: those whose path and query hold this. */
  path?: string;
  /** How many of them pass unharmed first; default 0. */
  skip?: number;
  /** How many of them it strikes; default all. */
  times?: number;
};

/** What slows every request, for as long as it is set. */
export interface Pace {
  /** Milliseconds before a request is looked at: one round trip. */
  latency?: number;
  /** Bytes per second at which a request's body is read, for each connection. */
  bytesPerSecond?: number;
}

export interface LoggedRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Bytes of the body as read so far. */
  bytes: number;
  /** The body, where it is JSON. */
  json?: unknown;
  /** Names and values in their order, where the body is a form; the value of a file is its name. */
  fields?: readonly (readonly [name: string, value: string])[];
  /** The status that was sent back; absent where none was. */
  status?: number;
  /** What struck it. */
  fault?: Action['do'];
  /** Milliseconds since the proxy began. */
  start: number;
  end?: number;
}

export interface FaultProxy extends AsyncDisposable {
  /** The origin to use in place of the server's. */
  readonly url: string;
  /** The first that fits strikes. Replaced as a whole, or mutated. */
  faults: Fault[];
  pace: Pace;
  /** Every request but preflights, in order of arrival. */
  readonly requests: readonly LoggedRequest[];
  readonly preflights: readonly LoggedRequest[];
  /** How many requests there were at a time, at most. */
  readonly peak: number;
  /** Resolves once so many requests have arrived, preflights not counted; `method` and `path` as in a fault. */
  arrived(count: number, which?: { method?: string; path?: string }): Promise<void>;
  /** Lets go what stalls or is swallowed, and forgets the faults which do that. */
  release(): void;
  /** As at the beginning: no faults, no pace, an empty log; what is held is let go. */
  reset(): void;
  close(): Promise<void>;
}

/** Bytes of a form's body that are looked through for fields: S3 reads 20 KB of them. */
const FORM_HEAD = 32 * 1024;

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/**
 * A proxy in front of an HTTP server (a storage, a signer) which breaks what passes through it, on purpose, at the level
 * of the connection: the browser sees what it would see on a bad network.
 *
 * The Host header goes on as it came, so that signatures over it hold: have the signer sign for the proxy's address.
 *
 * @param target origin of the server, such as `http://127.0.0.1:9000`.
 */
export async function startFaultProxy(target: string, { port = 0 }: { port?: number } = {}): Promise<FaultProxy> {
  const began = performance.now();
  const now = () => performance.now() - began;
  let counts = new Map<Fault, number>();
  let requests: LoggedRequest[] = [];
  let preflights: LoggedRequest[] = [];
  let inFlight = 0;
  let peak = 0;
  let held = new AbortController();
  let waiting: { enough: () => boolean; resolve: () => void }[] = [];

  const strike = (method: string, path: string): Fault | undefined => {
    for (const fault of proxy.faults) {
      if (!fits(fault, method, path)) continue;
      const nth = counts.get(fault) ?? 0;
      counts.set(fault, nth + 1);
      const skip = fault.skip ?? 0;
      if (nth >= skip && nth < skip + (fault.times ?? Infinity)) return fault;
    }
    return undefined;
  };

  const serve = async (req: IncomingMessage, res: ServerResponse) => {
    const { method = 'GET', url: path = '/', socket } = req;
    const { latency = 0, bytesPerSecond = Infinity } = proxy.pace;
    const gone = new AbortController();
    res.on('close', () => gone.abort());

    const entry: LoggedRequest = { method, path, headers: req.headers, bytes: 0, start: now() };
    const preflight = method === 'OPTIONS';
    (preflight ? preflights : requests).push(entry);
    if (!preflight) peak = Math.max(peak, ++inFlight);
    res.on('close', () => {
      if (!preflight) inFlight--;
      entry.end = now();
      if (res.headersSent) entry.status = res.statusCode;
    });
    const fault = strike(method, path);
    if (fault) entry.fault = fault.do;
    waiting = waiting.filter(({ enough, resolve }) => !enough() || resolve());

    if (latency) await delay(latency, undefined, { signal: gone.signal });
    const reset = () => socket.resetAndDestroy();
    const { signal: released } = held; // of its arrival: it may be let go before it comes to be held
    const hold = () => settled(AbortSignal.any([released, gone.signal]));
    const answer = (status: number, headers: OutgoingHttpHeaders, body = '') =>
      res.writeHead(status, headers).end(body);

    if (fault?.do === 'answer' && fault.unread) {
      answer(fault.status, { ...corsHeaders(req, fault), ...fault.headers, connection: 'close' }, fault.body);
      return;
    }

    const asked = !(
      fault?.do === 'answer' ||
      ((fault?.do === 'swallow' || fault?.do === 'reset') && fault.stored === false)
    );
    const upstream = asked ? httpRequest(new URL(path, target), { method, headers: passedOn(req.headers) }) : undefined;
    const answered = upstream && (once(upstream, 'response') as Promise<[IncomingMessage]>);
    answered?.catch(() => {}); // it is awaited below, but the body may fail first
    upstream?.on('error', () => socket.destroy());
    gone.signal.addEventListener('abort', () => upstream?.destroy());

    const stop = fault?.do === 'cut' || fault?.do === 'stall' ? offsetOf(fault.at, req) : Infinity;
    const [, kind] = /(json|form-data)/.exec(req.headers['content-type'] ?? '') ?? [];
    const head: Buffer[] = [];
    const pass = async (chunk: Buffer) => {
      if (kind === 'json' || (kind && entry.bytes < FORM_HEAD)) head.push(chunk);
      entry.bytes += chunk.length;
      if (upstream && !upstream.write(chunk)) await once(upstream, 'drain', { signal: gone.signal });
    };
    const strikeBody = async () => {
      if (fault?.do === 'cut') {
        reset();
        await settled(gone.signal);
      } else {
        await hold();
      }
      gone.signal.throwIfAborted();
    };
    let struck = stop === 0;
    if (struck) await strikeBody();
    for await (const chunk of req as AsyncIterable<Buffer>) {
      if (!struck && entry.bytes + chunk.length >= stop) {
        struck = true;
        const here = stop - entry.bytes;
        await pass(chunk.subarray(0, here));
        await strikeBody();
        await pass(chunk.subarray(here));
      } else {
        await pass(chunk);
      }
      if (bytesPerSecond < Infinity) {
        await delay((chunk.length / bytesPerSecond) * 1000, undefined, { signal: gone.signal });
      }
    }
    upstream?.end();
    const text = Buffer.concat(head).toString();
    if (kind === 'json') entry.json = parsed(text);
    else if (kind) entry.fields = fieldsOf(text);

    const answers = await answered;
    if (fault?.do === 'reset') return void reset();
    if (fault?.do === 'swallow') await hold();
    if (gone.signal.aborted) return;
    if (fault?.do === 'answer') {
      answer(fault.status, { ...corsHeaders(req, fault), ...fault.headers }, fault.body);
    } else if (answers) {
      const [from] = answers;
      const headers = passedOn(from.headers);
      if (fault?.do === 'headers') {
        for (const [name, value] of Object.entries(fault.headers)) {
          if (value === null) delete headers[name.toLowerCase()];
          else headers[name.toLowerCase()] = value;
        }
      }
      res.writeHead(from.statusCode ?? 502, headers);
      from.pipe(res);
    } else {
      reset();
    }
  };

  const server = createServer((req, res) => {
    const { socket } = req;
    serve(req, res).catch(() => socket.destroy());
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  server.requestTimeout = 0; // a stall is to end when the client ends it
  server.headersTimeout = 0;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: [],
    pace: {},
    get requests() {
      return requests;
    },
    get preflights() {
      return preflights;
    },
    get peak() {
      return peak;
    },
    arrived(count, { method = '*', path = '' } = {}) {
      const enough = () => requests.filter((r) => fits({ method, path }, r.method, r.path)).length >= count;
      if (enough()) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ enough, resolve }));
    },
    release() {
      this.faults = this.faults.filter((fault) => fault.do !== 'stall' && fault.do !== 'swallow');
      held.abort();
      held = new AbortController();
    },
    reset() {
      this.release();
      this.faults = [];
      this.pace = {};
      counts = new Map();
      requests = [];
      preflights = [];
      peak = inFlight;
    },
    async close() {
      this.release();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
  return proxy;
}

const fits = ({ method, path = '' }: { method?: string; path?: string }, asked: string, at: string) =>
  (method === '*' || (method ? method === asked : asked !== 'OPTIONS')) && at.includes(path);

function offsetOf(at: Offset, { headers }: IncomingMessage): number {
  if ('bytes' in at) return at.bytes;
  const length = Number(headers['content-length']);
  if (!Number.isFinite(length)) throw new Error('A share of a body without Content-Length: use bytes');
  return Math.floor(at.share * length);
}

function passedOn(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function corsHeaders({ method, headers }: IncomingMessage, { cors = true }: { cors?: boolean }): OutgoingHttpHeaders {
  if (!cors || !headers.origin) return {};
  return {
    'access-control-allow-origin': headers.origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'ETag, Location, Retry-After, x-amz-request-id, x-amz-id-2',
    ...(method === 'OPTIONS' && {
      'access-control-allow-methods': headers['access-control-request-method'] ?? 'POST',
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
    }),
    vary: 'origin',
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 7578, as browsers write it. */
const fieldsOf = (text: string): [string, string][] =>
  [...text.matchAll(/; name="([^"]*)"(?:; filename="([^"]*)")?(?:\r\n[^\r]+)*\r\n\r\n([^]*?)(?=\r\n--|$)/g)].map(
    ([, name, file, value]) => [name!, file ?? value!],
  );

const settled = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
