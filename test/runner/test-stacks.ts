import { json } from 'node:stream/consumers';
import type { TestRunnerConfig, TestRunnerPlugin } from '@web/test-runner';
import type { AwsFormOptions } from '../fixtures/aws-form.ts';
import type { DoorName } from '../fixtures/backends.ts';
import type { FakeCognito } from '../fixtures/fake-cognito.ts';
import type { Fault, FaultProxy, LoggedRequest, Pace } from '../helpers/faults.ts';
import type { Stack, StackOptions, StoredBytes } from '../fixtures/stack.ts';

type Middleware = NonNullable<TestRunnerConfig['middleware']>[number];
export type ProxyName = 'storage' | 'signer';

/** What a page may ask of the test server, by the path below `/__stack/`: request and answer, as JSON. */
export interface StackCalls {
  open: {
    asks: { options: StackOptions };
    answers: { id: string; endpoint: string; storage: string; bucket: string; isGateway: boolean };
  };
  set: { asks: { id: string; proxy: ProxyName; faults?: Fault[]; pace?: Pace }; answers: null };
  log: {
    asks: { id: string; proxy: ProxyName };
    answers: { requests: readonly LoggedRequest[]; preflights: readonly LoggedRequest[]; peak: number };
  };
  arrived: { asks: { id: string; proxy: ProxyName; count: number; method?: string; path?: string }; answers: null };
  release: { asks: { id: string; proxy: ProxyName }; answers: null };
  reset: { asks: { id: string; proxy: ProxyName }; answers: null };
  object: { asks: { id: string; key: string }; answers: StoredBytes | null };
  uploads: { asks: { id: string }; answers: number };
  /** A backend of another kind before the same storage: its address. */
  door: { asks: { id: string; name: DoorName }; answers: string };
  cognito: { asks: { id: string }; answers: { poolId: string; url: string } };
  /** Every key, secret and token that Cognito has given. */
  secrets: { asks: { id: string }; answers: string[] };
  /** The form of AWS's documentation, as HTML. */
  form: { asks: { id: string; options: AwsFormOptions }; answers: string };
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
  const servers = new Map<string, AsyncDisposable[]>();
  const cognitos = new Map<string, FakeCognito>();
  let last = 0;

  /** Notes a server that ends with its stack. */
  const keep = <T extends AsyncDisposable>(id: string, server: T): T => {
    servers.set(id, [...(servers.get(id) ?? []), server]);
    return server;
  };
  const stackOf = (id: string): Stack => {
    const stack = stacks.get(id);
    if (!stack) throw new Error(`There is no stack ${id}, or no longer`);
    return stack;
  };
  const proxyOf = ({ id, proxy }: { id: string; proxy: ProxyName }): FaultProxy => stackOf(id)[proxy];

  const handlers: Handlers = {
    async open({ options }, origin) {
      const { startStack } = await import('../fixtures/stack.ts'); // the AWS SDK takes a second, and most test files need no stack
      const stack = await startStack(origin, options);
      const id = String(++last);
      stacks.set(id, stack);
      const { endpoint, bucket, storage, backend } = stack;
      return { id, endpoint, storage: storage.url, bucket, isGateway: backend.hasPolicies };
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
    uploads({ id }) {
      return stackOf(id).openUploads();
    },
    async door({ id, name }) {
      const { startDoor } = await import('../fixtures/backends.ts');
      return keep(id, await startDoor(name, stackOf(id).backend)).url;
    },
    async cognito({ id }) {
      const { startFakeCognito } = await import('../fixtures/fake-cognito.ts');
      const cognito = keep(id, await startFakeCognito((seconds) => stackOf(id).backend.temporary(seconds)));
      cognitos.set(id, cognito);
      return { poolId: cognito.poolId, url: cognito.url };
    },
    secrets({ id }) {
      const given = cognitos.get(id)?.credentials ?? [];
      return given.flatMap(({ accessKeyId, secretAccessKey, sessionToken }) => [
        accessKeyId,
        secretAccessKey,
        sessionToken,
      ]);
    },
    async form({ id, options }) {
      const { awsForm } = await import('../fixtures/aws-form.ts');
      return awsForm(stackOf(id).backend, options);
    },
    async close({ id }) {
      const stack = stackOf(id);
      stacks.delete(id);
      for (const server of servers.get(id) ?? []) await server[Symbol.asyncDispose]();
      servers.delete(id);
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
      if (context.path === '/__stack/strict-page' && context.method === 'GET') {
        const { storage, endpoint } = stackOf(String(context.query.id));
        const names = String(context.query.policies ?? 'lit-html');
        context.type = 'html';
        context.set('Content-Security-Policy', strictPolicy(`${storage.url} ${new URL(endpoint).origin}`, names));
        context.body = page(endpoint, '/dist/cdn/s3-uploader.js?ver=1');
        return;
      }
      if (context.path === '/__stack/cdn-page' && context.method === 'GET') {
        const { endpoint } = stackOf(String(context.query.id));
        context.type = 'html';
        context.body = page(endpoint, `http://localhost:${context.URL.port}/dist/cdn/s3-uploader.js`);
        return;
      }
      // as a CDN says of all that it has
      if (context.path.startsWith('/dist/cdn/')) context.set('Access-Control-Allow-Origin', '*');
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

/** What the demo's page is served with; here, the signer has an origin of its own too. */
const strictPolicy = (origins: string, names: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    `connect-src 'self' ${origins}`,
    "require-trusted-types-for 'script'",
    `trusted-types ${names}`,
  ].join('; ');

const page = (endpoint: string, script: string) => `<!doctype html>
<html lang="en">
  <title>A page with the built tag</title>
  <script src="/test/helpers/violations.js"></script>
  <script type="module" src="${script}"></script>
  <s3-uploader endpoint="${endpoint}" multiple></s3-uploader>
</html>`;
