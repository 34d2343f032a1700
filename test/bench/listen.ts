import type { ServerType } from '@hono/node-server';

/** Starts a server on any free port of 127.0.0.1, and resolves with its origin. */
export async function listen(server: ServerType): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('The server has no port');
  return `http://127.0.0.1:${address.port}`;
}
