import { html, nothing, type TemplateResult } from 'lit';
import { isRetryable } from '../core/events.ts';
import { isInProgress, loadedOf, type UploadItem, type UploadStatus } from '../core/item.ts';
import { icon, type IconName } from './icons.ts';
import { type SpeedMeter, speedTexts } from './speed-meter.ts';
import { type StatusOptions, statusParts, statusTexts } from './status-text.ts';
import type { TypeIcon } from './type-icons.ts';

/** An action on a file; each is a method of the element, except `remove`. */
export type Action = 'cancel' | 'pause' | 'remove' | 'resume' | 'retry';

/** How many of the texts of speed and time left a layout leaves out, from the first. */
const HIDDEN_SPEED_TEXTS: Readonly<Record<string, number>> = { grid: 1, compact: 1, avatar: 2 };

/**
 * Bytes from which a file can be paused: 16 MiB. A smaller one is sent before a visitor could reach the button, and would
 * start over when it is resumed.
 */
const MIN_PAUSABLE_BYTES = 16 * 2 ** 20;

/** The dependencies and settings of {@link row}. */
export interface RowOptions extends StatusOptions {
  /** Called when the visitor presses the button of an action. */
  readonly act: (action: Action, id: string) => void;
  /** Measures the speed of a single file. Undefined if there are several: the overall progress then shows the speed. */
  readonly speedMeter: SpeedMeter | undefined;
  /** The attribute `layout`; undefined for the layout `list`. */
  readonly layout: string | undefined;
  /** The file with the status to show; undefined while its first status has not lasted. */
  readonly shown: UploadItem | undefined;
  /** Draws the icon of the file's type; undefined while its chunk is missing: the extension is shown instead. */
  readonly typeIcon: TypeIcon | undefined;
  /** Whether the page adds content to the row. */
  readonly isExtended: boolean;
  /** The message of the first field that is not filled in, so that the file cannot start; undefined if there is none. */
  readonly incomplete: string | undefined;
  /** Whether files can neither be added nor removed nor started. Running uploads continue. */
  readonly isDisabled: boolean;
}

/** Statuses in which a row keeps its height: parts of the status that do not fit are left out. */
const FIXED_HEIGHT: readonly UploadStatus[] = ['preparing', 'queued', 'signing', 'uploading', 'finishing', 'done'];

/** Layouts in which a ring on the picture shows the progress. Screen readers have the bar, which is not visible then. */
const RING_LAYOUTS: readonly (string | undefined)[] = ['grid', 'avatar'];

/** The row of a file. */
export function row(item: UploadItem, options: RowOptions): TemplateResult {
  const { localizer, act, speedMeter, layout, typeIcon, isExtended, incomplete, isDisabled, errorText, shown } =
    options;
  const { id, name, status } = item;
  // its error is said elsewhere, for all files
  const isNeutral = status === 'failed' && !errorText(item, item.error);
  const needsAttention = !!incomplete || (status === 'failed' && !isNeutral) || status === 'rejected';
  const dot = name.search(/\.[^.]{1,8}$/);
  const end = dot < 1 ? name.length : dot; // the dot of a hidden file begins no extension
  const letters = name.slice(end + 1, end + 5);
  const badge = typeIcon?.(item, letters) ?? letters;
  // no button where the error is said for all files: a button there retries all of them, or no retry can help
  const extraAction = isNeutral ? undefined : extraActionOf(item);
  const button = (action: Action, picture: IconName) => {
    const isOff = isDisabled && (action === 'remove' || action === 'retry');
    // the title is the button's name, too: with a label beside it, screen readers would read both
    const title = localizer.term(action, { name });
    return html`<button part="item-button" title=${title} ?disabled=${isOff} @click=${() => act(action, id)}>
      ${icon(picture)}
    </button>`;
  };
  const speed =
    speedMeter && shown?.status === 'uploading' ? speedTexts(speedMeter, item.size - shown.loaded, localizer) : [];
  const texts = incomplete
    ? [incomplete]
    : shown
      ? [...statusTexts(shown, options), ...speed.slice(HIDDEN_SPEED_TEXTS[layout ?? ''])]
      : [localizer.size(item.size)];
  const hasFixedHeight = FIXED_HEIGHT.includes(status);
  const isOneLine = hasFixedHeight && !RING_LAYOUTS.includes(layout);
  const picture = status === 'done' ? status : needsAttention ? 'warn' : undefined;
  return html`<div
    part="item ${status}"
    class="item ${isNeutral ? '' : status} ${incomplete ? 'incomplete' : ''} ${hasFixedHeight ? 'fixed-height' : ''}"
  >
    <div part="thumbnail" class="thumbnail" aria-hidden="true"><span>${badge}</span></div>
    ${shown && isInProgress(shown) && RING_LAYOUTS.includes(layout) ? ring(shareOf(shown)) : nothing}
    <div class="details">
      <div part="name" class="name" dir="auto">
        <span class="unseen">${name}</span
        ><span aria-hidden="true" title=${name}><bdi>${name.slice(0, end)}</bdi><bdi>${name.slice(end)}</bdi></span>
      </div>
      <div part="status" class="status">${picture ? icon(picture) : nothing}${statusParts(texts, isOneLine)}</div>
    </div>
    ${
      shown && isInProgress(shown)
        ? html`<progress part="progress" aria-label=${name} max="1" value=${shareOf(shown) ?? nothing}></progress>`
        : nothing
    }
    ${extraAction ? button(extraAction, extraAction) : nothing}${button(isInProgress(item) ? 'cancel' : 'remove', 'close')}
    ${isExtended ? html`<div class="fields" role="group" aria-label=${name}><slot name="file-${id}"></slot></div>` : nothing}
  </div>`;
}

/** @param share from 0 to 1; undefined: the ring turns */
const ring = (share: number | undefined): TemplateResult =>
  html`<svg class="ring ${share === undefined ? 'indeterminate' : ''}" viewBox="0 0 36 36" aria-hidden="true">
    <circle cx="18" cy="18" r="16" />
    <circle cx="18" cy="18" r="16" pathLength="1" stroke-dasharray="${share ?? 0.25} 1" />
  </svg>`;

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
