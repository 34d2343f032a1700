import { json, text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestRunnerConfig, TestRunnerPlugin } from '@web/test-runner';
import type { FaultResults } from '../faults/report.ts';
import type { FaultSettings } from '../faults/settings.ts';
import type { AwsFormOptions } from '../fixtures/aws-form.ts';
import type { FakeCognito } from '../fixtures/fake-cognito.ts';
import type { PresetBackendName } from '../fixtures/preset-backends.ts';
import type { ServerOptions, StoredObject, UploadServers } from '../fixtures/upload-servers.ts';
import type { Fault, FaultProxy, LoggedRequest, Pace } from '../helpers/faults.ts';
import { type BuiltPage, cdnPage, headlessPage, strictPage } from './built-pages.ts';

type Middleware = NonNullable<TestRunnerConfig['middleware']>[number];
export type ProxyName = 'storage' | 'signer';

/** Milliseconds for which a call waits that requests arrive. */
const ARRIVAL_POLL_MS = 200;

/** The calls of a page by their path below `/__servers/`, with their request and response as JSON. */
export interface ServerCalls {
  start: {
    request: { options: ServerOptions };
    response: { id: string; endpoint: string; storage: string; bucket: string; isGateway: boolean };
  };
  set: { request: { id: string; proxy: ProxyName; faults?: Fault[]; pace?: Pace }; response: null };
  log: {
    request: { id: string; proxy: ProxyName };
    response: { requests: readonly LoggedRequest[]; preflights: readonly LoggedRequest[]; peak: number };
  };
  /** Whether the requests have arrived. It waits {@link ARRIVAL_POLL_MS} at most, as a page has few connections. */
  arrived: {
    request: { id: string; proxy: ProxyName; count: number; method?: string; path?: string };
    response: boolean;
  };
  release: { request: { id: string; proxy: ProxyName }; response: null };
  reset: { request: { id: string; proxy: ProxyName }; response: null };
  object: { request: { id: string; key: string }; response: StoredObject | null };
  /** All objects of the storage. */
  objects: { request: { id: string }; response: StoredObject[] };
  /** Aborts all open multipart uploads. */
  'abort-uploads': { request: { id: string }; response: null };
  /** The number of open multipart uploads. */
  'open-uploads': { request: { id: string }; response: number };
  /** Starts a backend of a preset, and responds with its URL. */
  'preset-backend': { request: { id: string; name: PresetBackendName }; response: string };
  /** Starts a fake Cognito. */
  cognito: { request: { id: string }; response: { poolId: string; url: string } };
  /** Every key, secret and token that the fake Cognito has issued. */
  secrets: { request: { id: string }; response: string[] };
  /** The upload form of AWS's documentation, as HTML. */
  'aws-form': { request: { id: string; options: AwsFormOptions }; response: string };
  close: { request: { id: string }; response: null };
  /** Keeps the results of the fault suite for its report. */
  'report-faults': { request: FaultResults; response: null };
  /** Prints a line while the tests run. */
  print: { request: { line: string }; response: null };
  /** How the fault suite runs: see test/faults/settings.ts. */
  'fault-settings': { request: Record<string, never>; response: FaultSettings };
}

type Handlers = {
  [Name in keyof ServerCalls]: (
    request: ServerCalls[Name]['request'],
    origin: string,
  ) => Promise<ServerCalls[Name]['response']> | ServerCalls[Name]['response'];
};

