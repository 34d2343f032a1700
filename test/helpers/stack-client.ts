import type { AwsFormOptions } from './aws-form.ts';
import type { DoorName } from './doors.ts';
import type { Fault, LoggedRequest, Pace } from './faults.ts';
import type { ProxyName, StackCalls } from './test-stacks.ts';
import type { StackOptions, StoredBytes } from './stack.ts';

/** A proxy before the storage or the signer, from a page: see `faults.ts`. */
export interface RemoteProxy {
  faults(...faults: Fault[]): Promise<void>;
  pace(pace: Pace): Promise<void>;
  log(): Promise<{ requests: readonly LoggedRequest[]; preflights: readonly LoggedRequest[]; peak: number }>;
  arrived(count: number, which?: { method?: string; path?: string }): Promise<void>;
  release(): Promise<void>;
  /** No faults, no pace, an empty log. */
  reset(): Promise<void>;
}

/** A storage and a signer, both real, for one test file. */
export interface RemoteStack {
  readonly endpoint: string;
  /** Origin under which the storage is asked. */
  readonly storageUrl: string;
  readonly bucket: string;
  readonly storage: RemoteProxy;
  readonly signer: RemoteProxy;
  /**
   * Address of a page of the test's own origin with the built tag in it, under a Content-Security-Policy as strict as can
   * be, with Trusted Types; what it refuses is gathered in the page's `violations`.
   *
   * @param policies names of the Trusted Types policies that the page allows; default Lit's alone
   */
  strictPage(policies?: string): string;
  /** Address of a page of the test's own origin that has the built tag from another one, as from a CDN. */
  readonly cdnPage: string;
  object(key: string): Promise<StoredBytes | undefined>;
  /** How many multipart uploads are open, of those that this signer has begun. */
  openUploads(): Promise<number>;
  /** Starts a backend of another kind before the same storage, and answers its address. */
  door(name: DoorName): Promise<string>;
  /** Whether the storage is Ceph's gateway. */
  readonly isGateway: boolean;
  /** Starts a stand-in for Cognito, whose credentials are the storage's own. */
  cognito(): Promise<{ poolId: string; url: string }>;
  /** Every key, secret and token that it has given. */
  secrets(): Promise<readonly string[]>;
  /** The form of AWS's documentation, as HTML. */
  form(options?: AwsFormOptions): Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts a storage and a signer for a test in a browser; `close()` belongs into its `after`.
 *
 * @example
 * ```ts
 * let stack: RemoteStack;
 * before(async () => { stack = await openStack(); });
 * beforeEach(() => Promise.all([stack.storage.reset(), stack.signer.reset()]));
 * after(() => stack.close());
 * ```
 */
export async function openStack(options: StackOptions = {}): Promise<RemoteStack> {
  const { id, endpoint, storage: storageUrl, bucket, isGateway } = await call('open', { options });
  const remote = (proxy: ProxyName): RemoteProxy => ({
    faults: async (...faults) => void (await call('set', { id, proxy, faults })),
    pace: async (pace) => void (await call('set', { id, proxy, pace })),
    log: () => call('log', { id, proxy }),
    arrived: async (count, which) => void (await call('arrived', { id, proxy, count, ...which })),
    release: async () => void (await call('release', { id, proxy })),
    reset: async () => void (await call('reset', { id, proxy })),
  });
  return {
    endpoint,
    storageUrl,
    bucket,
    storage: remote('storage'),
    signer: remote('signer'),
    strictPage: (policies) => `/__stack/strict-page?${new URLSearchParams({ id, ...(policies && { policies }) })}`,
    cdnPage: `/__stack/cdn-page?id=${id}`,
    object: async (key) => (await call('object', { id, key })) ?? undefined,
    openUploads: () => call('uploads', { id }),
    door: (name) => call('door', { id, name }),
    isGateway,
    cognito: () => call('cognito', { id }),
    secrets: () => call('secrets', { id }),
    form: (options = {}) => call('form', { id, options }),
    close: async () => void (await call('close', { id })),
  };
}

/** Hexadecimal, to compare with what is stored. */
export async function sha256(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function call<Name extends keyof StackCalls>(
  name: Name,
  asked: StackCalls[Name]['asks'],
): Promise<StackCalls[Name]['answers']> {
  const answer = await fetch(`/__stack/${name}`, { method: 'POST', body: JSON.stringify(asked) });
  if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`);
  return (await answer.json()) as StackCalls[Name]['answers'];
}
