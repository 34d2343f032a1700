import type { FinalStatusError } from './webhook-request.ts';

/** Milliseconds for which a final refusal is remembered: longer than a page repeats a confirmation. */
const REMEMBERED_MS = 5 * 60_000;
/** Maximum refusals that are remembered, which bounds the memory. The oldest is forgotten first. */
const MAX_REMEMBERED = 10_000;

/** The final refusals of an application in the last five minutes, by the id of their event. */
export function createFinalRefusals() {
  const refusals = new Map<string, { error: FinalStatusError; until: number }>();
  return {
    add(id: string, error: FinalStatusError): void {
      refusals.delete(id);
      refusals.set(id, { error, until: Date.now() + REMEMBERED_MS });
      for (const oldest of refusals.keys()) {
        if (refusals.size <= MAX_REMEMBERED) break;
        refusals.delete(oldest);
      }
    },
    find(id: string): FinalStatusError | undefined {
      const refusal = refusals.get(id);
      return refusal && refusal.until > Date.now() ? refusal.error : undefined;
    },
  };
}
