import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { isLoopback } from './auth/local-only.ts';
import { createStorage } from './create-storage.ts';
import type { StorageOptions } from './options.ts';

/** Options of {@link startStorage}. */
export interface ServerOptions extends StorageOptions {
  /** TCP port. Default: 0, any free port. */
  readonly port?: number;
  /** Loopback address or name to listen on: `127.0.0.1`, `localhost` or `::1`. Default: `127.0.0.1`. */
  readonly hostname?: string;
}

/** A storage that listens on a port. */
export interface RunningStorage {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string;
  /** Stops the server and aborts running requests. Objects stay in the folder, which nothing changes from then on. */
  close(): Promise<void>;
}

const KEEP_ALIVE_TIMEOUT_MS = 60_000;

/**
 * Starts a storage on its own port.
 *
 * @throws {RangeError} when other machines could reach `hostname`
 * @throws {Error} with code `EADDRINUSE` when the port is taken
 */
export async function startStorage({
  port = 0,
  hostname = '127.0.0.1',
  ...options
}: ServerOptions): Promise<RunningStorage> {
  if (!isLoopback(hostname))
    throw new RangeError(`hostname: "${hostname}" is reachable from other machines. Use 127.0.0.1, localhost or ::1.`);
  const storage = createStorage(options);
  const running = new Set<Promise<Response>>();
  const server = createAdaptorServer({
    async fetch(request, env) {
      const response = Promise.resolve(storage.fetch(request, env));
      running.add(response);
      return response.finally(() => running.delete(response));
    },
    // 0 disables the timeout. Node's default, five minutes, would abort a large file on a slow network.
    serverOptions: { requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS },
  }) as Server;
  server.listen(port, hostname);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await Promise.allSettled(running); // a request whose connection is gone may still be writing
    },
  };
}
