import type { StoredObject } from '../core/options.ts';
import { ProblemError } from '../core/problem.ts';
import { readUrl } from '../core/url.ts';

/** A memory of what was told, that copies of the signer share. */
export interface Claims {
  /**
   * Whose it is to tell: ours now, for so many milliseconds; another copy's, which is at it; or nobody's any more.
   */
  begin(id: string, lease: number): Promise<'ours' | 'theirs' | 'told'>;
  /** The application has taken note. */
  finish(id: string): Promise<unknown>;
  /** It has not: whoever is asked next tells it. */
  giveUp(id: string): Promise<unknown>;
}

export interface WebhookOptions {
  /** The application's, such as `https://app.example/uploaded`. */
  url: string;
  /** Shared with the application; `whsec_` and Base64, or any text of at least 16 characters. */
  secret: string;
  /** Milliseconds for one answer. Default 2,000. */
  timeout?: number;
  /** Milliseconds to wait before each further try. Default 250 and 750. */
  waits?: readonly number[];
  /** Where several copies of the signer tell one application. */
  claims?: Claims | undefined;
  fetch?: typeof fetch;
}

const TIMEOUT = 2_000;
const WAITS = [250, 750];

const longest = (timeout: number, waits: readonly number[]): number =>
  waits.reduce((sum, wait) => sum + wait + timeout, timeout);

/** Milliseconds that telling takes at worst: half of what the tag waits for a signer. */
export const DELIVERY = longest(TIMEOUT, WAITS);

/** Milliseconds that a lease outlives its delivery by, for what comes before and after it. */
const MARGIN = 5_000;

/**
 * An `onUploaded` that tells the application, as Standard Webhooks has it (standardwebhooks.com): `webhook-id`, the same
 * for one stored object however often it is told; `webhook-timestamp`; and `webhook-signature`, HMAC-SHA-256 over
 * `id.timestamp.body`. Any 2xx is taken for an answer; a 4xx is final.
 *
 * @throws {TypeError} when the secret is too short, or the URL is none
 */
export function webhook({
  url,
  secret,
  timeout = TIMEOUT,
  waits = WAITS,
  claims,
  fetch: send = fetch,
}: WebhookOptions): (object: StoredObject) => Promise<void> {
  readUrl(url, 'the webhook’s url');
  const bytes = readWebhookSecret(secret);
  let imported: ReturnType<typeof importKey> | undefined;

  /** @returns why not, or undefined; a 4xx is thrown, as it will not get better */
  const attempt = async (id: string, body: string): Promise<unknown> => {
    imported ??= importKey(bytes);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${await sign(await imported, `${id}.${timestamp}.${body}`)}`,
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
    const error = new Error(`The application answered ${response.status}.`);
    const isFinal = response.status < 500 && response.status !== 408 && response.status !== 429;
    if (isFinal) throw untold(error);
    return error;
  };

  const tell = async (id: string, body: string): Promise<void> => {
    let error = await attempt(id, body);
    for (const wait of waits) {
      if (error === undefined) return;
      await new Promise((resolve) => setTimeout(resolve, wait));
      error = await attempt(id, body);
    }
    if (error !== undefined) throw untold(error);
  };

  return async function announce(object) {
    const id = `msg_${await digest(`${object.bucket} ${object.key} ${object.etag}`)}`;
    const whose = await claims?.begin(id, longest(timeout, waits) + MARGIN);
    if (whose === 'told') return;
    if (whose === 'theirs') {
      const headers = { 'Retry-After': '1' };
      throw new ProblemError(503, 'being-announced', 'The application is being told: ask again.', { headers });
    }
    try {
      await tell(id, JSON.stringify({ type: 'object.stored', timestamp: new Date().toISOString(), data: object }));
    } catch (error) {
      await claims?.giveUp(id);
      throw error;
    }
    await claims?.finish(id);
  };
}

const untold = (cause: unknown) =>
  new ProblemError(502, 'not-announced', 'The file is stored, but the application has not taken note of it.', {
    cause,
  });

const encoder = new TextEncoder();

/** @throws {TypeError} when it is too short, or no Base64 where it says so */
export function readWebhookSecret(secret: string): Uint8Array<ArrayBuffer> {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = base64 ? Uint8Array.from(atob(base64), (each) => each.charCodeAt(0)) : encoder.encode(secret);
  if (bytes.length < 16) throw new TypeError('must have at least 16 characters; make one with: openssl rand -hex 32');
  return bytes;
}

const importKey = (bytes: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);

async function sign(key: Awaited<ReturnType<typeof importKey>>, text: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}

/** Half of SHA-256 in hexadecimal: unlike the key, it may stand in a header. */
async function digest(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
  return Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
