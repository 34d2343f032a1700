import { MiB } from '../fixtures/files.ts';
import type { Lane } from './lanes.ts';
import { type Outcomes, valuesOf } from './rounds.ts';
import type { Figure } from './scenario.ts';

type OutcomesOf<Run> = ReadonlyMap<Lane, Outcomes<Run>>;

/** The figures of all uploaders, in the order in which they were measured first. */
export const figuresOf = <Run>(outcomes: OutcomesOf<Run>, values: (outcomes: Outcomes<Run>) => number[]): Figure[] =>
  [...outcomes].map(([{ label, isOurs }, outcome]) => ({
    uploader: label,
    ...(isOurs && { isOurs }),
    values: values(outcome),
    ...(outcome.problem && { problem: outcome.problem }),
  }));

/** The time of each run in seconds. */
export const secondsOf = (outcomes: OutcomesOf<{ ms: number }>): Figure[] =>
  figuresOf(outcomes, (outcome) => valuesOf(outcome, ({ ms }) => ms / 1000));

/** The longest task of each run in milliseconds. */
export const longestTasksOf = (outcomes: OutcomesOf<{ longestTask: number }>): Figure[] =>
  figuresOf(outcomes, (outcome) => valuesOf(outcome, ({ longestTask }) => longestTask));

/** The memory of the page in MiB. */
export const memoryOf = (outcomes: OutcomesOf<{ memory: number }>): Figure[] =>
  figuresOf(outcomes, (outcome) => valuesOf(outcome, ({ memory }) => memory / MiB));
