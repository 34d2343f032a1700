import { html, nothing, type TemplateResult } from 'lit';
import type { LabelKey } from '../locales/labels.ts';
import { type SpeedMeter, speedText } from './speed-meter.ts';
import type { Summary } from './summary.ts';
import type { Localizer } from './localizer.ts';

/** What can be done with all files at once. */
export type OverallAction = 'upload' | 'pause' | 'resume' | 'cancel' | 'retry';

/** The bar of all files while several run, and the buttons that are of use just now. */
export function overallProgress(
  { files, done, size, loaded, ready, pending, pausable, paused, retryable }: Summary,
  words: Localizer,
  pace: SpeedMeter,
  act: (action: OverallAction) => void,
  isDisabled: boolean,
): TemplateResult | typeof nothing {
  const isUnderWay = files > 1 && pending + paused > 0;
  const isOver = retryable > 1 && !pending && !paused;
  if (!ready && !isUnderWay && !isOver) return nothing;

  const button = (action: OverallAction, label: LabelKey, look = '', isOff = false) =>
    html`<button part="total-button ${action}-all" class=${look} ?disabled=${isOff} @click=${() => act(action)}>
      ${words.term(label)}
    </button>`;
  const turn = pausable ? button('pause', 'pause-all') : button('resume', 'resume-all');
  const share = size ? loaded / size : 0;
  const state = [
    words.term('total', { done: words.number(done), n: files }),
    words.number(Math.floor(share * 100) / 100, { style: 'percent' }),
    ...speedText(pace, size - loaded, words),
  ];
  return html`<div part="total" class="total">
    ${
      isUnderWay
        ? html`<div class="details">
            <progress part="total-progress" aria-label=${words.term('files')} max="1" value=${share}></progress>
            <div class="status"><bdi>${state.join(' · ')}</bdi></div>
          </div>`
        : nothing
    }
    <div class="actions">
      ${
        // each in a place of its own: focus stays on a button, and on no other that comes in its stead
        [
          ready ? button('upload', 'upload', 'primary', isDisabled) : nothing,
          isUnderWay && pausable + paused ? turn : nothing,
          isUnderWay ? button('cancel', 'cancel-all') : nothing,
          isOver ? button('retry', 'retry-all', '', isDisabled) : nothing,
        ]
      }
    </div>
  </div>`;
}
