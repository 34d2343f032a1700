import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startStorage } from '../../demo/storage/index.ts';
import { Uploader } from '../../widget/core/index.ts';
import { cognito, type CognitoOptions } from '../../widget/sign/cognito.ts';
import { escapeText, presign } from '../../widget/sign/sigv4.ts';
import { type FakeCognito, startFakeCognito } from './fake-cognito.ts';
import { startFaultProxy } from './faults.ts';
import { nodeTransport } from './node-transport.ts';
import { until } from './uploads.ts';

/** A fake Cognito, and a real storage that knows the credentials it gives, and no others. */
export async function startBench(settings: Partial<CognitoOptions> = {}) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-cognito-'));
  const fake = await startFakeCognito();
  const storage = await startStorage({ dir, credentials: fake.credentials, now: () => new Date(fake.now()) });
  const proxy = await startFaultProxy(storage.url);
  const options = {
    identityPoolId: fake.poolId,
    region: 'us-east-1',
    bucket: 'uploads',
    keyPrefix: 'in/',
    identityUrl: fake.url,
    storageUrl: `${proxy.url}/uploads`,
    ...settings,
  };
  const uploader = new Uploader({ sign: cognito(options), send: nodeTransport });
  /** Past the proxy, with the newest credentials. */
  async function ask(path: string, query: Record<string, string> = {}): Promise<Response> {
    const request = { method: 'GET', url: `${storage.url}/uploads/${path}`, query, expires: 60 } as const;
    const scope = { time: fake.now(), region: 'us-east-1' };
    const answer = await fetch(await presign(request, fake.credentials.at(-1)!, scope));
    assert.equal(answer.status, 200);
    return answer;
  }
  return {
    fake,
    proxy,
    uploader,
    options,
    /** What is stored under a key, as the storage answers it. */
    async stored(key: string): Promise<{ bytes: Buffer; headers: Headers }> {
      const answer = await ask(key.split('/').map(escapeText).join('/'));
      return { bytes: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
    },
    /** How many uploads in parts are open. */
    async open(): Promise<number> {
      const list = await (await ask('', { uploads: '' })).text();
      return list.match(/<Upload>/g)?.length ?? 0;
    },
    async upload(file: File) {
      const [item] = await uploader.add([file]);
      const done = await until(uploader, item!.id, 'done');
      assert(done.status === 'done');
      return done.result;
    },
    async fail(file: File) {
      const [item] = await uploader.add([file]);
      const failed = await until(uploader, item!.id, 'failed').catch(() => uploader.item(item!.id)!);
      assert('error' in failed && failed.error);
      return failed.error;
    },
    async [Symbol.asyncDispose]() {
      uploader.destroy();
      await proxy.close();
      await storage.close();
      await fake[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Names of what was asked of Cognito, in order. */
export const operations = (fake: FakeCognito): string[] => fake.calls.map(({ operation }) => operation);
