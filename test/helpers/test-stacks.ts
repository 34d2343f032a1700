import { json } from 'node:stream/consumers';
import type { TestRunnerConfig, TestRunnerPlugin } from '@web/test-runner';
import type { Fault, FaultProxy, LoggedRequest, Pace } from './faults.ts';
import type { Stack, StackOptions, StoredBytes } from './stack.ts';

type Middleware = NonNullable<TestRunnerConfig['middleware']>[number];
export type ProxyName = 'storage' | 'signer';

/** What a page may ask of the test server, by the path below `/__stack/`: request and answer, as JSON. */
export interface StackCalls {
  open: { asks: { options: StackOptions }; answers: { id: string; endpoint: string; storage: string; bucket: string } };
  set: { asks: { id: string; proxy: ProxyName; faults?: Fault[]; pace?: Pace }; answers: null };
  log: {
    asks: { id: string; proxy: ProxyName };
    answers: { requests: readonly LoggedRequest[]; preflights: readonly LoggedRequest[]; peak: number };
  };
  arrived: { asks: { id: string; proxy: ProxyName; count: number; method?: string; path?: string }; answers: null };
  release: { asks: { id: string; proxy: ProxyName }; answers: null };
  reset: { asks: { id: string; proxy: ProxyName }; answers: null };
  object: { asks: { id: string; key: string }; answers: StoredBytes | null };
  close: { asks: { id: string }; answers: null };
}

type Handlers = {
  [Name in keyof StackCalls]: (
    asked: StackCalls[Name]['asks'],
    origin: string,
  ) => Promise<StackCalls[Name]['answers']> | StackCalls[Name]['answers'];
};

/** Lets each test file have a storage and a signer of its own: see `stack-client.ts`, which is the page's side. */
export function testStacks(): { plugin: TestRunnerPlugin; middleware: Middleware } {
  const stacks = new Map<string, Stack>();
  let last = 0;

  const stackOf = (id: string): Stack => {
    const stack = stacks.get(id);
    if (!stack) throw new Error(`There is no stack ${id}, or no longer`);
    return stack;
  };
  const proxyOf = ({ id, proxy }: { id: string; proxy: ProxyName }): FaultProxy => stackOf(id)[proxy];

  const handlers: Handlers = {
    async open({ options }, origin) {
      const { startStack } = await import('./stack.ts'); // the AWS SDK takes a second, and most test files need no stack
      const stack = await startStack(origin, options);
      const id = String(++last);
      stacks.set(id, stack);
      return { id, endpoint: stack.endpoint, storage: stack.storage.url, bucket: stack.bucket };
    },
    set({ faults, pace, ...which }) {
      const proxy = proxyOf(which);
      if (faults) proxy.faults = faults;
      if (pace) proxy.pace = pace;
      return null;
    },
    log(which) {
      const { requests, preflights, peak } = proxyOf(which);
      return { requests, preflights, peak };
    },
    async arrived({ count, method, path, ...which }) {
      await proxyOf(which).arrived(count, { ...(method && { method }), ...(path && { path }) });
      return null;
    },
    release(which) {
      proxyOf(which).release();
      return null;
    },
    reset(which) {
      proxyOf(which).reset();
      return null;
    },
    async object({ id, key }) {
      return (await stackOf(id).object(key)) ?? null;
    },
    async close({ id }) {
      const stack = stackOf(id);
      stacks.delete(id);
      await stack.close();
      return null;
    },
  };

  return {
    plugin: {
      name: 'stacks',
      async serverStop() {
        await Promise.all([...stacks.values()].map((stack) => stack.close()));
      },
    },
    async middleware(context, next) {
      const name = /^\/__stack\/(\w+)$/.exec(context.path)?.[1];
      if (!name || context.method !== 'POST') return void (await next());
      const handler = handlers[name as keyof StackCalls] as ((asked: unknown, origin: string) => unknown) | undefined;
      try {
        if (!handler) throw new Error(`A stack has no call ${name}`);
        context.body = JSON.stringify(await handler(await json(context.req), context.origin));
        context.type = 'application/json';
      } catch (error) {
        context.status = 500;
        context.body = error instanceof Error ? error.message : String(error);
      }
    },
  };
}
