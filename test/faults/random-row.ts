import type { Fault } from '../helpers/faults.ts';
import type { Method, Row } from './row.ts';

/** Files of the soak by each method; one in parts takes several requests. */
const FILES = { POST: 150, PUT: 150, parts: 50 };
/** Faults of each. Few enough that no request meets all of them: a file may fail after five responses with an error. */
const FAULTS = { POST: 60, PUT: 60, parts: 40 };
/** As many requests to a signer that has not answered yet may fail: one more would be a signer that does not allow the page. */
const SIGNER_FAULTS = 4;

type Target = Pick<Fault, 'method' | 'path'>;

/**
 * Not the call that begins an upload in parts: when the signer does not get the storage's response, nobody knows that upload,
 * and only a lifecycle rule removes it.
 */
const PARTS_AND_COMPLETIONS: Target[] = [
  { method: 'PUT', path: 'partNumber=' },
  { method: 'POST', path: 'uploadId=' },
];

/** Random numbers from 0 to 1 that a seed determines (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Hundreds of files under random faults, all of which pass. */
export function randomRow(seed: number, method: Method): Row {
  const files = FILES[method];
  const random = randomNumbers(seed);
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const share = (): { share: number } => ({ share: random() });
  const faults = (make: readonly (() => Fault)[], count: number, requests: number, targets: Target[] = [{}]): Fault[] =>
    Array.from({ length: count }, () => ({
      ...one(make)(),
      ...one(targets),
      skip: Math.floor(random() * requests),
      times: 1,
    }));
  return {
    title: `many files under random faults are stored once each, by ${method}`,
    methods: [method],
    files,
    size: 2000,
    storage: faults(
      [
        () => ({ do: 'cut', at: share() }),
        () => ({ do: 'reset' }),
        () => ({ do: 'reset', stored: false }),
        () => ({ do: 'delay', ms: random() * 500 }),
        () => ({ do: 'answer', status: one([500, 502, 503, 504, 429]) }),
        () => ({ do: 'answer', status: 503, stored: true }),
      ],
      FAULTS[method],
      files,
      method === 'parts' ? PARTS_AND_COMPLETIONS : undefined,
    ),
    signer: faults(
      [
        () => ({ do: 'cut', at: { bytes: 0 } }),
        () => ({ do: 'reset' }),
        () => ({ do: 'truncate', bytes: 30 }),
        () => ({ do: 'answer', status: one([500, 502, 503]) }),
      ],
      SIGNER_FAULTS,
      2 * SIGNER_FAULTS,
    ),
    ends: 'done',
    sends: [files, files + FAULTS[method]],
    isSlow: true,
  };
}
