import type { Lane } from './lanes.ts';
import type { Outcomes } from './rounds.ts';
import type { Figure } from './scenario.ts';

/** The figures of all uploaders, in the order in which they were measured first. */
export const figuresOf = <Run>(
  outcomes: ReadonlyMap<Lane, Outcomes<Run>>,
  values: (outcomes: Outcomes<Run>) => number[],
): Figure[] =>
  [...outcomes].map(([{ label, isOurs }, outcome]) => ({
    uploader: label,
    ...(isOurs && { isOurs }),
    values: values(outcome),
    ...(outcome.problem && { problem: outcome.problem }),
  }));
