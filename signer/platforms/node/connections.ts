import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Http2Bindings, HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';

/**
 * Connections that are open at once, also those that send nothing. Each may hold an unfinished body of 384 KiB, so all of
 * them hold at most 400 MB.
 */
const MAX_CONNECTIONS = 1_000;

/**
 * Connections that are kept free for new clients. When fewer are free, each new connection closes the one that has waited
 * longest for a request. A client whose idle connection was closed opens another one for its next request.
 */
const SPARE_CONNECTIONS = 100;

/**
 * Requests of one connection that run at the same time. Browsers and proxies send one after the other. Node starts all that
 * arrive, and keeps their responses in memory until the client reads them.
 */
const MAX_REQUESTS_PER_CONNECTION = 4;

/**
 * Milliseconds after which a connection is closed whose client neither sends nor reads. Longer than the longest request to the
 * storage, a copy of 120 s.
 */
const STALLED_AFTER_MS = 150_000;

/** Bounds what clients can hold without a token: connections, and responses that they do not read. */
export function limitConnections(server: Server): void {
  /** Connections without a running request, the one that has waited longest first. Part of a request may have arrived. */
  const waiting = new Set<Socket>();
  const running = new WeakMap<Socket, number>();
  let open = 0;

  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = STALLED_AFTER_MS;
  server.on('connection', (socket: Socket) => {
    open += 1;
    waiting.add(socket);
    socket.once('close', () => {
      open -= 1;
      waiting.delete(socket);
    });
    if (open <= MAX_CONNECTIONS - SPARE_CONNECTIONS) return;
    const [longest] = waiting;
    if (longest !== socket) longest?.destroy();
  });
  // before the listener that runs the request
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    waiting.delete(socket);
    const requests = (running.get(socket) ?? 0) + 1;
    running.set(socket, requests);
    response.once('close', () => {
      const left = (running.get(socket) ?? 1) - 1;
      running.set(socket, left);
      if (left === 0 && !socket.destroyed) waiting.add(socket);
    });
    if (requests > MAX_REQUESTS_PER_CONNECTION) socket.destroy();
  });
}

/** Runs no request whose connection was closed meanwhile, such as the others of one that has sent too many. */
export const unlessClosed =
  (fetch: Hono['fetch']) =>
  (request: Request, env: HttpBindings | Http2Bindings): Response | Promise<Response> =>
    env.incoming.socket.destroyed ? new Response(null, { status: 503 }) : fetch(request, env);
