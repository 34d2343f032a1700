import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { StorageOptions } from './options.ts';
import { createStorage } from './create-storage.ts';

export interface ServerOptions extends StorageOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  /** Address to listen on. Default `127.0.0.1`: nobody but this machine. */
  readonly hostname?: string;
}

export interface RunningStorage {
  /** `http://host:port`, without a slash at its end. */
  readonly url: string;
  /** Stops at once, requests under way included. The objects stay. */
  close(): Promise<void>;
}

/** Starts a storage on a port of its own. Rejects when the port is taken. */
export async function startStorage({
  port = 0,
  hostname = '127.0.0.1',
  ...options
}: ServerOptions): Promise<RunningStorage> {
  const server = createAdaptorServer({
    fetch: createStorage(options).fetch,
    // A slow line takes longer than Node's five minutes for a large file.
    serverOptions: { requestTimeout: 0, keepAliveTimeout: 60_000 },
  }) as Server;
  server.listen(port, hostname);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://${hostname}:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
