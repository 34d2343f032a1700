import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { constants, createSecureServer, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A position in a request's body: after this many bytes, or after this share (0 to 1) of its Content-Length. */
export type Offset = { bytes: number } | { share: number };

/** A fault that the proxy applies to a request. */
export type Action =
  /** Resets the connection once the body has been passed on up to there. Over HTTP/2 resets the stream (RST_STREAM). */
  | { do: 'cut'; at: Offset }
  /** As `cut`, but ends the whole connection, over HTTP/2 with GOAWAY: all requests on it break. */
  | { do: 'goaway'; at: Offset }
  /** Stops reading there, until `release()`. Buffers of the kernel still take some megabytes. */
  | { do: 'stall'; at: Offset }
  /** Reads the whole body and sends no response until `release()`. `stored: false` keeps the request from the server. */
  | { do: 'swallow'; stored?: boolean }
  /** Reads the whole body, then resets the connection. `stored: false` keeps the request from the server. */
  | { do: 'reset'; stored?: boolean }
  /**
   * Responds in place of the server, which does not get the request, unless `stored` is true. `cors: false` omits the
   * headers that let a page read the response. `unread: true` responds before the body is read, and closes the
   * connection. `padding` is a number of spaces after the body.
   */
  | {
      do: 'answer';
      status: number;
      headers?: Record<string, string>;
      body?: string;
      cors?: boolean;
      unread?: boolean;
      stored?: boolean;
      padding?: number;
    }
  /** Passes on this many bytes of the body of the server's response, and resets the connection. */
  | { do: 'truncate'; bytes: number }
  /** Passes on the server's response after this many milliseconds. */
  | { do: 'delay'; ms: number }
  /** Passes on the server's response with these headers set or, when null, removed. */
  | { do: 'headers'; headers: Record<string, string | null> };

/** An action, and the requests that it applies to. */
export type Fault = Action & {
  /** Only requests of this method; default every method but OPTIONS, that of preflights. `*` is every method. */
  method?: string;
  /** Only requests whose path and query contain this, or equal it if it is `/`; default all. */
  path?: string;
  /** Only requests with a body of this many bytes or more; default all. */
  minBytes?: number;
  /** The number of these requests that pass unharmed first; default 0. */
  skip?: number;
  /** The number of these requests that fail then; default all. */
  times?: number;
  /** Milliseconds from the first of these requests, after which they pass; default for ever. */
  lasts?: number;
};

/** Slows down all requests. */
export interface Pace {
  /** Milliseconds before a request is handled: one round trip. Default 0. */
  latency?: number;
  /** Bytes per second at which each connection is read. Default: no limit. */
  bytesPerSecond?: number;
}

/** A request that the proxy has received. */
export interface LoggedRequest {
  method: string;
  /** The path with its query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Bytes of the body that have been read so far. */
  bytes: number;
  /** The parsed body, when it is JSON. */
  json?: unknown;
  /** Names and values in their order, when the body is a form. The value of a file is its name. */
  fields?: readonly (readonly [name: string, value: string])[];
  /** The status of the response; absent until there is one. */
  status?: number;
  /** The fault that the request was affected by. */
  fault?: Action['do'];
  /** When the request arrived, in milliseconds since the proxy started. */
  start: number;
  /** When its response or connection ended, likewise. */
  end?: number;
}

/** A proxy that breaks what passes through it; see {@link startFaultProxy}. */
export interface FaultProxy extends AsyncDisposable {
  /** The origin to use instead of the server's. */
  readonly url: string;
  /** The first that matches a request applies. Assign or mutate the list at any time. */
  faults: Fault[];
  /** Assign or mutate it at any time. */
  pace: Pace;
  /** Every request but preflights, in order of arrival. */
  readonly requests: readonly LoggedRequest[];
  /** OPTIONS requests, in order of arrival. */
  readonly preflights: readonly LoggedRequest[];
  /** The most requests, without preflights, that were open at a time. */
  readonly peak: number;
  /** Resolves once this many requests have arrived, without preflights. `method` and `path` filter as in a fault. */
  arrived(count: number, which?: { method?: string; path?: string }): Promise<void>;
  /** Continues the requests that are stalled or swallowed, and removes the faults that do that. */
  release(): void;
  /** Releases all requests, removes the faults and the pace, and empties the log. */
  reset(): void;
  /** Closes all connections and the server. */
  close(): Promise<void>;
}

/** Options of {@link startFaultProxy}. */
export interface FaultProxyOptions {
  /** To listen on at 127.0.0.1. Default: any free one. */
  port?: number;
  /** Makes it an HTTPS server that speaks HTTP/2, and HTTP/1.1 to clients without it. Default: plain HTTP/1.1. */
  certificate?: { key: string; cert: string };
}

/** Bytes of a form's body that are searched for fields. S3 allows 20 KB before the file. */
const FORM_HEAD_BYTES = 32 * 1024;

/** Maximum milliseconds of timer delay that the next chunk of a paced body makes up for. */
const MAX_LATENESS_MS = 100;

/** Headers that belong to one connection only, and are not passed on. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/**
 * Starts a proxy before an HTTP server (a storage, a signer) that breaks connections on purpose, so that a browser sees
 * what it would see on a bad network.
 *
 * The Host header is passed on unchanged, so the signer has to sign for the proxy's address.
 *
 * @param target origin of the server, such as `http://127.0.0.1:9000`
 */
export async function startFaultProxy(
  target: string,
  { port = 0, certificate }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const startTime = performance.now();
  const now = () => performance.now() - startTime;
  /** The number of requests that each fault has matched. */
  let matches = new Map<Fault, number>();
  /** When each fault has first matched. */
  let firstMatches = new Map<Fault, number>();
  let requests: LoggedRequest[] = [];
  let preflights: LoggedRequest[] = [];
  let inFlight = 0;
  let peak = 0;
  /** Aborted, and replaced, by `release()`. */
  let releasing = new AbortController();
  let waiting: { enough: () => boolean; resolve: () => void }[] = [];

  const nextFault = ({ method = '', url = '', headers }: IncomingMessage): Fault | undefined => {
    const bytes = Number(headers['content-length'] ?? 0);
    for (const fault of proxy.faults) {
      if (!matchesFilter(fault, method, url) || bytes < (fault.minBytes ?? 0)) continue;
      const nth = matches.get(fault) ?? 0;
      matches.set(fault, nth + 1);
      const skip = fault.skip ?? 0;
      if (nth === 0) firstMatches.set(fault, now());
      if (now() - firstMatches.get(fault)! > (fault.lasts ?? Infinity)) continue;
      if (nth >= skip && nth < skip + (fault.times ?? Infinity)) return fault;
    }
    return undefined;
  };

  const serve = async (req: IncomingMessage, res: ServerResponse) => {
    const { method = 'GET', url: path = '/', socket } = req;
    const { latency = 0, bytesPerSecond = Infinity } = proxy.pace;
    const closed = new AbortController();
    res.on('close', () => closed.abort());

    const entry: LoggedRequest = { method, path, headers: req.headers, bytes: 0, start: now() };
    const preflight = method === 'OPTIONS';
    (preflight ? preflights : requests).push(entry);
    if (!preflight) peak = Math.max(peak, ++inFlight);
    res.on('close', () => {
      if (!preflight) inFlight--;
      entry.end = now();
      if (res.headersSent) entry.status = res.statusCode;
    });
    const fault = nextFault(req);
    if (fault) entry.fault = fault.do;
    waiting = waiting.filter(({ enough, resolve }) => !enough() || resolve());

    if (latency) await delay(latency, undefined, { signal: closed.signal });
    const stream = (req as unknown as Partial<Http2ServerRequest>).stream;
    const reset = () => {
      if (stream) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      else socket.resetAndDestroy();
    };
    const { signal: released } = releasing; // taken on arrival: `release()` may be called before the request is stopped
    const untilReleased = () => aborted(AbortSignal.any([released, closed.signal]));
    const respond = ({ status, headers, body = '', padding = 0 }: Fault & { do: 'answer' }, more = {}) =>
      res.writeHead(status, { ...headers, ...more }).end(body + ' '.repeat(padding));

    if (fault?.do === 'answer' && fault.unread) {
      respond({ ...fault, headers: undefined }, { ...corsHeaders(req, fault), ...fault.headers, connection: 'close' });
      return;
    }

    const reachesServer = !(
      (fault?.do === 'answer' && !fault.stored) ||
      ((fault?.do === 'swallow' || fault?.do === 'reset') && fault.stored === false)
    );
    const upstream = reachesServer
      ? httpRequest(new URL(path, target), { method, headers: requestHeaders(req) })
      : undefined;
    const response = upstream && (once(upstream, 'response') as Promise<[IncomingMessage]>);
    response?.catch(() => {}); // it is awaited below, but the request's body may fail first
    upstream?.on('error', () => socket.destroy());
    closed.signal.addEventListener('abort', () => upstream?.destroy());

    const stopAt = fault && 'at' in fault ? offsetOf(fault.at, req) : Infinity;
    const [, bodyType] = /(json|form-data)/.exec(req.headers['content-type'] ?? '') ?? [];
    const head: Buffer[] = [];
    const passOn = async (chunk: Buffer) => {
      if (bodyType === 'json' || (bodyType && entry.bytes < FORM_HEAD_BYTES)) head.push(chunk);
      entry.bytes += chunk.length;
      if (upstream && !upstream.write(chunk)) await once(upstream, 'drain', { signal: closed.signal });
    };
    const breakBody = async () => {
      if (fault?.do === 'cut') {
        reset();
        await aborted(closed.signal);
      } else if (fault?.do === 'goaway') {
        stream?.session?.goaway(constants.NGHTTP2_INTERNAL_ERROR);
        if (stream?.session) stream.session.destroy();
        else reset();
        await aborted(closed.signal);
      } else {
        await untilReleased();
      }
      closed.signal.throwIfAborted();
    };
    let isBroken = stopAt === 0;
    if (isBroken) await breakBody();
    let dueAt = now();
    for await (const chunk of req as AsyncIterable<Buffer>) {
      if (!isBroken && entry.bytes + chunk.length >= stopAt) {
        isBroken = true;
        const rest = stopAt - entry.bytes;
        await passOn(chunk.subarray(0, rest));
        await breakBody();
        await passOn(chunk.subarray(rest));
      } else {
        await passOn(chunk);
      }
      if (bytesPerSecond < Infinity) {
        dueAt = Math.max(dueAt, now() - MAX_LATENESS_MS) + (chunk.length / bytesPerSecond) * 1000;
        await delay(dueAt - now(), undefined, { signal: closed.signal });
      }
    }
    upstream?.end();
    const text = Buffer.concat(head).toString();
    if (bodyType === 'json') entry.json = parseJson(text);
    else if (bodyType) entry.fields = fieldsOf(text);

    const responses = await response;
    if (fault?.do === 'reset') return void reset();
    if (fault?.do === 'swallow') await untilReleased();
    if (fault?.do === 'delay') await delay(fault.ms, undefined, { signal: closed.signal });
    if (closed.signal.aborted) return;
    if (fault?.do === 'answer') {
      responses?.[0].resume();
      respond({ ...fault, headers: undefined }, { ...corsHeaders(req, fault), ...fault.headers });
    } else if (responses) {
      const [original] = responses;
      const headers = withoutHopByHop(original.headers);
      if (fault?.do === 'headers') {
        for (const [name, value] of Object.entries(fault.headers)) {
          if (value === null) delete headers[name.toLowerCase()];
          else headers[name.toLowerCase()] = value;
        }
      }
      res.writeHead(original.statusCode ?? 502, headers);
      if (fault?.do === 'truncate') {
        const [first] = (await once(original, 'data')) as [Buffer];
        res.write(first.subarray(0, fault.bytes), () => reset());
        original.resume();
      } else {
        original.pipe(res);
      }
    } else {
      reset();
    }
  };

  const handle = (req: IncomingMessage, res: ServerResponse): void => {
    const { socket } = req;
    serve(req, res).catch(() => socket.destroy());
  };
  const sockets = new Set<Socket>();
  // only the client or `release()` ends a stall
  const timeouts = { requestTimeout: 0, headersTimeout: 0 };
  const server = certificate
    ? createSecureServer({ ...certificate, allowHTTP1: true }, handle as never)
    : createServer(timeouts, handle);
  server.on('clientError', (_error: Error, socket: Socket) => socket.destroy());
  server.on(certificate ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // broken on purpose
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  const proxy: FaultProxy = {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
      const enough = () => requests.filter((r) => matchesFilter({ method, path }, r.method, r.path)).length >= count;
      if (enough()) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ enough, resolve }));
    },
    release() {
      this.faults = this.faults.filter((fault) => fault.do !== 'stall' && fault.do !== 'swallow');
      releasing.abort();
      releasing = new AbortController();
    },
    reset() {
      this.release();
      this.faults = [];
      this.pace = {};
      matches = new Map();
      firstMatches = new Map();
      requests = [];
      preflights = [];
      peak = inFlight;
    },
    async close() {
      this.release();
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
  return proxy;
}

