import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Connects to a server, whatever the URL says: a signer signs for the slow or faulty proxy that the page sees, and sends its
 * own requests to the storage directly.
 */
export class DirectAgent extends Agent {
  readonly #target: { host: string; port: string };

  constructor(target: string) {
    super({ keepAlive: true });
    const { hostname: host, port } = new URL(target);
    this.#target = { host, port };
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    return super.createConnection({ ...options, ...this.#target }, callback);
  }
}
