import { html, nothing, type TemplateResult } from 'lit';
import { isPending, loadedOf, type UploadItem } from '../core/item.ts';
import { isRetryable } from '../core/events.ts';
import type { LabelKey } from '../locales/labels.ts';
import { errorText } from './error-text.ts';
import { type SpeedMeter, speedTexts } from './speed-meter.ts';
import type { Localizer } from './localizer.ts';

/** What a row's buttons ask for: methods of the tag, each of one file. */
export type Action = 'cancel' | 'pause' | 'remove' | 'resume' | 'retry';

/** Layouts that have no room for the speed, and for the time left. */
const CRAMPED: Readonly<Record<string, number>> = { grid: 1, compact: 1, avatar: 2 };

/** Below it, in bytes, a file is through before one could reach for the button, and a pause would start it over. */
const WORTH_A_PAUSE = 16 * 1024 * 1024;

const ICONS = {
  close: 'm7 7 10 10M17 7 7 17',
  retry: 'M4 5v5h5m-4 0a8 8 0 1 1-1 4',
  pause: 'M9 6v12m6-12v12',
  resume: 'm8 6 10 6-10 6z',
  done: 'm5 13 4 4L19 7',
  warn: 'M12 8v5m0 3v.1M12 3 2.5 20h19z',
};

export interface RowOptions {
  readonly localizer: Localizer;
  readonly act: (action: Action, id: string) => void;
  /** How fast it goes, where the file runs alone: the bar of all says it for several. */
  readonly speedMeter: SpeedMeter | undefined;
  readonly layout: string | undefined;
  /** Whether the page adds something to it. */
  readonly isExtended: boolean;
  /** Why it cannot start yet, in words. */
  readonly incomplete: string | undefined;
  /** Whether nothing may change what is submitted; what is under way goes on. */
  readonly isDisabled: boolean;
}

/** One file, drawn from its state alone. */
export function row(
  item: UploadItem,
  { localizer, act, speedMeter, layout, isExtended, incomplete, isDisabled }: RowOptions,
): TemplateResult {
  const icon = (name: keyof typeof ICONS): TemplateResult =>
    html`<svg part="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;
  const { id, name, status } = item;
  const isBusy = isPending(item) || status === 'paused';
  const hasFailed = incomplete || status === 'failed' || status === 'rejected';
  const dot = name.search(/\.[^.]{1,8}$/);
  const end = dot < 0 ? name.length : dot;
  const second = secondAction(item);
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
  const told = speedMeter && status === 'uploading' ? speedTexts(speedMeter, item.size - item.loaded, localizer) : [];
  const speed = told.slice(CRAMPED[layout ?? '']);
  return html`<div part="item ${status}" class="item ${status} ${incomplete ? 'incomplete' : ''}">
    <div part="thumbnail" class="thumbnail" aria-hidden="true"><span>${name.slice(end + 1, end + 5)}</span></div>
    <div class="details">
      <div part="name" class="name" dir="auto" title=${name}>
        <bdi>${name.slice(0, end)}</bdi><bdi>${name.slice(end)}</bdi>
      </div>
      ${
        isBusy
          ? html`<progress part="progress" aria-label=${name} max="1" value=${share(item) ?? nothing}></progress>`
          : nothing
      }
      <div part="status" class="status">
        ${status === 'done' ? icon(status) : hasFailed ? icon('warn') : nothing}<bdi
          >${[incomplete ?? state(item, localizer), ...speed].join(' · ')}</bdi
        >
      </div>
    </div>
    ${second ? button(second, second) : nothing}${button(isBusy ? 'cancel' : 'remove', 'close')}
    ${isExtended ? html`<div class="fields" role="group" aria-label=${name}><slot name="file-${id}"></slot></div>` : nothing}
  </div>`;
}

function state(item: UploadItem, localizer: Localizer): string {
  const { status } = item;
  const size = localizer.size(item.size);
  if (status === 'uploading') return localizer.term(status, { loaded: localizer.size(item.loaded), size });
  if (status === 'waiting') return `${localizer.term(whyWaiting(item))} · ${size}`;
  if ('error' in item && item.error) return errorText(item.error, localizer);
  const said = localizer.term(status === 'preparing' ? 'signing' : (status as 'done'));
  // of a file that is stored already, the page may not have told it
  return item.size || item.file ? `${said} · ${size}` : said;
}

/** A server that has answered shows that the connection is there. */
const whyWaiting = ({ reason, error }: UploadItem & { status: 'waiting' }): LabelKey =>
  reason === 'offline' ? reason : error.status ? 'retrying' : 'waiting';

/** Of the file, what is sent; undefined while nobody can say how long it takes, as before the first byte is known to be. */
const share = (item: UploadItem): number | undefined => {
  const { status } = item;
  const loaded = loadedOf(item);
  const isUnknown =
    status === 'preparing' || status === 'signing' || status === 'finishing' || (status === 'uploading' && !loaded);
  return isUnknown ? undefined : loaded / (item.size || 1);
};

function secondAction(item: UploadItem): 'pause' | 'resume' | 'retry' | undefined {
  switch (item.status) {
    case 'uploading':
      return item.size < WORTH_A_PAUSE ? undefined : 'pause';
    case 'paused':
      return 'resume';
    case 'failed':
      return isRetryable(item.error) ? 'retry' : undefined;
    case 'canceled':
      return 'retry';
    default:
      return undefined;
  }
}
