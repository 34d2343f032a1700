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
  /** Connections that have sent no whole request yet, the oldest first. To Node, they are not idle. */
  const silent = new Set<Socket>();
  const running = new WeakMap<Socket, number>();

  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = STALLED_AFTER_MS;
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  // before the listener that runs the request
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    silent.delete(socket);
    const requests = (running.get(socket) ?? 0) + 1;
    running.set(socket, requests);
    response.once('close', () => running.set(socket, (running.get(socket) ?? 1) - 1));
    if (requests > MAX_REQUESTS_PER_CONNECTION) socket.destroy();
  });
  // Idle and silent connections make room for new ones. Their clients connect again when they need to.
  server.on('drop', () => {
    server.closeIdleConnections();
    const [oldest] = silent;
    oldest?.destroy();
  });
}

/** Runs no request whose connection was closed meanwhile, such as the others of one that has sent too many. */
export const unlessClosed =
  (fetch: Hono['fetch']) =>
  (request: Request, env: HttpBindings | Http2Bindings): Response | Promise<Response> =>
    env.incoming.socket.destroyed ? new Response(null, { status: 503 }) : fetch(request, env);
