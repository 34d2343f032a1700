import { readOption } from '../core/read-option.ts';
import { checkSecret } from '../core/secret-strength.ts';
import { readServiceUrl } from '../core/service-url.ts';

/** Where webhooks are sent to, and how long that may take. */
export interface WebhookTarget {
  /** The application's URL, such as `https://app.example/uploaded`. */
  url: string;
  /** Shared with the application: `whsec_` and Base64, or any text. At least 32 characters, of which 10 differ. */
  secret: string;
  /** Milliseconds to wait for each response. Default 2,000. */
  timeout?: number;
  /** Milliseconds to wait before each retry; its length is the number of retries. Default `[250, 750]`. */
  waits?: readonly number[];
  /** Sends the request. Default: the global `fetch`. */
  fetch?: typeof fetch;
}

/** Milliseconds to wait for the application's response to each attempt. With all retries, see {@link MAX_DELIVERY_MS}. */
const ATTEMPT_TIMEOUT_MS = 2_000;
/** Milliseconds before each retry. */
const RETRY_WAITS_MS = [250, 750];

/** Maximum milliseconds of one delivery, with all its retries. */
export const longestDelivery = ({
  timeout = ATTEMPT_TIMEOUT_MS,
  waits = RETRY_WAITS_MS,
}: Pick<WebhookTarget, 'timeout' | 'waits'>): number => waits.reduce((sum, wait) => sum + wait + timeout, timeout);

/**
 * Maximum milliseconds that a delivery takes by default: 7,000. It must stay below half of the 15 s that `<s3-uploader>`
 * waits for a signer.
 */
export const MAX_DELIVERY_MS = longestDelivery({});

/** Maximum characters of a response that are read. A verdict has about 600. */
const MAX_RESPONSE_CHARACTERS = 10_000;

/** A 4xx other than 408 and 429: the application has decided, and a retry makes no sense. */
export class FinalStatusError extends Error {
  override readonly name = 'FinalStatusError';
}

/** Sends an event, with retries. Resolves to the text of the response, cut to 10,000 characters. */
export type SendWebhook = (id: string, type: string, data: object) => Promise<string>;

/**
 * Makes the function that sends events as Standard Webhooks defines it (standardwebhooks.com): `webhook-id`, which stays the
 * same for one event; `webhook-timestamp`; and `webhook-signature`, HMAC-SHA-256 over `id.timestamp.body`. Any 2xx accepts an
 * event. A 4xx other than 408 and 429 is final; anything else is retried.
 *
 * @returns a function that throws a `FinalStatusError`, or the error of the last attempt
 * @throws {TypeError} if the secret can be guessed, or the URL is not an http(s) URL or contains a password
 */
export function createSendWebhook({
  url,
  secret,
  timeout = ATTEMPT_TIMEOUT_MS,
  waits = RETRY_WAITS_MS,
  fetch: send = fetch,
}: WebhookTarget): SendWebhook {
  readOption('the webhook’s url', () => readServiceUrl(url));
  const bytes = readOption('the webhook’s secret', () => readWebhookSecret(secret));
  let key: ReturnType<typeof importKey> | undefined;

  const sendOnce = async (id: string, body: string): Promise<string> => {
    key ??= importKey(bytes);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${await sign(await key, `${id}.${timestamp}.${body}`)}`,
    };
    const signal = AbortSignal.timeout(timeout);
    const response = await send(url, { method: 'POST', headers, body, redirect: 'error', signal });
    if (response.ok) return readText(response);
    await response.body?.cancel();
    const isFinal = response.status < 500 && response.status !== 408 && response.status !== 429;
    const message = `The application responded with ${response.status}.`;
    throw isFinal ? new FinalStatusError(message) : new Error(message);
  };

  return async function sendWebhook(id, type, data) {
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
    for (const wait of waits) {
      try {
        return await sendOnce(id, body);
      } catch (error) {
        if (error instanceof FinalStatusError) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    return sendOnce(id, body);
  };
}

/** The id of an event about an object: always the same for one object, and unlike its key safe in a header. */
export const webhookId = async (text: string): Promise<string> => `msg_${await hashOf(text)}`;

const encoder = new TextEncoder();

/** @throws {TypeError} if the secret, without `whsec_`, has fewer than 32 characters, or fewer than 10 different ones */
export function readWebhookSecret(secret: string): Uint8Array<ArrayBuffer> {
  checkSecret(secret.replace(/^whsec_/, ''));
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  return base64 ? Uint8Array.from(atob(base64), (each) => each.charCodeAt(0)) : encoder.encode(secret);
}

/** Reads the beginning of a response, within its timeout. */
async function readText(response: Response): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (reader && text.length < MAX_RESPONSE_CHARACTERS) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader?.cancel();
  return text.slice(0, MAX_RESPONSE_CHARACTERS);
}

const importKey = (bytes: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);

async function sign(key: Awaited<ReturnType<typeof importKey>>, text: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}

/** The first half of the SHA-256 in hexadecimal. */
async function hashOf(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
  return Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
