import type { IncomingMessage } from 'node:http';

/** How much of a refused body is read and thrown away, in bytes: beyond it the connection is closed. */
const maxDrainedBytes = 1024 ** 3;

/**
 * Reads what is left of a body that is not wanted. A browser looks at an answer only after it has sent everything, and
 * knows of none when the connection is cut before.
 *
 * @returns whether the end was reached
 */
export function drain(incoming: IncomingMessage): Promise<boolean> {
  if (incoming.readableEnded || incoming.destroyed) return Promise.resolve(incoming.readableEnded);
  return new Promise((resolve) => {
    let size = 0;
    const settle = (ended: boolean) => {
      incoming.off('data', onData).off('end', onEnd).off('close', onClose);
      incoming.pause();
      resolve(ended);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxDrainedBytes) settle(false);
    };
    const onEnd = () => settle(true);
    const onClose = () => settle(false);
    incoming.on('error', () => {});
    incoming.on('data', onData).on('end', onEnd).on('close', onClose);
    incoming.resume();
  });
}
