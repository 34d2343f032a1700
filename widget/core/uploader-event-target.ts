import type { UploaderEvents } from './events.ts';

/** The events of an `Uploader` by type. */
export type UploaderEventMap = {
  [Type in keyof UploaderEvents]: Type extends 'update' ? Event : CustomEvent<UploaderEvents[Type]>;
};

/** Adds or removes a listener of an `Uploader`; for its own events, the listener gets the event with its detail. */
interface ListenerMethod<Options> {
  <Type extends keyof UploaderEventMap>(
    type: Type,
    listener: (event: UploaderEventMap[Type]) => void,
    options?: Options,
  ): void;
  (type: string, listener: EventListenerOrEventListenerObject | null, options?: Options): void;
}

/** The methods of an `EventTarget`, with the types of an `Uploader`'s events. */
export interface UploaderEventTarget {
  readonly addEventListener: ListenerMethod<AddEventListenerOptions | boolean>;
  readonly removeEventListener: ListenerMethod<EventListenerOptions | boolean>;
}
