import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ratiosOf, runRounds, valuesOf } from './rounds.ts';

interface Named {
  label: string;
  isFloor?: boolean;
  isOurs?: boolean;
}

const floor: Named = { label: 'floor', isFloor: true };
const ours: Named = { label: 'ours', isOurs: true };
const peer: Named = { label: 'peer' };
const lanes = [floor, ours, peer];

describe('Rounds', () => {
  test('run every uploader once each, and start with another one each time', async () => {
    const order: string[] = [];
    await runRounds(lanes, { rounds: 3 }, async ({ label }) => void order.push(label));
    assert.deepEqual(order, ['floor', 'ours', 'peer', 'ours', 'peer', 'floor', 'peer', 'floor', 'ours']);
  });

  test('compare an uploader with the floor of the same round', async () => {
    const times = { floor: [10, 20], ours: [11, 30], peer: [40] };
    const outcomes = await runRounds(lanes, { rounds: 2 }, async ({ label }) => {
      const time = times[label as keyof typeof times].shift();
      if (time === undefined) throw new Error('not finished in 1 s\nat somewhere');
      return time;
    });
    const ratios = (lane: Named): number[] => ratiosOf(outcomes.get(lane)!, outcomes.get(floor)!, (time) => time);
    assert.deepEqual(ratios(ours), [1.1, 1.5]);
    assert.deepEqual(ratios(peer), [4]);
    assert.equal(outcomes.get(peer)!.problem, 'not finished in 1 s');
  });

  test('run an uploader that has failed no further, and the others to the end', async () => {
    let attempts = 0;
    const outcomes = await runRounds(lanes, { rounds: 3 }, async (lane) => {
      if (lane !== peer) return 1;
      attempts += 1;
      throw new Error('no answer in 60 s');
    });
    assert.equal(attempts, 1);
    assert.deepEqual(
      valuesOf(outcomes.get(ours)!, (value) => value),
      [1, 1, 1],
    );
  });

  test('run another uploader no further that has used its time', async () => {
    const outcomes = await runRounds(lanes, { rounds: 3, secondsEach: 0 }, async () => {
      const start = performance.now();
      while (performance.now() === start); // takes some time
    });
    assert.equal(outcomes.get(floor)!.byRound.length, 3);
    assert.equal(outcomes.get(ours)!.byRound.length, 3);
    assert.equal(outcomes.get(peer)!.byRound.length, 1);
  });

  test('start no further round once all have used the time of the scenario', async () => {
    const outcomes = await runRounds(lanes, { rounds: 3, secondsInAll: 0 }, async () => 1);
    for (const { byRound } of outcomes.values()) assert.equal(byRound.length, 1);
  });

  test('end with the error of a floor, without which nothing can be compared', async () => {
    const run = runRounds(lanes, { rounds: 1 }, async (lane) => {
      if (lane === floor) throw new Error('broken');
    });
    await assert.rejects(run, /broken/);
  });
});
