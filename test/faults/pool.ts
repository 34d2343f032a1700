import type { Method, Row } from './row.ts';

/** Rows that wait for long timeouts, at a time. They need little of the machine. */
const SLOW_ROWS = 40;
/** Other rows at a time. */
const QUICK_ROWS = 6;

/** A row by one method. */
export interface Case {
  readonly row: Row;
  readonly method: Method;
  /** Rejects when the row fails. */
  readonly result: Promise<void>;
}

/** Runs rows, many at a time, so that their waits overlap. */
export function runAll(rows: readonly Row[], run: (row: Row, method: Method) => Promise<void>): Case[] {
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
  const [slow, quick] = [pool(SLOW_ROWS), pool(QUICK_ROWS)];
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
