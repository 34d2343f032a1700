import { createHash } from 'node:crypto';
import { nowInSeconds } from '../core/clock.ts';
import { PLACE_RETRY_SECONDS, UNUSED_PLACE_SECONDS, type Charge, type Places, type QuotaStore } from './quota-store.ts';

/**
 * Maximum callers of each kind of quota. One takes about 150 bytes, so that a kind never takes more than about 15 MB,
 * whatever number of addresses send requests. Those that were counted least recently are forgotten first.
 */
const MAX_CALLERS = 100_000;

/** Maximum open uploads. One takes about 500 bytes. Those that were used least recently are forgotten first. */
const MAX_UPLOADS = 50_000;
/** Uploads that are forgotten at a time, because finding the first key of a map takes longer the more were deleted. */
const FORGOTTEN_UPLOADS = 500;

/** Uploads below this number are not searched for expired ones. */
const MIN_SWEEP = 1_000;
/** Milliseconds between two such searches for one place that is full: each takes up to 10 ms. */
const SWEEP_INTERVAL_MS = 1_000;

/** What was counted within one period. */
interface Period {
  used: number;
  /** When it ends, in whole seconds since 1970, which take less memory than milliseconds. */
  end: number;
}

/**
 * Two maps of at most half of the callers each. Once the newer one is full, it becomes the older one, and what that had is
 * forgotten. So nothing has to be searched for what is over, and callers that are counted again stay.
 */
interface Generations {
  newer: Map<string, Period>;
  older: ReadonlyMap<string, Period>;
}

/** An upload that is neither completed nor aborted. */
interface Upload {
  /** Names of the places that it holds. */
  names: Set<string>;
  /** Until when it holds them, in milliseconds since 1970. */
  expires: number;
  /** What is returned if it is aborted. A period that is over is no longer counted, so a return to it changes nothing. */
  returns: readonly (readonly [Period, points: number])[];
}

/** Counts in this process alone. */
export function quotasInMemory(): QuotaStore {
  const counters = createCounters();
  const uploads = createUploads();
  return {
    async take({ charges, places, uploads: opened }) {
      const callers = charges.map(({ counter: [, name] }) => hashOf(name));
      const periods = charges.map((charge, i) => counters.find(charge, callers[i]!));
      for (const [i, { used, end }] of periods.entries()) {
        const { points, max } = charges[i]!;
        if (used + points > max) return { refused: i, retryAfter: end - nowInSeconds() };
      }
      const full = uploads.findFull(places, opened.length);
      if (full !== undefined) return { refused: charges.length + full, retryAfter: PLACE_RETRY_SECONDS };

      for (const [i, period] of periods.entries()) {
        period.used += charges[i]!.points;
        counters.keep(charges[i]!, callers[i]!, period);
      }
      for (const { key, points } of opened) {
        const returns = periods.map((period, i) => [period, points[i] ?? 0] as const).filter(([, each]) => each > 0);
        uploads.open(key, places, Date.now() + UNUSED_PLACE_SECONDS * 1000, returns);
      }
      return {
        async release() {
          for (const [i, { points }] of charges.entries()) giveBack(periods[i]!, points);
          for (const { key } of opened) uploads.close(key);
        },
      };
    },

    async keep(key, places, expires) {
      const upload = uploads.find(key);
      const missing = places.map((each) => (upload?.names.has(each.name) ? { ...each, max: Infinity } : each));
      const full = uploads.findFull(missing, 1);
      // An upload that is not known may have been closed: its parts were requested too late.
      const until = upload ? expires : Math.min(expires, Date.now() + UNUSED_PLACE_SECONDS * 1000);
      if (full === undefined) uploads.open(key, places, until, upload?.returns ?? []);
      return full;
    },

    async close(key, isUnused) {
      const upload = uploads.close(key);
      if (isUnused) for (const [period, points] of upload?.returns ?? []) giveBack(period, points);
    },
  };
}

