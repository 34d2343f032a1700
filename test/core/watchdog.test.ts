import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { type Network, steadyNetwork } from '../../widget/core/network.ts';
import { Watchdog } from '../../widget/core/watchdog.ts';

/** The clock advances while nothing runs: the machine sleeps, or the page is frozen. */
const sleep = (ms: number): void => mock.timers.setTime(Date.now() + ms);

/** Time passes, second by second. */
const pass = (seconds: number): void => {
  for (let second = 0; second < seconds; second += 1) mock.timers.tick(1_000);
};

const begin = (network: Network = steadyNetwork(), timeout = 30_000): Watchdog => new Watchdog(timeout, network);

describe('The watchdog', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval', 'Date'] }));
  afterEach(() => mock.timers.reset());

  it('aborts a request without progress after its timeout, not before', () => {
    const watchdog = begin();
    pass(30);
    assert.equal(watchdog.signal.aborted, false);
    pass(1);
    assert.equal(watchdog.signal.aborted, true);
  });

  it('restarts the timeout with each progress', () => {
    const watchdog = begin();
    for (let time = 0; time < 10; time += 1) {
      pass(20);
      watchdog.allow(30_000);
    }
    assert.equal(watchdog.signal.aborted, false);
  });

  it('gives a request two seconds for progress after ten minutes of sleep', () => {
    for (const makesProgress of [true, false]) {
      const watchdog = begin();
      pass(5);
      sleep(600_000);
      pass(1);
      assert.equal(watchdog.signal.aborted, false, 'its progress may be queued behind the tick');
      if (makesProgress) watchdog.allow(30_000);
      pass(3);
      assert.equal(watchdog.signal.aborted, !makesProgress);
      watchdog.stop();
    }
  });

  it('does not mistake the timers of a hidden page, which fire once a minute, for sleep', () => {
    const network = Object.assign(steadyNetwork(), { hidden: true });
    // S3 may take minutes to complete an upload, without any progress
    const watchdog = begin(network, 300_000);
    for (let minute = 0; minute < 4; minute += 1) {
      sleep(59_000);
      pass(1);
    }
    assert.equal(watchdog.signal.aborted, false);
    sleep(59_000);
    pass(2);
    assert.equal(watchdog.signal.aborted, true);
  });
});
