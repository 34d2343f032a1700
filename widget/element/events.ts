import type { UploaderEvents } from '../core/events.ts';

type Relayed = { [K in Exclude<keyof UploaderEvents, 'update'>]: CustomEvent<UploaderEvents[K]> };

/** The tag's events by name. All bubble and are composed; none carries a signed URL, a policy or a credential. */
export interface S3UploaderEventMap extends Relayed {}

declare global {
  interface HTMLElementEventMap extends S3UploaderEventMap {}
}

/** The queue's events that the tag passes on. */
export const RELAYED = [
  'file-add',
  'file-reject',
  'file-remove',
  'upload-start',
  'upload-progress',
  'upload-retry',
  'upload-success',
  'upload-error',
  'upload-abort',
  'upload-complete',
  'delete-error',
  'auth-required',
] as const satisfies readonly (keyof S3UploaderEventMap)[];