const matchesFilter = (filter: { method?: string; path?: string }, method: string, path: string) =>
  (filter.method === '*' || (filter.method ? method === filter.method : method !== 'OPTIONS')) &&
  (filter.path === '/' ? path === '/' : path.includes(filter.path ?? ''));

function offsetOf(at: Offset, { headers }: IncomingMessage): number {
  if ('bytes' in at) return at.bytes;
  const length = Number(headers['content-length']);
  if (!Number.isFinite(length))
    throw new Error('A fault at a share of the body needs a Content-Length: use bytes instead');
  return Math.floor(at.share * length);
}

function withoutHopByHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !name.startsWith(':')));
}

/** The request's headers for the server, as of HTTP/1.1. */
const requestHeaders = ({ headers }: IncomingMessage): OutgoingHttpHeaders => ({
  ...withoutHopByHop(headers),
  host: headers.host ?? (headers[':authority'] as string),
});

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

/** Undefined when the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields of a form as browsers write it (RFC 7578). */
const fieldsOf = (text: string): [string, string][] =>
  [...text.matchAll(/; name="([^"]*)"(?:; filename="([^"]*)")?(?:\r\n[^\r]+)*\r\n\r\n([^]*?)(?=\r\n--|$)/g)].map(
    ([, name, file, value]) => [name!, file ?? value!],
  );

/** Resolves once the signal is aborted. */
const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
