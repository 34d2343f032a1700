// Runs in the page of a test, right behind Mocha. A test that is retried looks like any other in the results that
// @web/test-runner collects, so its retries are reported as they happen.
import { executeServerCommand } from '@web/test-runner-commands';
import type { Retry } from './browser-results.ts';

const run = mocha.run.bind(mocha);

mocha.run = (onEnd) =>
  run(onEnd).on('retry', (test: Mocha.Test, error: unknown) => {
    const title = test.titlePath().join(' > ');
    const [message = ''] = String((error as Error | undefined)?.message).split('\n');
    void executeServerCommand<boolean, Retry>('report-retry', { title, error: message });
  });
