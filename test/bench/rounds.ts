import { performance } from 'node:perf_hooks';

/** What one uploader did in one round. */
export type Outcome<Run> = { run: Run } | { problem: string };

/** The outcomes of one uploader: one for each round in which it ran. */
export interface Outcomes<Run> {
  /** By round; undefined for a round in which the uploader did not run. */
  byRound: (Outcome<Run> | undefined)[];
  /** Why it did not run in all rounds, or not to the end. */
  problem?: string;
}

export interface RoundOptions {
  rounds: number;
  /** Seconds that another uploader may spend in all rounds together. It does not start again after that. Default no limit. */
  secondsEach?: number;
  /** Seconds after which no further round starts. Default no limit. */
  secondsInAll?: number;
}

/**
 * Runs every uploader once in each round, and starts each round with another one, so that other load on the machine, and the
 * files that an earlier one has written, affect all of them alike. An uploader that fails does not run again.
 *
 * @throws what a floor throws: nothing can be compared without it
 */
export async function runRounds<Lane extends { isFloor?: boolean; isOurs?: boolean }, Run>(
  lanes: readonly Lane[],
  { rounds, secondsEach = Infinity, secondsInAll = Infinity }: RoundOptions,
  measure: (lane: Lane) => Promise<Run>,
): Promise<Map<Lane, Outcomes<Run>>> {
  const outcomes = new Map<Lane, Outcomes<Run>>(lanes.map((lane) => [lane, { byRound: [] }]));
  const spent = new Map<Lane, number>();
  const began = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    if (round && performance.now() - began > secondsInAll * 1000) break;
    const first = round % lanes.length;
    for (const lane of [...lanes.slice(first), ...lanes.slice(0, first)]) {
      const outcome = outcomes.get(lane)!;
      const isLimited = !lane.isFloor && !lane.isOurs;
      if (outcome.problem || (isLimited && (spent.get(lane) ?? 0) > secondsEach * 1000)) continue;
      const start = performance.now();
      try {
        outcome.byRound[round] = { run: await measure(lane) };
      } catch (error) {
        if (lane.isFloor) throw error;
        outcome.problem = (error as Error).message.split('\n')[0]!;
        outcome.byRound[round] = { problem: outcome.problem };
      }
      spent.set(lane, (spent.get(lane) ?? 0) + performance.now() - start);
    }
  }
  return outcomes;
}

/** One number of each run. */
export const valuesOf = <Run>({ byRound }: Outcomes<Run>, value: (run: Run) => number): number[] =>
  byRound.flatMap((outcome) => (outcome && 'run' in outcome ? [value(outcome.run)] : []));

/** One number of each run, divided by that of the floor in the same round. */
export const ratiosOf = <Run>(outcomes: Outcomes<Run>, floor: Outcomes<Run>, value: (run: Run) => number): number[] =>
  outcomes.byRound.flatMap((outcome, round) => {
    const base = floor.byRound[round];
    return outcome && base && 'run' in outcome && 'run' in base ? [value(outcome.run) / value(base.run)] : [];
  });
