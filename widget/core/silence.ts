import type { Connections } from './connections.ts';
import { isReachable } from './probe.ts';
import type { Silence } from './watchdog.ts';

/** Times that the silence of a request must exceed the longest one before, so that its connection counts as lost. */
const LOST_SILENCE_RATIO = 5;

/**
 * Whether a request that stands still in the middle of its body has lost its connection: it has never stood still for nearly as
 * long, and its host responds to others. On a slow network, all connections stand still for a while.
 *
 * @throws {UploadError} as `isReachable`
 */
export async function hasLostConnection(
  { ms, longestBefore }: Silence,
  { host, origin }: URL,
  connections: Connections,
  signal: AbortSignal,
): Promise<boolean> {
  const limiter = connections.to(host);
  if (ms < LOST_SILENCE_RATIO * longestBefore || !limiter.mayEndEarly) return false;
  const areOthersMoving = limiter.lastProgress > Date.now() - ms;
  if (!areOthersMoving && !(await isReachable(new URL(origin), signal))) return false;
  limiter.mayEndEarly = false;
  return true;
}
