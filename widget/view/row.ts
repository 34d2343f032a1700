import { html, nothing, type TemplateResult } from 'lit';
import { isRetryable } from '../core/events.ts';
import { isPending, loadedOf, type UploadItem } from '../core/item.ts';
import { type SpeedMeter, speedTexts } from './speed-meter.ts';
import { type StatusOptions, statusParts, statusTexts } from './status-text.ts';

/** An action on a file; each is a method of the element, `remove` is `removeFile`. */
export type Action = 'cancel' | 'pause' | 'remove' | 'resume' | 'retry';

/** Number of the texts of speed and time left, from the first one, that a layout has no room for. */
const HIDDEN_SPEED_TEXTS: Readonly<Record<string, number>> = { grid: 1, compact: 1, avatar: 2 };

/**
 * Bytes from which a file can be paused: 16 MiB. A smaller one is sent before a visitor could reach the button, and would
 * start over when it is resumed.
 */
const MIN_PAUSABLE_BYTES = 16 * 2 ** 20;

/** SVG paths of icons, in a square of 24 units. */
const ICONS = {
  close: 'm7 7 10 10M17 7 7 17',
  retry: 'M4 5v5h5m-4 0a8 8 0 1 1-1 4',
  pause: 'M9 6v12m6-12v12',
  resume: 'm8 6 10 6-10 6z',
  done: 'm5 13 4 4L19 7',
  warn: 'M12 8v5m0 3v.1M12 3 2.5 20h19z',
};

/** The dependencies and settings of {@link row}. */
export interface RowOptions extends StatusOptions {
  /** Called when the visitor presses the button of an action. */
  readonly act: (action: Action, id: string) => void;
  /** Measures the speed of a single file. Undefined if there are several: the overall progress then shows the speed. */
  readonly speedMeter: SpeedMeter | undefined;
  /** The attribute `layout`; undefined for the layout `list`. */
  readonly layout: string | undefined;
  /** Whether the page adds content to the row. */
  readonly isExtended: boolean;
  /** The message of the first field that is not filled in, so that the file cannot start; undefined if there is none. */
  readonly incomplete: string | undefined;
  /** Whether files can neither be added nor removed nor started. Running uploads continue. */
  readonly isDisabled: boolean;
}

/** The row of a file. */
export function row(item: UploadItem, options: RowOptions): TemplateResult {
  const { localizer, act, speedMeter, layout, isExtended, incomplete, isDisabled, errorText } = options;
  const icon = (name: keyof typeof ICONS): TemplateResult =>
    html`<svg part="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;
  const { id, name, status } = item;
  const isRunning = isPending(item) || status === 'paused';
  const isPaused = status === 'failed' && !errorText(item, item.error);
  const hasFailed = incomplete || (status === 'failed' && !isPaused) || status === 'rejected';
  const dot = name.search(/\.[^.]{1,8}$/);
  const end = dot < 0 ? name.length : dot;
  const extraAction = extraActionOf(item);
  const button = (action: Action, picture: keyof typeof ICONS) => {
    const label = localizer.term(action, { name });
    const isOff = isDisabled && (action === 'remove' || action === 'retry');
    return html`<button
      part="item-button"
      title=${label}
      aria-label=${label}
      ?disabled=${isOff}
      @click=${() => act(action, id)}
    >
      ${icon(picture)}
    </button>`;
  };
  const speed = speedMeter && status === 'uploading' ? speedTexts(speedMeter, item.size - item.loaded, localizer) : [];
  const texts = incomplete
    ? [incomplete]
    : [...statusTexts(item, options), ...speed.slice(HIDDEN_SPEED_TEXTS[layout ?? ''])];
  return html`<div part="item ${status}" class="item ${isPaused ? '' : status} ${incomplete ? 'incomplete' : ''}">
    <div part="thumbnail" class="thumbnail" aria-hidden="true"><span>${name.slice(end + 1, end + 5)}</span></div>
    <div class="details">
      <div part="name" class="name" dir="auto" title=${name}>
        <bdi>${name.slice(0, end)}</bdi><bdi>${name.slice(end)}</bdi>
      </div>
      ${
        isRunning
          ? html`<progress part="progress" aria-label=${name} max="1" value=${shareOf(item) ?? nothing}></progress>`
          : nothing
      }
      <div part="status" class="status">
        ${status === 'done' ? icon(status) : hasFailed ? icon('warn') : nothing}${statusParts(texts)}
      </div>
    </div>
    ${extraAction ? button(extraAction, extraAction) : nothing}${button(isRunning ? 'cancel' : 'remove', 'close')}
    ${isExtended ? html`<div class="fields" role="group" aria-label=${name}><slot name="file-${id}"></slot></div>` : nothing}
  </div>`;
}

/** The sent share of the file, from 0 to 1; undefined while the progress bar is indeterminate. */
function shareOf(item: UploadItem): number | undefined {
  switch (item.status) {
    case 'preparing':
    case 'signing':
    case 'finishing':
      return undefined;
    case 'uploading':
      // before the first byte, a slow connection would show an empty bar that stands still
      return item.loaded ? item.loaded / item.size : undefined;
    case 'rejected':
    case 'ready':
    case 'queued':
    case 'waiting':
    case 'paused':
    case 'done':
    case 'failed':
    case 'canceled':
      return loadedOf(item) / (item.size || 1);
    default:
      return item satisfies never;
  }
}

/** The action on the file beside canceling or removing it; undefined if there is none. */
function extraActionOf(item: UploadItem): 'pause' | 'resume' | 'retry' | undefined {
  switch (item.status) {
    case 'uploading':
      return item.size < MIN_PAUSABLE_BYTES ? undefined : 'pause';
    case 'paused':
      return 'resume';
    case 'failed':
      return isRetryable(item.error) ? 'retry' : undefined;
    case 'canceled':
      return 'retry';
    case 'rejected':
    case 'preparing':
    case 'ready':
    case 'queued':
    case 'signing':
    case 'finishing':
    case 'waiting':
    case 'done':
      return undefined;
    default:
      return item satisfies never;
  }
}
