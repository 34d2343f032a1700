import { request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { HttpResponse, Transport } from '../../widget/core/http.ts';

/** Bytes that are handed on at a time: small, so that progress is seen. */
const CHUNK = 65_536;

/** What XMLHttpRequest does in a browser, over Node's own HTTP. */
export const nodeTransport: Transport = async ({ method, url, headers, body }, { signal, onProgress, onSent }) => {
  const encoded = new Response(body);
  const type = encoded.headers.get('content-type');
  const bytes = Buffer.from(await encoded.arrayBuffer());
  signal.throwIfAborted();
  return new Promise<HttpResponse>((resolve, reject) => {
    const call = request(url, {
      method,
      signal,
      headers: { ...(type && { 'content-type': type }), ...headers, 'content-length': bytes.length },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      const text: Buffer[] = [];
      response.on('data', (chunk: Buffer) => text.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          text: Buffer.concat(text).toString(),
          header: (name) => [response.headers[name.toLowerCase()]].flat()[0] ?? null,
        }),
      );
    });
    const chunks = function* (): Iterable<Buffer> {
      for (let sent = 0; sent < bytes.length; sent += CHUNK) {
        yield bytes.subarray(sent, sent + CHUNK);
        onProgress(Math.min(sent + CHUNK, bytes.length), bytes.length);
      }
      onSent();
    };
    pipeline(chunks(), call, { signal }).catch(reject);
  });
};
