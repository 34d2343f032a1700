import { html, nothing, type TemplateResult } from 'lit';
import type { LabelKey } from '../locales/labels.ts';
import type { Banner } from './server-wait.ts';
import { icon, type IconName } from './icons.ts';
import type { Localizer } from './localizer.ts';
import { type SpeedMeter, speedTexts } from './speed-meter.ts';
import { statusParts } from './status-text.ts';
import type { Summary } from './summary.ts';

/** An action on all files at once. Those of the element are its methods; the others are the view's own. */
export type OverallAction = 'upload' | 'pause' | 'resume' | 'cancel' | 'retry' | 'show-failed' | 'show-all';

/** The part of each button. */
const PARTS: Readonly<Record<OverallAction, string>> = {
  upload: 'upload-all',
  pause: 'pause-all',
  resume: 'resume-all',
  cancel: 'cancel-all',
  retry: 'retry-all',
  'show-failed': 'show-failed',
  'show-all': 'show-all',
};

/** The dependencies and settings of {@link overallProgress}. */
export interface OverallProgressOptions {
  /** Texts and numbers in the language of the element. */
  readonly localizer: Localizer;
  /** Measures the speed of all files together. */
  readonly speedMeter: SpeedMeter;
  /** Called when the visitor presses the button of an action. */
  readonly act: (action: OverallAction) => void;
  /** Whether files can neither be added nor removed nor started. Running uploads continue. */
  readonly isDisabled: boolean;
  /** Whether to show the progress, because files have been uploaded for long enough. */
  readonly hasProgress: boolean;
  /** What concerns all files at once; undefined if nothing does. */
  readonly banner: Banner | undefined;
  /** Whether the failed files can be shown alone, or are. */
  readonly filter: 'show-failed' | 'show-all' | undefined;
}

/** Whether the line has its place above the list: always with several files, so that no row moves when its texts change. */
export const hasTotalLine = ({ listed, ready }: Summary): boolean => listed > 1 || ready > 0;

/**
 * The line for all files: their number, their progress while several are uploaded, the result afterwards, what concerns all
 * of them, and the buttons of the actions that are possible.
 */
export function overallProgress(summary: Summary, options: OverallProgressOptions): TemplateResult {
  const { files, ready, pending, pausable, paused, size, loaded, retryable, failed } = summary;
  const { localizer, act, isDisabled, hasProgress, banner, filter } = options;
  const isUnfinished = files > 1 && pending + paused > 0;
  const isRunning = isUnfinished && (hasProgress || !pending);
  const canRetry = retryable > 0 && !pending && !paused;

  const button = (
    action: OverallAction,
    label: LabelKey,
    n: number,
    { picture, isOff, needsRoom }: ButtonOptions = {},
  ) => {
    const text = localizer.term(label, { n });
    const name = text.includes(localizer.number(n)) || action === 'upload' ? text : `${text} (${localizer.number(n)})`;
    return html`<button
      part="total-button ${PARTS[action]}"
      class="${picture === 'filter' ? 'shrinks-last' : picture ? 'shrinks-to-icon' : action === 'upload' ? 'primary' : ''} ${needsRoom ? 'needs-room' : ''}"
      aria-label=${name}
      title=${picture ? name : nothing}
      ?disabled=${isOff}
      @click=${() => act(action)}
    >
      ${picture ? icon(picture) : nothing}<span>${text}</span>
    </button>`;
  };
  const toggle = pausable
    ? button('pause', 'pause-all', pausable, { picture: 'pause' })
    : button('resume', 'resume-all', paused, { picture: 'resume' });
  // the row of a file that waits alone for the upload says the same
  const texts = summary.listed === 1 && ready ? [] : totalTexts(summary, options, isRunning);
  return html`<div part="total" class="total ${banner || ready ? '' : 'one-line'}">
    <div class="status">${banner ? html`<span>${banner.text}</span>` : statusParts(texts)}</div>
    ${
      isRunning
        ? html`<progress
            part="total-progress"
            aria-label=${localizer.term('files')}
            max="1"
            value=${size ? loaded / size : 0}
          ></progress>`
        : nothing
    }
    <div class="actions">
      ${
        // each button has a fixed place in the array: Lit then keeps the focused button, and reuses it for no other action
        [
          ready ? button('upload', 'upload', ready, { isOff: isDisabled }) : nothing,
          banner?.button === 'try-now'
            ? html`<button part="total-button try-now" @click=${banner.onClick}>${localizer.term('try-now')}</button>`
            : nothing,
          banner?.button === 'resume-all' ? button('resume', 'resume-all', paused) : nothing,
          isRunning && pausable + paused && banner?.button !== 'resume-all' ? toggle : nothing,
          isRunning ? button('cancel', 'cancel-all', pending + paused, { picture: 'close' }) : nothing,
          filter === 'show-failed'
            ? button(filter, filter, failed, { picture: 'filter', needsRoom: pending > 0 })
            : nothing,
          filter === 'show-all' ? button(filter, filter, summary.listed, { picture: 'filter' }) : nothing,
          canRetry ? button('retry', 'retry-all', retryable, { picture: 'retry', isOff: isDisabled }) : nothing,
        ]
      }
    </div>
  </div>`;
}

interface ButtonOptions {
  /** The icon that replaces the text where the element is narrow. */
  readonly picture?: IconName;
  readonly isOff?: boolean;
  /** Whether the button is not shown where the element is narrow. */
  readonly needsRoom?: boolean;
}

function totalTexts(
  { listed, totalSize, uploaded, files, done, size, loaded, checking, active, pending, failed }: Summary,
  { localizer, speedMeter }: OverallProgressOptions,
  isRunning: boolean,
): readonly string[] {
  if (isRunning) {
    const share = size ? loaded / size : 0;
    // all bytes are sent: no speed says how long the rest takes
    const isSent = active > 0 && loaded === size;
    return [
      localizer.term('total', { done: localizer.number(done), n: files }),
      localizer.number(Math.floor(share * 100) / 100, { style: 'percent' }),
      ...(isSent
        ? [localizer.term(checking === active ? 'checking' : 'finishing')]
        : speedTexts(speedMeter, size - loaded, localizer)),
    ];
  }
  const result = pending
    ? []
    : [
        ...(uploaded ? [localizer.term('count-uploaded', { n: uploaded })] : []),
        ...(failed ? [localizer.term('count-failed', { n: failed })] : []),
      ];
  return result.length
    ? result
    : [localizer.term('files-total', { n: listed }), ...(totalSize ? [localizer.size(totalSize)] : [])];
}
