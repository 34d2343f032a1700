import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Uploader, type UploaderOptions, type UploadItem } from '../../widget/core/index.ts';
import { endpoint } from '../../widget/sign/endpoint.ts';
import type { LoggedRequest } from './faults.ts';
import { nodeTransport } from './node-transport.ts';
import { type Stack, type StackOptions, startStack } from './stack.ts';

const ORIGIN = 'https://site.example';

export const MIB = 2 ** 20;

/** The real signer and a real storage, with a queue that asks them over Node's HTTP. */
export interface Ticketed extends AsyncDisposable {
  readonly stack: Stack;
  start(options?: Partial<UploaderOptions>): Uploader;
  /** Ends the queues that were started, and whatever breaks the line. */
  reset(): void;
  /** Numbers of the parts the storage was sent, in order of arrival. */
  partsSent(): number[];
  /** What the signer was asked at that path, `''` being *sign* itself. */
  called(path: string): LoggedRequest[];
  /** The stored bytes are the file's. */
  assertStored(item: UploadItem): Promise<void>;
}

/** Files from 6 MiB on go in parts of 5, unless the options say otherwise. */
export async function startTicketed(options: StackOptions = {}): Promise<Ticketed> {
  const stack = await startStack(ORIGIN, { multipartFrom: 6 * MIB, partSize: 5 * MIB, ...options });
  let uploaders: Uploader[] = [];
  const reset = (): void => {
    for (const uploader of uploaders) uploader.destroy();
    uploaders = [];
    stack.storage.reset();
    stack.signer.reset();
  };
  return {
    stack,
    reset,
    start(options) {
      const sign = endpoint({ url: stack.endpoint, headers: { origin: ORIGIN } });
      const uploader = new Uploader({ sign, send: nodeTransport, ...options });
      uploaders.push(uploader);
      return uploader;
    },
    partsSent: () =>
      stack.storage.requests
        .filter(({ method, path }) => method === 'PUT' && path.includes('partNumber='))
        .map(({ path }) => Number(/partNumber=(\d+)/.exec(path)![1])),
    called: (path) => stack.signer.requests.filter((request) => request.path === `/sign${path}`),
    async assertStored(item) {
      assert.equal(item.status, 'done', JSON.stringify(item));
      const object = await stack.object(item.result.key);
      const bytes = Buffer.from(await item.file!.arrayBuffer());
      assert.equal(object?.size, bytes.length);
      assert.equal(object.sha256, createHash('sha256').update(bytes).digest('hex'));
    },
    async [Symbol.asyncDispose]() {
      reset();
      await stack.close();
    },
  };
}
