import type { IncomingMessage } from 'node:http';

/** Up to this many bytes of a refused body are read. Beyond them the caller closes the connection. */
const MAX_DISCARDED_BYTES = 1024 ** 3;

/**
 * Reads the rest of a refused body and discards it. A browser reads the response only after it has sent the whole body;
 * if the connection closes earlier, it reports a network error instead of the response.
 *
 * @returns whether the end of the body was reached
 */
export function discardBody(incoming: IncomingMessage): Promise<boolean> {
  if (incoming.readableEnded || incoming.destroyed) return Promise.resolve(incoming.readableEnded);
  return new Promise((resolve) => {
    let bytes = 0;
    const settle = (ended: boolean) => {
      incoming.off('data', onData).off('end', onEnd).off('close', onClose);
      incoming.pause();
      resolve(ended);
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_DISCARDED_BYTES) settle(false);
    };
    const onEnd = () => settle(true);
    const onClose = () => settle(false);
    incoming.on('error', () => {});
    incoming.on('data', onData).on('end', onEnd).on('close', onClose);
    incoming.resume();
  });
}
