import type { Method, Row } from './row.ts';

/** Rows that run at a time: those that wait for long timeouts, which need little of the machine, and the others. */
export interface Lanes {
  readonly slow: number;
  readonly quick: number;
}

/** A row by one method. */
export interface Case {
  readonly row: Row;
  readonly method: Method;
  /** Rejects when the row fails. */
  readonly result: Promise<void>;
}

/** Runs rows, many at a time, so that their waits overlap. */
export function runAll(rows: readonly Row[], lanes: Lanes, run: (row: Row, method: Method) => Promise<void>): Case[] {
  const pool = (limit: number): ((job: () => Promise<void>) => Promise<void>) => {
    const waiting: (() => void)[] = [];
    let running = 0;
    return async (job) => {
      if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
      running += 1;
      try {
        await job();
      } finally {
        running -= 1;
        waiting.shift()?.();
      }
    };
  };
  const [slow, quick] = [pool(lanes.slow), pool(lanes.quick)];
  const start = (row: Row): Case[] =>
    row.methods.map((method) => {
      const result = (row.isSlow ? slow : quick)(() => run(row, method));
      result.catch(() => {}); // its test awaits it later
      return { row, method, result };
    });
  const started = new Map(
    [...rows].sort((a, b) => Number(!!b.isSlow) - Number(!!a.isSlow)).map((row) => [row, start(row)]),
  );
  return rows.flatMap((row) => started.get(row)!);
}
