import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';
import { deadline } from '../../widget/core/deadline.ts';

afterEach(() => mock.restoreAll());

/** Sets both clocks; returns a function that advances them. */
function clocks(): (wallMs: number, monotonicMs: number) => void {
  let [wall, monotonic] = [1_000_000, 500];
  mock.method(Date, 'now', () => wall);
  mock.method(performance, 'now', () => monotonic);
  return (wallMs, monotonicMs) => {
    wall += wallMs;
    monotonic += monotonicMs;
  };
}

for (const [name, wallMs, monotonicMs, left] of [
  ['both clocks run', 400, 400, 600],
  ['the machine slept and the monotonic clock stood still', 5_000, 0, -4_000],
  ['the wall clock was set back', -60_000, 1_000, 0],
] as const) {
  test(`a deadline of one second has ${left} ms left when ${name}`, () => {
    const advance = clocks();
    const timeLeft = deadline(1_000);
    advance(wallMs, monotonicMs);
    assert.equal(timeLeft(), left);
  });
}
