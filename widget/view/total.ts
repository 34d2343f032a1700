import { html, nothing, type TemplateResult } from 'lit';
import type { Labels } from '../locales/en.ts';
import type { Pace } from './pace.ts';
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
): TemplateResult | typeof nothing {
  const under = pending + paused;
  const isSeveral = files > 1;
  const button = (label: keyof Labels, action: TotalAction, look = '') =>
    html`<button part="total-button" class=${look} @click=${() => act(action)}>${words.say(label)}</button>`;
  const buttons = [
    ready ? button('upload', 'upload', 'main') : nothing,
    isSeveral && pending ? button('pause-all', 'pause') : nothing,
    isSeveral && paused && !pending ? button('resume-all', 'resume') : nothing,
    isSeveral && under ? button('cancel-all', 'cancel') : nothing,
    failed > 1 && !under ? button('retry-all', 'retry') : nothing,
  ].filter((button) => button !== nothing);
  if (!buttons.length) return nothing;
  const share = size ? loaded / size : 0;
  const left = pace.left(size - loaded);
  const state = [
    words.say('total', { done: words.number(done), n: files }),
    words.percent(share),
    left !== undefined && `${words.size(pace.speed)}/s`,
    left !== undefined && words.say('left', { time: words.time(left) }),
  ];
  return html`<div part="total" class="total">
    ${
      isSeveral && under
        ? html`<div class="about">
            <progress part="total-progress" aria-label=${words.say('files')} max="1" value=${share}></progress>
            <div class="status">${state.filter(Boolean).join(' · ')}</div>
          </div>`
        : nothing
    }
    ${buttons}
  </div>`;
}
