import type { Summary } from './summary.ts';

/**
 * Sets the states that a page's styles see as `:state(uploading)` and so on.
 *
 * @param maxFiles number of files that the limits allow
 * @returns the states that have begun and are announced
 */
export function setStates(
  { states }: ElementInternals,
  { active, paused, offline, checking, counted, isFilled: filled }: Summary,
  maxFiles: number,
): readonly ('offline' | 'checking')[] {
  const now = {
    ...{ uploading: active, paused: paused && !active, offline, checking },
    ...{ filled, full: counted >= maxFiles },
  };
  const news = (['offline', 'checking'] as const).filter((name) => now[name] && !states.has(name));
  for (const [name, isOn] of Object.entries(now)) states[isOn ? 'add' : 'delete'](name);
  return news;
}
