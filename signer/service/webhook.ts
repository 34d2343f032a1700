import type { StoredObject } from '../core/events.ts';
import { readHttpUrl } from '../core/http-url.ts';
import { ProblemError } from '../core/problem.ts';
import { readOption } from '../core/read-option.ts';

/** Prevents several instances of the signer from delivering the same webhook. `deliveryLeases` keeps them in Redis. */
export interface DeliveryLeases {
  /**
   * Claims a delivery for `leaseMs` milliseconds. `busy`: another instance is delivering it. `delivered`: nothing is left to
   * do.
   */
  acquire(id: string, leaseMs: number): Promise<'acquired' | 'busy' | 'delivered'>;
  /** Remembers that the application has accepted the webhook. */
  complete(id: string): Promise<unknown>;
  /** Frees the lease of a failed delivery, so that the next call can try again. */
  release(id: string): Promise<unknown>;
}

/** Options of `webhook`. */
export interface WebhookOptions {
  /** The application's URL, such as `https://app.example/uploaded`. */
  url: string;
  /** Shared with the application: `whsec_` and Base64, or any text. At least 16 bytes. */
  secret: string;
  /** Milliseconds to wait for each response. Default 2,000. */
  timeout?: number;
  /** Milliseconds to wait before each retry; its length is the number of retries. Default `[250, 750]`. */
  waits?: readonly number[];
  /** Needed if several instances of the signer serve one application. Default: each instance delivers for itself. */
  leases?: DeliveryLeases;
  /** Sends the request. Default: the global `fetch`. */
  fetch?: typeof fetch;
}

/** Milliseconds to wait for the application's response to each attempt. With all retries, see {@link MAX_DELIVERY_MS}. */
const ATTEMPT_TIMEOUT_MS = 2_000;
/** Milliseconds before each retry. */
const RETRY_WAITS_MS = [250, 750];

const longestDelivery = (timeout: number, waits: readonly number[]): number =>
  waits.reduce((sum, wait) => sum + wait + timeout, timeout);

/**
 * Maximum milliseconds that a delivery takes by default: 7,000. It must stay below half of the 15 s that `<s3-uploader>`
 * waits for a signer.
 */
export const MAX_DELIVERY_MS = longestDelivery(ATTEMPT_TIMEOUT_MS, RETRY_WAITS_MS);

/** Milliseconds that a lease is longer than its delivery, for the work before and after it. */
const LEASE_MARGIN_MS = 5_000;

/** Minimum bytes of a secret. A random one of this length cannot be guessed. */
const MIN_SECRET_BYTES = 16;

/** Seconds after which a client may retry while another instance of the signer delivers the webhook. */
const BUSY_RETRY_AFTER_SECONDS = 1;

/**
 * Makes an `onUploaded` that sends each stored object to the application, as Standard Webhooks defines it
 * (standardwebhooks.com): `webhook-id`, which stays the same for one stored object; `webhook-timestamp`; and
 * `webhook-signature`, HMAC-SHA-256 over `id.timestamp.body`. Any 2xx accepts the webhook. A 4xx other than 408 and 429 is
 * final; anything else is retried.
 *
 * @returns a function that throws a 502 (`not-announced`) if the application did not accept the webhook, and a 503
 *   (`being-announced`) while another instance of the signer delivers it
 * @throws {TypeError} if the secret is too short, or the URL is not an http(s) URL or contains a password
 */
export function webhook({
  url,
  secret,
  timeout = ATTEMPT_TIMEOUT_MS,
  waits = RETRY_WAITS_MS,
  leases,
  fetch: send = fetch,
}: WebhookOptions): (object: StoredObject) => Promise<void> {
  readOption('the webhook’s url', () => readHttpUrl(url));
  const bytes = readOption('the webhook’s secret', () => readWebhookSecret(secret));
  let key: ReturnType<typeof importKey> | undefined;

  /**
   * @returns undefined if the application accepted the webhook, or the error if a retry makes sense
   * @throws {ProblemError} 502 if it does not
   */
  const tryOnce = async (id: string, body: string): Promise<unknown> => {
    key ??= importKey(bytes);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${await sign(await key, `${id}.${timestamp}.${body}`)}`,
    };
    let response: Response;
    try {
      const signal = AbortSignal.timeout(timeout);
      response = await send(url, { method: 'POST', headers, body, redirect: 'error', signal });
    } catch (error) {
      return error;
    }
    await response.body?.cancel();
    if (response.ok) return undefined;
    const error = new Error(`The application responded with ${response.status}.`);
    const isFinal = response.status < 500 && response.status !== 408 && response.status !== 429;
    if (isFinal) throw notDelivered(error);
    return error;
  };

  const deliver = async (id: string, body: string): Promise<void> => {
    let error = await tryOnce(id, body);
    for (const wait of waits) {
      if (error === undefined) return;
      await new Promise((resolve) => setTimeout(resolve, wait));
      error = await tryOnce(id, body);
    }
    if (error !== undefined) throw notDelivered(error);
  };

  return async function deliverOnce(object) {
    const id = `msg_${await hashOf(`${object.bucket} ${object.key} ${object.etag}`)}`;
    const lease = await leases?.acquire(id, longestDelivery(timeout, waits) + LEASE_MARGIN_MS);
    if (lease === 'delivered') return;
    if (lease === 'busy') {
      const headers = { 'Retry-After': String(BUSY_RETRY_AFTER_SECONDS) };
      throw new ProblemError(503, 'being-announced', 'The application is being notified. Retry in a second.', {
        headers,
      });
    }
    try {
      await deliver(id, JSON.stringify({ type: 'object.stored', timestamp: new Date().toISOString(), data: object }));
    } catch (error) {
      await leases?.release(id);
      throw error;
    }
    await leases?.complete(id);
  };
}

const notDelivered = (cause: unknown) =>
  new ProblemError(502, 'not-announced', 'The file is stored, but the application did not accept the notification.', {
    cause,
  });

const encoder = new TextEncoder();

/** @throws {TypeError} if the secret is too short, or its part after `whsec_` is not Base64 */
export function readWebhookSecret(secret: string): Uint8Array<ArrayBuffer> {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = base64 ? Uint8Array.from(atob(base64), (each) => each.charCodeAt(0)) : encoder.encode(secret);
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new TypeError(`must have at least ${MIN_SECRET_BYTES} characters; generate one with: openssl rand -hex 32`);
  }
  return bytes;
}

const importKey = (bytes: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);

async function sign(key: Awaited<ReturnType<typeof importKey>>, text: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}

/** The first half of the SHA-256 in hexadecimal. Unlike an object's key, it is safe in a header. */
async function hashOf(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
  return Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
