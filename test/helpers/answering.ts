import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A signer that says what a test has it say. */
export interface Answering extends AsyncDisposable {
  readonly url: string;
  /** `POST /sign/parts`, without the query, in order. */
  readonly asked: string[];
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** A text as it is, anything else as JSON, undefined as no body. */
  body?: unknown;
}

/** @param answer to a request, by its path below the signer's own, as `/parts`, or empty */
export async function startAnswering(
  answer: (path: string, request: IncomingMessage) => Answer | Promise<Answer>,
): Promise<Answering> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url!.replace(/\?.*/, '');
    asked.push(`${request.method} ${path}`);
    request.resume();
    void Promise.resolve(answer(path.replace(/^\/sign/, ''), request)).then(({ status = 200, headers, body }) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sign`,
    asked,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
