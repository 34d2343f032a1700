import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Redis } from 'ioredis';
import { connectRedis } from '../../signer/service/redis.ts';
import { freePort } from '../fixtures/free-port.mjs';

/** A running Redis. */
export interface RedisServer extends AsyncDisposable {
  url: string;
  stop(): Promise<void>;
  /** Lets it respond to nothing, with its connections open, until `resume()`. */
  pause(): void;
  resume(): void;
}

/** Starts a Redis (or Valkey) on a free port. It stores nothing on disk. */
export async function startRedis(change: Record<string, string> = {}): Promise<RedisServer> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-redis-'));
  const port = await freePort();
  const settings = { port, bind: '127.0.0.1', dir, save: '', appendonly: 'no', ...change };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const failed = once(child, 'error').then(([error]) => {
    throw new Error('redis-server did not start; on Debian: apt-get install redis-server', { cause: error });
  });
  const exited = once(child, 'exit');
  const ready = (async () => {
    let log = '';
    for await (const chunk of child.stdout) {
      log += String(chunk);
      if (log.includes('Ready to accept connections')) return;
    }
    throw new Error(`redis-server ended:\n${log}`);
  })();
  await Promise.race([ready, failed]);
  child.stdout.resume();
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    stop,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: stop,
  };
}

/** Connects as a signer does, and waits until the connection is ready. */
export async function connectToRedis(url: string, onError: (error: Error) => void = () => undefined): Promise<Redis> {
  const redis = await connectRedis(url, onError);
  if (redis.status !== 'ready') await once(redis, 'ready');
  return redis;
}
