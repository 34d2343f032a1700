import { html, nothing, type TemplateResult } from 'lit';
import type { LabelKey } from '../locales/labels.ts';
import type { Localizer } from './localizer.ts';
import { type SpeedMeter, speedTexts } from './speed-meter.ts';
import { statusParts } from './status-text.ts';
import type { Summary } from './summary.ts';

/** An action on all files at once; each is a method of the element. */
export type OverallAction = 'upload' | 'pause' | 'resume' | 'cancel' | 'retry';

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
}

/** The progress of all files while several are uploaded, and the buttons of the actions that are possible. */
export function overallProgress(
  { files, done, size, loaded, ready, pending, pausable, paused, retryable }: Summary,
  { localizer, speedMeter, act, isDisabled }: OverallProgressOptions,
): TemplateResult | typeof nothing {
  const isRunning = files > 1 && pending + paused > 0;
  const canRetry = retryable > 1 && !pending && !paused;
  if (!ready && !isRunning && !canRetry) return nothing;

  const button = (action: OverallAction, label: LabelKey, n = 0, className = '', isOff = false) =>
    html`<button part="total-button ${action}-all" class=${className} ?disabled=${isOff} @click=${() => act(action)}>
      ${localizer.term(label, { n })}
    </button>`;
  const toggle = pausable ? button('pause', 'pause-all') : button('resume', 'resume-all');
  const share = size ? loaded / size : 0;
  const status = [
    localizer.term('total', { done: localizer.number(done), n: files }),
    localizer.number(Math.floor(share * 100) / 100, { style: 'percent' }),
    ...speedTexts(speedMeter, size - loaded, localizer),
  ];
  return html`<div part="total" class="total">
    ${
      isRunning
        ? html`<div class="details">
            <progress part="total-progress" aria-label=${localizer.term('files')} max="1" value=${share}></progress>
            <div class="status">${statusParts(status)}</div>
          </div>`
        : nothing
    }
    <div class="actions">
      ${
        // each button has a fixed place in the array: Lit then keeps the focused button, and reuses it for no other action
        [
          ready ? button('upload', 'upload', ready, 'primary', isDisabled) : nothing,
          isRunning && pausable + paused ? toggle : nothing,
          isRunning ? button('cancel', 'cancel-all') : nothing,
          canRetry ? button('retry', 'retry-all', retryable, '', isDisabled) : nothing,
        ]
      }
    </div>
  </div>`;
}
