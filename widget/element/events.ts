import type { RelayedEvent, UploaderEvents } from '../core/events.ts';

type RelayedEventMap = { [K in RelayedEvent]: CustomEvent<UploaderEvents[K]> };

/**
 * The element's own events by type. All bubble and cross shadow roots. None has a signed URL, a policy or a credential in its
 * detail. `input` and `change` are dispatched too, as by any control of a form.
 */
export interface S3UploaderEventMap extends RelayedEventMap {}

declare global {
  interface HTMLElementEventMap extends S3UploaderEventMap {}
  interface DocumentEventMap extends S3UploaderEventMap {}
}