function createCounters() {
  /** By kind, then by the hash of the caller's name. */
  const kinds = new Map<string, Generations>();

  return {
    /** The caller's current period; a new one, which is not stored, if there is none. */
    find({ counter: [kind], seconds }: Charge, caller: string): Period {
      const now = nowInSeconds();
      const generations = kinds.get(kind);
      const period = generations?.newer.get(caller) ?? generations?.older.get(caller);
      return period && period.end > now ? period : { used: 0, end: now + seconds };
    },

    /** Stores the period. */
    keep({ counter: [kind] }: Charge, caller: string, period: Period): void {
      let generations = kinds.get(kind) ?? { newer: new Map<string, Period>(), older: new Map<string, Period>() };
      if (generations.newer.size >= MAX_CALLERS / 2) generations = { newer: new Map(), older: generations.newer };
      generations.newer.set(caller, period);
      kinds.set(kind, generations);
    },
  };
}

function createUploads() {
  /** By key, the least recently used first. */
  const uploads = new Map<string, Upload>();
  /** Keys of the uploads that hold a place, by its name. */
  const held = new Map<string, Set<string>>();
  /** When the uploads of full places were last searched for expired ones, in milliseconds since 1970, by the place's name. */
  const swept = new Map<string, number>();
  let nextSweep = MIN_SWEEP;

  const close = (key: string): Upload | undefined => {
    const upload = uploads.get(key);
    uploads.delete(key);
    for (const name of upload?.names ?? []) {
      const keys = held.get(name);
      keys?.delete(key);
      if (keys?.size !== 0) continue;
      held.delete(name);
      swept.delete(name);
    }
    return upload;
  };

  /** The upload, also one that has lost its places, which must not be counted any longer. */
  const find = (key: string): Upload | undefined => {
    const upload = uploads.get(key);
    if (!upload || upload.expires > Date.now()) return upload;
    close(key);
    if (upload.returns.some(([{ end }]) => end > nowInSeconds())) {
      uploads.set(key, { ...upload, names: new Set() });
    }
    return uploads.get(key);
  };

  const sweep = (keys: Iterable<string>): void => {
    for (const key of [...keys]) find(key);
  };

  return {
    find,
    close,

    /** The index of the first places of which fewer are free than needed; undefined if all are. */
    findFull(places: readonly Places[], needed: number): number | undefined {
      if (needed === 0) return undefined;
      const isFull = ({ name, max }: Places): boolean => (held.get(name)?.size ?? 0) + needed > max;
      const full = places.findIndex((each) => {
        if (isFull(each) && (swept.get(each.name) ?? 0) <= Date.now() - SWEEP_INTERVAL_MS) {
          swept.set(each.name, Date.now());
          sweep(held.get(each.name) ?? []);
        }
        return isFull(each);
      });
      return full < 0 ? undefined : full;
    },

    open(key: string, places: readonly Places[], expires: number, returns: Upload['returns']): void {
      const names = close(key)?.names ?? new Set<string>();
      for (const { name } of places) names.add(name);
      for (const name of names) held.set(name, (held.get(name) ?? new Set()).add(key));
      uploads.set(key, { names, expires, returns });
      if (uploads.size >= nextSweep) {
        sweep(uploads.keys());
        nextSweep = Math.max(MIN_SWEEP, 2 * uploads.size);
      }
      if (uploads.size > MAX_UPLOADS) {
        for (const oldest of uploads.keys()) {
          close(oldest);
          if (uploads.size <= MAX_UPLOADS - FORGOTTEN_UPLOADS) break;
        }
      }
    },
  };
}

/** The name in 32 bytes: that of an owner may have 256 characters. */
const hashOf = (name: string): string => createHash('sha256').update(name).digest('binary');

const giveBack = (period: Period, points: number): void => {
  period.used = Math.max(0, period.used - points);
};