/** Starts servers for each test file that asks for them: `fixtures/remote-servers.ts` is the page's side. */
export function uploadServers(): { plugin: TestRunnerPlugin; middleware: Middleware } {
  const running = new Map<string, UploadServers>();
  /** Further servers, which end with those of the same id. */
  const others = new Map<string, AsyncDisposable[]>();
  const cognitos = new Map<string, FakeCognito>();
  let lastId = 0;

  const disposeWith = <T extends AsyncDisposable>(id: string, server: T): T => {
    others.set(id, [...(others.get(id) ?? []), server]);
    return server;
  };
  const serversOf = (id: string): UploadServers => {
    const servers = running.get(id);
    if (!servers) throw new Error(`No servers have the id ${id}: they were closed, or never started`);
    return servers;
  };
  const proxyOf = ({ id, proxy }: { id: string; proxy: ProxyName }): FaultProxy => serversOf(id)[proxy];

  const handlers: Handlers = {
    async start({ options }, origin) {
      // imported here: loading the AWS SDK takes a second, and most test files need no servers
      const { startServers } = await import('../fixtures/upload-servers.ts');
      const servers = await startServers(origin, options);
      const id = String(++lastId);
      running.set(id, servers);
      const { endpoint, bucket, storage, proxiedStorage } = servers;
      return { id, endpoint, storage: storage.url, bucket, isGateway: proxiedStorage.hasPolicies };
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
      const arrived = proxyOf(which).arrived(count, { ...(method && { method }), ...(path && { path }) });
      return Promise.race([arrived.then(() => true), delay(ARRIVAL_POLL_MS, false)]);
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
      return (await serversOf(id).storedObject(key)) ?? null;
    },
    objects({ id }) {
      return serversOf(id).storedObjects();
    },
    async 'abort-uploads'({ id }) {
      await serversOf(id).abortUploads();
      return null;
    },
    'open-uploads'({ id }) {
      return serversOf(id).countOpenUploads();
    },
    async 'preset-backend'({ id, name }) {
      const { startPresetBackend } = await import('../fixtures/preset-backends.ts');
      return disposeWith(id, await startPresetBackend(name, serversOf(id).proxiedStorage)).url;
    },
    async cognito({ id }) {
      const { startFakeCognito } = await import('../fixtures/fake-cognito.ts');
      const { proxiedStorage } = serversOf(id);
      const cognito = disposeWith(id, await startFakeCognito((seconds) => proxiedStorage.issueCredentials(seconds)));
      cognitos.set(id, cognito);
      return { poolId: cognito.poolId, url: cognito.url };
    },
    secrets({ id }) {
      const issued = cognitos.get(id)?.credentials ?? [];
      return issued.flatMap(({ accessKeyId, secretAccessKey, sessionToken }) => [
        accessKeyId,
        secretAccessKey,
        sessionToken,
      ]);
    },
    async 'aws-form'({ id, options }) {
      const { awsForm } = await import('../fixtures/aws-form.ts');
      return awsForm(serversOf(id).proxiedStorage, options);
    },
    async close({ id }) {
      const servers = serversOf(id);
      running.delete(id);
      for (const server of others.get(id) ?? []) await server[Symbol.asyncDispose]();
      others.delete(id);
      await servers.close();
      return null;
    },
    async 'report-faults'(results) {
      const { recordFaultResults } = await import('../faults/report.ts');
      await recordFaultResults(results);
      return null;
    },
    print({ line }) {
      console.log(line);
      return null;
    },
    async 'fault-settings'() {
      const { readFaultSettings } = await import('../faults/settings.ts');
      return readFaultSettings(process.env);
    },
  };

  return {
    plugin: {
      name: 'upload-servers',
      async serverStop() {
        await Promise.all([...running.values()].map((servers) => servers.close()));
      },
    },
    async middleware(context, next) {
      // as CDNs do
      if (context.path.startsWith('/dist/cdn/')) context.set('Access-Control-Allow-Origin', '*');
      const [, name] = /^\/__servers\/([\w-]+)$/.exec(context.path) ?? [];
      if (!name) return void (await next());
      // for tests of what a page sends
      if (name === 'echo') return void (context.body = await text(context.req));
      if (context.method === 'GET') {
        const { html, headers } = await pageNamed(name, serversOf(String(context.query.id)), context.URL);
        context.set(headers);
        context.type = 'html';
        context.body = html;
        return;
      }
      const handler = handlers[name as keyof ServerCalls] as
        ((request: unknown, origin: string) => unknown) | undefined;
      try {
        if (!handler) throw new Error(`There is no call /__servers/${name}`);
        context.body = JSON.stringify(await handler(await json(context.req), context.origin));
        context.type = 'application/json';
      } catch (error) {
        context.status = 500;
        context.body = error instanceof Error ? error.message : String(error);
      }
    },
  };
}

function pageNamed(name: string, servers: UploadServers, { port, searchParams }: URL): BuiltPage | Promise<BuiltPage> {
  switch (name) {
    case 'cdn-page':
      return cdnPage(servers, port);
    case 'headless-page':
      return headlessPage(servers);
    case 'strict-page':
      return strictPage(servers, searchParams.get('policies') ?? 'lit-html');
    default:
      throw new Error(`There is no page /__servers/${name}`);
  }
}
