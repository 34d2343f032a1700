import type { StoredObject } from '../core/events.ts';
import { ProblemError } from '../core/problem.ts';
import { createFinalRefusals } from './final-refusals.ts';
import {
  createSendWebhook,
  FinalStatusError,
  longestDelivery,
  webhookId,
  type WebhookTarget,
} from './webhook-request.ts';

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
export interface WebhookOptions extends WebhookTarget {
  /** Needed if several instances of the signer serve one application. Default: each instance delivers for itself. */
  leases?: DeliveryLeases;
}

/** Milliseconds that a lease is longer than its delivery, for the work before and after it. */
const LEASE_MARGIN_MS = 5_000;

/** Seconds after which a client may retry while another instance of the signer delivers the webhook. */
const BUSY_RETRY_AFTER_SECONDS = 1;

/**
 * Makes an `onUploaded` that sends each stored object to the application, as the event `object.stored`: see
 * `webhook-request.ts`. A final refusal of the application is remembered for five minutes, in which further confirmations do
 * not send the event again.
 *
 * @returns a function that throws a 502 (`not-announced`) if the application did not accept the webhook, and a 503
 *   (`being-announced`) while another instance of the signer delivers it
 * @throws {TypeError} if the secret can be guessed, or the URL is not an http(s) URL or contains a password
 */
export function webhook({ leases, ...target }: WebhookOptions): (object: StoredObject) => Promise<void> {
  const send = createSendWebhook(target);
  const refusals = createFinalRefusals();

  const deliver = async (id: string, object: StoredObject): Promise<void> => {
    const refusal = refusals.find(id);
    if (refusal) throw notDelivered(refusal);
    try {
      await send(id, 'object.stored', object);
    } catch (error) {
      if (error instanceof FinalStatusError) refusals.add(id, error);
      throw notDelivered(error);
    }
  };

  return async function deliverOnce(object) {
    const id = await webhookId(`${object.bucket} ${object.key} ${object.etag}`);
    const lease = await leases?.acquire(id, longestDelivery(target) + LEASE_MARGIN_MS);
    if (lease === 'delivered') return;
    if (lease === 'busy') {
      const headers = { 'Retry-After': String(BUSY_RETRY_AFTER_SECONDS) };
      throw new ProblemError(503, 'being-announced', 'The application is being notified. Retry in a second.', {
        headers,
      });
    }
    try {
      await deliver(id, object);
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
