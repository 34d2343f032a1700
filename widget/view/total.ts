import type { TemplateResult } from 'lit';
import type { LabelKey } from '../locales/en.ts';
import type { Lit } from './files.ts';
import { type Pace, paceText } from './pace.ts';
import type { Summary } from './summary.ts';
import type { Words } from './words.ts';

/** What can be done with all files at once. */
export type TotalAction = 'upload' | 'pause' | 'resume' | 'cancel' | 'retry';

/** The bar of all files while several run, and the buttons that are of use just now. */
export function total(
  { files, done, size, loaded, ready, pending, paused, failed }: Summary,
  words: Words,
  pace: Pace,
  act: (action: TotalAction) => void,
  { html, nothing }: Lit,
): TemplateResult | typeof nothing {
  const isUnderWay = files > 1 && pending + paused > 0;
  const button = (action: TotalAction, label: LabelKey, look = '') =>
    html`<button part="total-button ${action}-all" class=${look} @click=${() => act(action)}>
      ${words.say(label)}
    </button>`;
  const buttons = [
    ready && button('upload', 'upload', 'main'),
    isUnderWay && (pending ? button('pause', 'pause-all') : button('resume', 'resume-all')),
    isUnderWay && button('cancel', 'cancel-all'),
    failed > 1 && !pending && !paused && button('retry', 'retry-all'),
  ].filter(Boolean);
  if (!buttons.length) return nothing;

  const share = size ? loaded / size : 0;
  const state = [
    words.say('total', { done: words.number(done), n: files }),
    words.number(Math.floor(share * 100) / 100, { style: 'percent' }),
    ...paceText(pace, size - loaded, words),
  ];
  return html`<div part="total" class="total">
    ${
      isUnderWay
        ? html`<div class="about">
            <progress part="total-progress" aria-label=${words.say('files')} max="1" value=${share}></progress>
            <div class="status"><bdi>${state.join(' · ')}</bdi></div>
          </div>`
        : nothing
    }
    <div class="all">${buttons}</div>
  </div>`;
}
