import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type RunningStorage, startStorage } from '../../demo/storage/index.ts';
import { type UploadItem, Uploader, type UploaderEvents, type UploaderOptions } from '../../widget/core/index.ts';
import { type FaultProxy, startFaultProxy } from './faults.ts';
import { signPosts } from './grants.ts';
import { nodeTransport } from './node-transport.ts';

/** A storage, and a proxy before it that can be told to break things. */
export interface Bench extends AsyncDisposable {
  storage: RunningStorage;
  proxy: FaultProxy;
  /** An uploader whose files go through the proxy. */
  uploader(options?: Partial<UploaderOptions>): Uploader;
  /** What is stored under a key, as bytes. */
  stored(key: string): Promise<Buffer>;
}

export async function startBench(): Promise<Bench> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 's3-uploader-core-'));
  const storage = await startStorage({ port: 0, dir });
  const proxy = await startFaultProxy(storage.url);
  const uploaders: Uploader[] = [];
  return {
    storage,
    proxy,
    uploader(options) {
      const uploader = new Uploader({ sign: signPosts({ url: proxy.url }), send: nodeTransport, ...options });
      uploaders.push(uploader);
      return uploader;
    },
    async stored(key) {
      const { readFile } = await import('node:fs/promises');
      return readFile(path.join(dir, 'uploads', key));
    },
    async [Symbol.asyncDispose]() {
      for (const uploader of uploaders) uploader.destroy();
      await proxy.close();
      await storage.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The next event of that type, as its detail. */
export const next = <K extends keyof UploaderEvents>(uploader: Uploader, type: K): Promise<UploaderEvents[K]> =>
  new Promise((resolve) =>
    uploader.addEventListener(type, (event) => resolve((event as CustomEvent<UploaderEvents[K]>).detail), {
      once: true,
    }),
  );

/** All details of an event's type from now on. */
export function record<K extends keyof UploaderEvents>(uploader: Uploader, type: K): UploaderEvents[K][] {
  const details: UploaderEvents[K][] = [];
  uploader.addEventListener(type, (event) => details.push((event as CustomEvent<UploaderEvents[K]>).detail));
  return details;
}

/** Resolves once a file is in that state, and rejects when it ends in another. */
export function until(uploader: Uploader, id: string, status: UploadItem['status']): Promise<UploadItem> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const item = uploader.item(id);
      if (item?.status !== status) {
        if (item && 'error' in item && item.error && item.status !== 'waiting') reject(item.error);
        return;
      }
      uploader.removeEventListener('update', look);
      resolve(item);
    };
    uploader.addEventListener('update', look);
    look();
  });
}

export const textFile = (name = 'note.txt', text = 'words'): File => new File([text], name, { type: 'text/plain' });

/** A file of that many bytes, no two places of it alike. */
export function bytesFile(size: number, name = 'data.bin', type = 'application/octet-stream'): File {
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let index = 0; index < words.length; index += 1) words[index] = Math.imul(index, 2_654_435_761);
  return new File([words.buffer.slice(0, size)], name, { type });
}

/** One that a signer takes as it is set up by default. */
export const film = (size: number): File => bytesFile(size, 'film.mp4', 'video/mp4');
